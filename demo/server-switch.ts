import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HtmlTagDescriptor, Plugin, PreviewServer, ViteDevServer } from "vite";
import { createSignalingServer, type SignalingServer } from "../signaling-server/src/index.ts";

/** How long the server stays away, in milliseconds: long enough to see, short enough to wait for. */
const AWAY_MS = 8_000;

const ENDPOINT = "/skein-demo/server";
const SOCKET_PATH = /^\/skein\/?(\?|$)/;

/** This computer and its own network: loopback, private and link-local addresses. */
const NEAR =
  /^(::ffff:)?(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)|^(::1$|f[cd]|fe[89ab])/i;

/**
 * For the demo only: the signaling server in Vite's own, with an endpoint that stops it for a moment
 * and starts it again, remembering nothing. Open to pages that this Vite serves on the local network.
 */
export function serverSwitch(): Plugin {
  return {
    name: "skein-demo:server-switch",
    apply: "serve",
    configureServer: attach,
    configurePreviewServer: attach,
    transformIndexHtml: switchTag,
  };
}

/** Tells a page of the switch; a page that is built does not know where it will be served. */
export const switchTag = (): HtmlTagDescriptor[] => [
  { tag: "meta", attrs: { name: "skein-server-switch", content: ENDPOINT }, injectTo: "head" },
];

function attach({
  middlewares,
  httpServer,
  config: { logger },
}: Pick<ViteDevServer | PreviewServer, "middlewares" | "httpServer" | "config">): void {
  if (httpServer === null) return;
  let running: SignalingServer | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const start = async (): Promise<void> => {
    if (ended) return;
    running = createSignalingServer({
      origins: ["same-origin"],
      server: httpServer,
      log: (line) => logger.info(line),
    });
    await running.listen();
  };
  const refuseWhileAway = ({ url = "" }: IncomingMessage, socket: Duplex): void => {
    if (running !== null || !SOCKET_PATH.test(url)) return;
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
  };
  const complain = (error: Error) => logger.warn(`skein-demo: ${error.message}`);

  httpServer.on("upgrade", refuseWhileAway);
  httpServer.once("listening", () => start().catch(complain));
  httpServer.once("close", () => {
    ended = true;
    clearTimeout(timer);
  });
  middlewares.use(ENDPOINT, (request: IncomingMessage, response: ServerResponse) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (!NEAR.test(request.socket.remoteAddress ?? "")) return answer(403, { code: "not-near" });
    if (request.method === "GET") return answer(200, { awayMs: AWAY_MS });
    if (request.method !== "POST") return answer(405, { code: "method" });
    if (!isOwnPage(request)) return answer(403, { code: "origin-not-allowed" });
    if (running === null) return answer(409, { code: "away-already" });
    const stopped = running;
    running = null;
    stopped.close().catch(complain);
    timer = setTimeout(() => start().catch(complain), AWAY_MS);
    return answer(202, { awayMs: AWAY_MS });
  });
}

/** Other sites must not stop it from a page that somebody here has open. */
function isOwnPage({ headers: { origin = "", host } }: IncomingMessage): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
