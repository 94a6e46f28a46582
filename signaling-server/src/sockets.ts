/** The sockets of this server, Engine.IO's with socket.io on them: from the upgrade to the last words. */
import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { Server as Engine, type Socket as EngineSocket } from "engine.io";
import { type DefaultEventsMap, Server, type Socket } from "socket.io";
import {
  type ClientToServerEvents,
  MAX_FRAME_BYTES,
  MAX_SIGNAL_BYTES,
  type Refusal,
  type ServerToClientEvents,
} from "../../lib/src/signaling/events.ts";
import * as parser from "../../lib/src/signaling/parser.ts";
import type { CheckedAccess } from "./access/access.ts";
import type { Handshake } from "./handshake.ts";
import { Intake } from "./limits/intake.ts";
import { type Rates, ratesOf, TOO_FAST, TOO_SLOW } from "./limits/limits.ts";
import type { CheckedOptions } from "./options.ts";
import { LAST_WORDS_MS } from "./session.ts";
import { CUT_BYTES } from "./shed.ts";
import { countLimit, countRefusal, type ServerStats } from "./stats.ts";
import { loggedAddress } from "./upgrade.ts";

/**
 * Largest WebSocket message, in bytes: a signal of MAX_SIGNAL_BYTES whose text JSON may escape, and
 * more than MAX_FRAME_BYTES, so that a frame a little too large is refused with a reason.
 */
const MAX_PAYLOAD_BYTES = 2 * Math.max(MAX_SIGNAL_BYTES, MAX_FRAME_BYTES);

/** Defaults of the times that tests shorten, in milliseconds. */
const PING_INTERVAL_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;

/** socket.io's own limit of a handshake is for what ours overlooked, so much later. Milliseconds. */
const LATER_MS = 5_000;

/** How often Engine.IO sees that a client which streams is there, in milliseconds: its ping waits for 5 s. */
const SEEN_EVERY_MS = 1_000;

/** What is learnt of a client between its CONNECT and its admission. */
interface SocketData {
  handshake?: Handshake;
  /** What `authenticate` said; absent on an open server. */
  access?: CheckedAccess;
  /** A join number that no other node gives to anybody, where this newcomer needs one. */
  reservedJoin?: number | undefined;
}

/** Engine.IO decorates Node's request by itself. */
type UpgradeRequest = Parameters<Engine["handleUpgrade"]>[0];
export type SkeinSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  SocketData
>;

export interface SocketsEvents {
  /** A CONNECT. Undefined, at once or later: let it in. */
  check(socket: SkeinSocket): Refusal | undefined | Promise<Refusal | undefined>;
  /** It is let in, and socket.io has said so. */
  admit(socket: SkeinSocket): void;
}

export class Sockets {
  readonly #options: CheckedOptions;
  readonly #stats: ServerStats;
  readonly #engine: Engine;
  readonly #io: Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;
  /** With the TCP sockets below them. */
  readonly #connections = new Map<EngineSocket, TcpSocket>();
  /** Connections with a CONNECT already: a second one is no client of ours. */
  readonly #connected = new WeakSet<object>();
  readonly #rates: Rates;
  readonly #intakes = new WeakMap<object, Intake>();
  #onLastGone: () => void = () => {};

