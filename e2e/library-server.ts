/** A server with the library's test page and signaling, as tests start it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { build } from "vite";
import { sourceAliases } from "../scripts/entries.ts";
import { leanDependencies } from "../scripts/leanDependencies.ts";
import {
  createSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from "../signaling-server/src/index.ts";
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
 * where; a free port of the loopback interface by default. `files` is a page that was built before.
 */
export async function startLibrary(
  options: SignalingServerOptions & {
    port?: number;
    host?: string;
    files?: ReadonlyMap<string, string>;
  } = {},
): Promise<Library> {
  const { port = 0, host = "127.0.0.1", files = await pageFiles(), ...rest } = options;
  const http = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const body = files.get(path === "/" ? "/index.html" : path);
    if (body === undefined) response.writeHead(404).end();
    else
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? TYPES[".html"] }).end(body);
  });
  const server = createSignalingServer({ log: () => {}, ...rest, server: http });
  await new Promise<void>((resolve) => http.listen(port, host, resolve));
  await server.listen();
  const { port: bound } = http.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/`,
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

const built = new Map<string, Promise<ReadonlyMap<string, string>>>();

/** A page and its chunks by path, built once per process; the test page when none is named. */
export function pageFiles(page = PAGE): Promise<ReadonlyMap<string, string>> {
  const files = built.get(page) ?? buildPage(page);
  built.set(page, files);
  return files;
}

async function buildPage(page: string): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    root: join(repository, page),
    logLevel: "error",
    resolve: { alias: sourceAliases },
    // As in the published build.
    plugins: [leanDependencies()],
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
}
