/** Pages that were built before, and signaling, on one port; without what it takes to build them. */
import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
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
  const http = serveFiles(files);
  const server = createSignalingServer({ log: () => {}, ...rest, server: http });
  await new Promise<void>((resolve) => http.listen(port, host, resolve));
  await server.listen();
  return {
    url: addressOf(http, host),
    server,
    async close() {
      await server.close();
      await end(http);
    },
  };
}

/** The same, with signaling servers that are elsewhere: what opens a WebSocket here gets there. */
export async function serveBefore(
  signaling: string,
  files: ReadonlyMap<string, string>,
): Promise<Omit<Library, "server">> {
  const http = serveFiles(files);
  const { hostname, port } = new URL(signaling);
  http.on("upgrade", (request, near, head) => {
    const far = connect(Number(port), hostname, () => {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
      far.write([`GET ${request.url} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
      far.write(head);
      near.pipe(far).pipe(near);
    });
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { url: addressOf(http, "127.0.0.1"), close: () => end(http) };
}

function serveFiles(files: ReadonlyMap<string, string>): HttpServer {
  return createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const body = files.get(path === "/" ? "/index.html" : path);
    if (body === undefined) response.writeHead(404).end();
    else
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? TYPES[".html"] }).end(body);
  });
}

function addressOf(http: HttpServer, host: string): string {
  const { port } = http.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

async function end(http: HttpServer): Promise<void> {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}

const TYPES: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};