  constructor(options: CheckedOptions, stats: ServerStats, events: SocketsEvents) {
    this.#options = options;
    this.#stats = stats;
    this.#rates = ratesOf(options.limits);
    const { timings } = options;
    this.#engine = new Engine({
      transports: ["websocket"],
      pingInterval: timings.pingIntervalMs ?? PING_INTERVAL_MS,
      pingTimeout: timings.pingTimeoutMs ?? PING_TIMEOUT_MS,
      maxHttpBufferSize: MAX_PAYLOAD_BYTES,
      perMessageDeflate: false,
      allowUpgrades: false,
      allowEIO3: false,
    });
    this.#io = new Server({
      parser,
      serveClient: false,
      connectTimeout: this.#handshakeMs + LATER_MS,
    });
    this.#engine.on("connection", (connection: EngineSocket) => this.#watch(connection));
    this.#engine.on("connection_error", () => {
      stats.badUpgrades++;
    });
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      const refusal = this.#isFirst(socket.conn) ? events.check(socket) : TWICE;
      if (refusal instanceof Promise) {
        void refusal.then((later) =>
          this.guarded(socket.request.socket, () => this.#answer(socket, later, next)),
        );
      } else this.#answer(socket, refusal, next);
    });
    this.#io.on("connection", (socket) =>
      this.guarded(socket.request.socket, () => events.admit(socket)),
    );
  }

  /** Whoever answers pings is heard before this time is over; who gave up was silent for longer. */
  get silentAfterMs(): number {
    const { pingIntervalMs = PING_INTERVAL_MS, pingTimeoutMs = PING_TIMEOUT_MS } =
      this.#options.timings;
    return pingIntervalMs + pingTimeoutMs / 2;
  }

  /** What a connection sends, as it is counted. */
  intakeOf(connection: object): Intake | undefined {
    return this.#intakes.get(connection);
  }

  upgrade(request: IncomingMessage, socket: TcpSocket, head: Buffer): void {
    const before = socket.listenerCount("close");
    this.#engine.handleUpgrade(request as UpgradeRequest, socket, head);
    // The first is of the response that Engine.IO makes for middlewares, of which there are none: it
    // would keep the request for as long as the socket lives.
    const [ofResponse] = socket.listeners("close").slice(before);
    if (ofResponse) socket.off("close", ofResponse as () => void);
  }

  /** Whatever goes wrong in here costs the socket that caused it, not the server. */
  guarded(socket: { destroy(): unknown }, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#stats.errors++;
      this.#options.log.error({ stack: (error as Error).stack }, "internal error");
      socket.destroy();
    }
  }

  /**
   * From now on what this client says is heard here: the many first, past socket.io, which needs two
   * more ticks and several objects for each of them. All else it goes on to hear by itself.
   */
  listen(socket: SkeinSocket, receive: (event: string, value: unknown) => void): void {
    const { conn } = socket;
    const tcp = socket.request.socket;
    const guarded = (event: string, value: unknown) =>
      this.guarded(tcp, () => receive(event, value));
    // What it took before now may still be under way inside it.
    socket.onAny(guarded);
    const toSocketIo = conn.listeners("data") as ((message: unknown) => void)[];
    conn.removeAllListeners("data");
    conn.on("data", (message: unknown) => {
      const said = parser.decodeEvent(message);
      if (said) guarded(said.name, said.value);
      else for (const take of toSocketIo) take(message);
    });
    this.#shorten(conn, (frame) => guarded("frame", frame));
  }

  /**
   * Frames come past Engine.IO as well, which tells four listeners of each. One a second it still sees:
   * whoever says something need not answer its ping in time.
   */
  #shorten(conn: SkeinSocket["conn"], receive: (frame: Uint8Array) => void): void {
    // Its transport does not tell of its WebSocket, which is ws's.
    const { socket } = conn.transport as unknown as { readonly socket: EventEmitter };
    const { clock } = this.#options;
    type Take = (message: Buffer, isBinary: boolean) => void;
    const toEngine = socket.listeners("message") as Take[];
    let seenAt = Number.NEGATIVE_INFINITY;
    socket.removeAllListeners("message");
    socket.on("message", (message: Buffer, isBinary: boolean) => {
      const now = clock.now();
      if (isBinary && now - seenAt < SEEN_EVERY_MS) {
        receive(message);
        return;
      }
      seenAt = now;
      for (const take of toEngine) take(message, isBinary);
    });
  }

  /** What a socket came with is needed no more: its request alone is several kB. */
  forgetRequest({ conn, data, handshake }: SkeinSocket): void {
    // As socket.io's own guide to less memory has it; nothing in there reads it later.
    (conn as { request: unknown }).request = undefined;
    Object.assign(handshake, { headers: {}, auth: {}, query: {}, url: "" });
    delete data.handshake;
  }

  /** The sockets closed by now still send what was written; resolves when they have, or in a while. */
  async lastWords(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      if (this.#connections.size === 0) return resolve();
      const cancel = clock.after(LAST_WORDS_MS, resolve);
      this.#onLastGone = () => {
        cancel();
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    await this.#io.close();
    for (const tcp of this.#connections.values()) tcp.destroy();
  }

  #isFirst(connection: object): boolean {
    if (this.#connected.has(connection)) return false;
    this.#connected.add(connection);
    return true;
  }

  #answer(socket: SkeinSocket, refusal: Refusal | undefined, next: (error?: Error) => void): void {
    if (!refusal) {
      next();
      return;
    }
    countRefusal(this.#stats, refusal.code);
    this.#options.log.debug(
      { code: refusal.code, ...loggedAddress(socket.request, this.#options) },
      "refused a client",
    );
    next(Object.assign(new Error(refusal.message), { data: refusal }));
    // After socket.io has sent it; another try needs another connection.
    setImmediate(() => this.#close(socket.conn as unknown as EngineSocket));
  }

  /** Whoever is told so and stays is cut: Engine.IO calls it closed before the other side agrees. */
  #close(connection: EngineSocket): void {
    const { socket } = connection.request;
    const cancel = this.#options.clock.after(LAST_WORDS_MS, () => socket.destroy());
    socket.once("close", cancel);
    connection.close();
  }

  /** Before it is a member: with the same words that socket.io refuses a CONNECT with. */
  #refuse(connection: EngineSocket, refusal: Refusal): void {
    countRefusal(this.#stats, refusal.code);
    connection.write(`4${JSON.stringify({ message: refusal.message, data: refusal })}`);
    this.#close(connection);
  }

  get #handshakeMs(): number {
    const { limits, timings } = this.#options;
    return timings.handshakeMs ?? limits.handshakeSeconds * 1000;
  }

  /** Everything that a connection sends is counted, also what no code of ours ever sees. */
  #count(connection: EngineSocket): void {
    const { clock } = this.#options;
    const intake = new Intake(clock, this.#rates, this.#stats, () =>
      this.#refuse(connection, TOO_FAST),
    );
    this.#intakes.set(connection, intake);
    connection.on("packet", ({ data }: { readonly data?: unknown }) => {
      // Frames are counted where they are shed.
      if (!(data instanceof Uint8Array)) intake.take(typeof data === "string" ? data.length : 0);
    });
    // ws answers WebSocket's own pings by itself; whoever reads no answer must not pile them up.
    const { socket } = connection.transport as unknown as { readonly socket: EventEmitter };
    // The request that leads to it may be forgotten by then.
    const tcp = connection.request.socket;
    socket.on("ping", (data: Buffer) => {
      intake.take(data.length);
      if (tcp.writableLength > CUT_BYTES) tcp.destroy();
    });
  }

  /** A connection that says nothing takes somebody else's place. */
  #awaitConnect(connection: EngineSocket): () => void {
    return this.#options.clock.after(this.#handshakeMs, () => {
      if (this.#connected.has(connection)) return;
      countLimit(this.#stats, "handshake-time");
      this.#refuse(connection, TOO_SLOW);
    });
  }

  #watch(connection: EngineSocket): void {
    this.#connections.set(connection, connection.request.socket);
    this.#count(connection);
    const cancel = this.#awaitConnect(connection);
    connection.once("close", (_reason: string, cause?: Error) => {
      cancel();
      this.#connections.delete(connection);
      if (!this.#connected.has(connection)) this.#stats.abandoned++;
      // Too large even to be read: the WebSocket closed with 1009 by itself.
      if (cause?.message.includes("Max payload size exceeded")) {
        countRefusal(this.#stats, "frame-too-large");
        countLimit(this.#stats, "frame-bytes");
      }
      if (this.#connections.size === 0) this.#onLastGone();
    });
  }
}

const TWICE: Refusal = { code: "bad-handshake", message: "One CONNECT a connection." };
