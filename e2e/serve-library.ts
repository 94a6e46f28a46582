/** Pages that were built before, and signaling, on one port; without what it takes to build them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import {
  createSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from "../signaling-server/src/index.ts";

export interface Library {
  /** Address of the test page; its origin is the signaling server too. */
  readonly url: string;
  readonly server: SignalingServer;
  close(): Promise<void>;
}

export interface LibraryOptions extends SignalingServerOptions {
  port?: number;
  host?: string;
}

/** `port` and `host` say where; a free port of the loopback interface by default. */
export async function serveLibrary(
  files: ReadonlyMap<string, string>,
  { port = 0, host = "127.0.0.1", ...rest }: LibraryOptions,
): Promise<Library> {
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
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};
