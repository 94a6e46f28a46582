/**
 * One configuration for all: `vite` serves the demo with a signaling server beside it,
 * `vite build` builds the library (`--mode node` its variant for Node, `--mode element` that for a
 * script tag), `vite build --mode server` the signaling server and `vite build --mode demo` the
 * demo. `scripts/build.mjs` runs those that are published.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { sharedHead } from "./demo/head.ts";
import { icons } from "./demo/icons.ts";
import { lanOrigin } from "./demo/lan-origin.ts";
import { serverSwitch } from "./demo/server-switch.ts";
import { libraryEntries, serverEntries, sourceAliases } from "./scripts/entries.ts";
import { leanDependencies } from "./scripts/leanDependencies.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Matches what a package lists as dependency: the app's bundler resolves those, lazily where we do. */
function dependenciesOf(manifest: string): RegExp[] {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(path(manifest), "utf8"),
  ) as { dependencies?: Record<string, string>; peerDependencies?: Record<string, string> };
  return Object.keys({ ...dependencies, ...peerDependencies }).map(
    (name) => new RegExp(`^${name}(/|$)`),
  );
}

const demo: UserConfig = {
  root: path("demo"),
  resolve: { alias: sourceAliases },
  plugins: [sharedHead(), icons(), serverSwitch(), lanOrigin()],
  // simple-peer is imported late; found late, it would reload the page.
  optimizeDeps: { include: ["simple-peer/simplepeer.min.js"] },
  build: {
    outDir: path("demo/dist"),
    emptyOutDir: true,
    target: "es2022",
    sourcemap: true,
    rolldownOptions: {
      input: [path("demo/index.html"), path("demo/doctor.html")],
      // The demo puts its own WebSocket in place before socket.io-client looks for one, which both
      // pages share.
      output: { strictExecutionOrder: true },
    },
  },
};

/** What the app itself brings. */
const PEERS = [/^react(-dom)?(\/|$)/];

/** `"use client"` stays the first line of an entry point's file: a test of the packages builds with it. */
const KEEPS_USE_CLIENT = { moduleLevelDirective: false } as const;

/** For bundlers: socket.io-client and simple-peer inside, without what Skein does not use of them. */
const library: UserConfig = {
  publicDir: false,
  plugins: [leanDependencies()],
  build: {
    target: "es2022",
    sourcemap: true,
    // Apps minify; until then stack traces are worth reading.
    minify: false,
    outDir: path("lib/dist"),
    emptyOutDir: true,
    lib: { entry: libraryEntries, formats: ["es"] },
    rolldownOptions: {
      external: PEERS,
      checks: KEEPS_USE_CLIENT,
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
};

/** For a script tag: one file with everything inside, as a CDN serves it and a page can pin it. */
const scriptTag: UserConfig = {
  publicDir: false,
  plugins: [leanDependencies()],
  build: {
    target: "es2022",
    sourcemap: true,
    minify: true,
    outDir: path("lib/dist"),
    emptyOutDir: false,
    // An IIFE is a script and a module alike; what would be loaded late is inside.
    lib: {
      entry: libraryEntries.element,
      formats: ["iife"],
      name: "skeinElement",
      fileName: () => "skein-element.min.js",
    },
  },
};

/** For Node, where socket.io-client brings the WebSocket that Node lacks. */
const libraryForNode: UserConfig = {
  publicDir: false,
  build: {
    target: "node20",
    sourcemap: true,
    outDir: path("lib/dist/node"),
    emptyOutDir: true,
    ssr: true,
    rolldownOptions: {
      input: libraryEntries,
      external: dependenciesOf("lib/package.json"),
      checks: KEEPS_USE_CLIENT,
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
};

/** Members of `skein-server load` are the library's, on the server path: what opens others stays out. */
const withoutWebRtc: Plugin = {
  name: "skein:without-webrtc",
  enforce: "pre",
  resolveId: (id, from) =>
    id === "./webrtc.ts" && from?.endsWith("/lib/src/room/mesh.ts") ? "\0without-webrtc" : null,
  load: (id) => (id === "\0without-webrtc" ? "export {};" : null),
};

const server: UserConfig = {
  publicDir: false,
  plugins: [withoutWebRtc],
  build: {
    target: "node20",
    sourcemap: true,
    outDir: path("signaling-server/dist"),
    emptyOutDir: true,
    ssr: true,
    rolldownOptions: {
      input: serverEntries,
      external: [/^node:/, ...dependenciesOf("signaling-server/package.json")],
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
};

export default defineConfig(({ command, mode }) => {
  if (command === "serve" || mode === "demo") return demo;
  if (mode === "server") return server;
  if (mode === "element") return scriptTag;
  return mode === "node" ? libraryForNode : library;
});
