/** The HTTP side: which WebSocket requests are for us, and who may make them. */
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { type Refusal, ROOM_PARAMETER } from "../../lib/src/signaling/events.ts";
import { addressOf } from "./limits/address.ts";
import type { CheckedLimits } from "./limits/limits.ts";
import type { Turned } from "./limits/places.ts";
import type { CheckedOptions } from "./options.ts";
import { isOriginAllowed } from "./origin.ts";
import { countLimit, countRefusal, type ServerStats } from "./stats.ts";

/** How often Node looks for requests that take too long; its default, 30 s, is longer than they may. */
const LOOK_FOR_SLOW_MS = 1_000;

/** TCP connections beside the sockets: of those who ask for metrics, or have not asked for anything yet. */
const OTHER_CONNECTIONS = 1_024;

/** Distinct refused origins that are named in the log; a stranger can make up any number. */
const MAX_LOGGED_ORIGINS = 20;
const MAX_LOGGED_ORIGIN_LENGTH = 256;

/** What a client or a balancer that has nowhere else to go may wait before it asks again, in seconds. */
const RETRY_AFTER_SECONDS = 2;

type GateOptions = Pick<
  CheckedOptions,
  "path" | "origins" | "log" | "logAddresses" | "trustProxy"
> & {
  /** Nobody new is taken: somebody else should. */
  readonly closing: () => boolean;
  /** Takes a place for it; or says why there is none. */
  readonly place: (request: IncomingMessage, socket: TcpSocket) => Turned | undefined;
};

type Accept = (request: IncomingMessage, socket: TcpSocket, head: Buffer) => void;

/** Passes on the requests for our path from allowed origins, and answers those it refuses. */
export class UpgradeGate {
  readonly #options: GateOptions;
  readonly #stats: ServerStats;
  readonly #accept: Accept;
  readonly #loggedOrigins = new Set<string>();

  constructor(options: GateOptions, stats: ServerStats, accept: Accept) {
    this.#options = options;
    this.#stats = stats;
    this.#accept = accept;
  }

  /** `alone`: nobody else listens to upgrades, so that what is not for us is for nobody. */
  take(request: IncomingMessage, socket: TcpSocket, head: Buffer, alone: boolean): void {
    if (!isFor(this.#options.path, request)) {
      if (alone) refuse(socket, 404, "Not found.\n");
    } else if (this.#options.closing()) {
      // Before anything else: the balancer tries the next node.
      countRefusal(this.#stats, "shutting-down");
      const refusal: Refusal = { code: "shutting-down", message: "This server takes nobody new." };
      refuse(socket, 503, JSON.stringify(refusal), [`Retry-After: ${RETRY_AFTER_SECONDS}`]);
    } else if (!isOriginAllowed(request, this.#options.origins)) {
      this.#refuseOrigin(request, socket);
    } else {
      const turned = this.#options.place(request, socket);
      if (turned) this.#turnAway(socket, turned);
      else this.#accept(request, socket, head);
    }
  }

  #turnAway(socket: TcpSocket, { status, refusal }: Turned): void {
    countRefusal(this.#stats, refusal.code);
    refuse(socket, status, JSON.stringify(refusal), [`Retry-After: ${RETRY_AFTER_SECONDS}`]);
  }

  /** A page sees only that its WebSocket failed, so the log says why. */
  #refuseOrigin(request: IncomingMessage, socket: TcpSocket): void {
    countRefusal(this.#stats, "origin-not-allowed");
    const origin = String(request.headers.origin).slice(0, MAX_LOGGED_ORIGIN_LENGTH);
    if (this.#loggedOrigins.size < MAX_LOGGED_ORIGINS && !this.#loggedOrigins.has(origin)) {
      this.#loggedOrigins.add(origin);
      this.#options.log.warn(
        { origin, ...loggedAddress(request, this.#options) },
        "refused a page of an origin that is not allowed",
      );
    }
    const refusal: Refusal = {
      code: "origin-not-allowed",
      message: "This server does not take connections of pages of this origin.",
    };
    refuse(socket, 403, JSON.stringify(refusal));
  }
}

/** For the log: where a request came from, if its operator wants to know. */
export function loggedAddress(
  request: IncomingMessage,
  { logAddresses, trustProxy }: Pick<CheckedOptions, "logAddresses" | "trustProxy">,
): { readonly address?: string } {
  const address = logAddresses ? addressOf(request, trustProxy) : undefined;
  return address === undefined ? {} : { address };
}

/** The room that the WebSocket request names; null when it names none. */
export function roomOf({ url = "" }: IncomingMessage): string | null {
  const query = url.indexOf("?");
  return query < 0 ? null : new URLSearchParams(url.slice(query)).get(ROOM_PARAMETER);
}

export interface HttpOptions {
  readonly path: string;
  readonly limits: CheckedLimits;
  readonly stats: ServerStats;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Without WebSockets there is little here: a person who looks is told so. */
export function createHttpServer({ path, limits, stats, handle }: HttpOptions): HttpServer {
  const handshakeMs = limits.handshakeSeconds * 1000;
  const times = { requestTimeout: handshakeMs, headersTimeout: handshakeMs };
  const options = { ...times, connectionsCheckingInterval: LOOK_FOR_SLOW_MS };
  const server = createServer(options, (request, response) => {
    if (handle(request, response)) return;
    const ours = isFor(path, request);
    response.writeHead(ours ? 426 : 404, { "content-type": "text/plain; charset=utf-8" });
    response.end(ours ? "A Skein signaling server: WebSocket only.\n" : "Not found.\n");
  });
  server.maxConnections = limits.sockets + OTHER_CONNECTIONS;
  server.on("drop", () => countLimit(stats, "sockets"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: TcpSocket) => {
    const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (isSlow) countLimit(stats, "handshake-time");
    if (socket.writable) refuse(socket, isSlow ? 408 : 400, "");
    else socket.destroy();
  });
  return server;
}

function isFor(path: string, { url = "" }: IncomingMessage): boolean {
  const asked = url.split("?", 1)[0];
  return asked === path || asked === `${path}/`;
}

function refuse(
  socket: TcpSocket,
  status: 400 | 403 | 404 | 408 | 429 | 503,
  body: string,
  headers: readonly string[] = [],
): void {
  socket.on("error", () => socket.destroy());
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    `Content-Type: ${status === 404 ? "text/plain; charset=utf-8" : "application/json"}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
