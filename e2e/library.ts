/** Tests of the library in real browsers, on a page with nothing else. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { build } from "vite";
import { sourceAliases } from "../scripts/entries.ts";
import {
  createSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from "../signaling-server/src/index.ts";
import { expect, test as withSite } from "./fixtures.ts";
import type {} from "./pages/room/main.ts";
import { repository } from "./site.ts";

const PAGE = "e2e/pages/room";

export interface Library {
  /** Address of the test page; its origin is the signaling server too. */
  readonly url: string;
  readonly server: SignalingServer;
  close(): Promise<void>;
}

/**
 * Serves the test page, built as an app's would be, and signaling on one port. `port` and `host` say
 * where; a free port of the loopback interface by default.
 */
export async function startLibrary(
  options: SignalingServerOptions & { port?: number; host?: string } = {},
): Promise<Library> {
  const { port = 0, host = "127.0.0.1", ...rest } = options;
  const files = await pageFiles();
  const http = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const body = files.get(path === "/" ? "/index.html" : path);
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": TYPES[extname(path)] ?? TYPES[".html"] }).end(body);
  });
  const server = createSignalingServer({ log: () => {}, ...rest, server: http });
  await new Promise<void>((resolve) => http.listen(port, host, resolve));
  const { port: bound } = http.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}/`,
    server,
    async close() {
      await server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const TYPES: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

let built: Promise<ReadonlyMap<string, string>> | undefined;

/** The test page and its chunks by path, built once per process. */
function pageFiles(): Promise<ReadonlyMap<string, string>> {
  built ??= (async () => {
    const result = await build({
      configFile: false,
      root: join(repository, PAGE),
      logLevel: "error",
      resolve: { alias: sourceAliases },
      build: { write: false, target: "es2022", modulePreload: false },
    });
    const outputs = Array.isArray(result) ? result : [result];
    const files = new Map<string, string>();
    for (const bundle of outputs) {
      if (!("output" in bundle)) continue;
      for (const file of bundle.output) {
        const text = file.type === "chunk" ? file.code : String(file.source);
        files.set(`/${file.fileName}`, text);
      }
    }
    return files;
  })();
  return built;
}

export const test = withSite.extend<
  { readonly openTab: (options?: { browser?: Browser; url?: string }) => Promise<Page> },
  { readonly library: Library }
>({
  library: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const library = await startLibrary();
      await use(library);
      await library.close();
    },
    { scope: "worker" },
  ],

  /** A tab with the library in a context of its own; an error that its page does not catch fails. */
  openTab: async ({ browser, library }, use) => {
    const contexts: BrowserContext[] = [];
    const errors: string[] = [];
    await use(async (options = {}) => {
      const context = await (options.browser ?? browser).newContext();
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(options.url ?? library.url);
      await page.waitForSelector("body[data-ready]", { state: "attached" });
      return page;
    });
    for (const context of contexts) await context.close().catch(() => {});
    expect(errors, "errors that a page did not catch").toEqual([]);
  },
});

/** Joins a room in a tab and keeps it as `skein.room`. Resolves when it is ready. */
export async function joinRoom(
  page: Page,
  name: string,
  options: { presence?: object; paths?: "all" | "server"; server?: string } = {},
): Promise<void> {
  await page.evaluate(
    async ([name, options]) => {
      const room = window.skein.joinRoom(name, options);
      window.skein.room = room;
      await room.ready;
    },
    [name, options] as const,
  );
}

/** Waits until every peer that a tab sees is on this path, and there are so many of them. */
export async function settled(page: Page, path: string, peers: number): Promise<void> {
  await page.evaluate(
    ([path, peers]) =>
      window.skein.room?.waitFor(
        (s) => s.peers.length === peers && s.peers.every((peer) => peer.path === path),
      ),
    [path, peers] as const,
  );
}

export { expect };
