/** The sockets of this server, Engine.IO's with socket.io on them: from the upgrade to the last words. */
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
import { ratesOf, TOO_SLOW } from "./limits/limits.ts";
import { type Admitted, Line, type LineEnvironment } from "./line.ts";
import type { CheckedOptions } from "./options.ts";
import { LAST_WORDS_MS } from "./session.ts";
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

/** Of all who have been admitted, instead of what each came with. */
const FORGOTTEN = Object.freeze({});

/** What is learnt of a client between its CONNECT and its admission. */
interface SocketData {
  handshake?: Handshake | undefined;
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
  readonly #lines = new Set<Line>();
  readonly #environment: LineEnvironment;
  readonly #onError = (): void => {
    this.#stats.unparsable++;
  };
  #onLastGone: () => void = () => {};

  constructor(options: CheckedOptions, stats: ServerStats, events: SocketsEvents) {
    this.#options = options;
    this.#stats = stats;
    const { clock, limits, timings } = options;
    this.#environment = {
      ...{ clock, stats, rates: ratesOf(limits) },
      refuse: (connection, refusal) => this.#refuse(connection, refusal),
      closed: (line, cause) => this.#closed(line, cause),
      guarded: (tcp, run) => this.guarded(tcp, run),
    };
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
      const guarded = (run: () => void) => this.guarded(tcpOf(socket.conn), run);
      guarded(() => {
        const refusal = this.#isFirst(socket.conn) ? events.check(socket) : TWICE;
        if (refusal instanceof Promise) {
          void refusal.then((later) => guarded(() => this.#answer(socket, later, next)));
        } else this.#answer(socket, refusal, next);
      });
    });
    this.#io.on("connection", (socket) =>
      this.guarded(tcpOf(socket.conn), () => events.admit(socket)),
    );
  }

  /** Whoever answers pings is heard before this time is over; who gave up was silent for longer. */
  get silentAfterMs(): number {
    const { pingIntervalMs = PING_INTERVAL_MS, pingTimeoutMs = PING_TIMEOUT_MS } =
      this.#options.timings;
    return pingIntervalMs + pingTimeoutMs / 2;
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
  guarded(socket: { destroy(): unknown } | undefined, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#stats.errors++;
      this.#options.log.error({ stack: (error as Error).stack }, "internal error");
      socket?.destroy();
    }
  }

  /** From now on what this client says, and that it is gone, is told to `admitted`. */
  listen(socket: SkeinSocket, admitted: Admitted): void {
    // What is no plain event goes through socket.io.
    socket.onAny(onAny);
    socket.on("error", this.#onError);
    socket.on("disconnect", onDisconnect);
    Line.of(socket.conn)?.admit(admitted);
    // socket.io gives each socket rooms; nobody ever says something to them.
    socket.nsp.adapter.delAll(socket.id);
  }

  /** What a socket came with is needed no more: its request alone is several kB. */
  forgetRequest(socket: SkeinSocket): void {
    // As socket.io's own guide to less memory has it; nothing in there reads it later.
    (socket.conn as { request: unknown }).request = undefined;
    (socket as { handshake: unknown }).handshake = FORGOTTEN;
    socket.data.handshake = undefined;
  }

  /** The sockets closed by now still send what was written; resolves when they have, or in a while. */
  async lastWords(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      if (this.#lines.size === 0) return resolve();
      const cancel = clock.after(LAST_WORDS_MS, resolve);
      this.#onLastGone = () => {
        cancel();
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    await this.#io.close();
    for (const { tcp } of this.#lines) tcp.destroy();
  }

  /** Whether this is the connection's first CONNECT: a second one is no client of ours. */
  #isFirst(connection: object): boolean {
    const line = Line.of(connection);
    if (!line || line.hasConnected) return false;
    line.hasConnected = true;
    line.cancelWait?.();
    line.cancelWait = undefined;
    return true;
  }

  #answer(socket: SkeinSocket, refusal: Refusal | undefined, next: (error?: Error) => void): void {
    if (!refusal) {
      next();
      return;
    }
    countRefusal(this.#stats, refusal.code);
    const { request }: { readonly request?: IncomingMessage } = socket.conn;
    this.#options.log.debug(
      { code: refusal.code, ...(request && loggedAddress(request, this.#options)) },
      "refused a client",
    );
    next(Object.assign(new Error(refusal.message), { data: refusal }));
    // After socket.io has sent it; another try needs another connection.
    const connection = socket.conn as unknown as EngineSocket;
    setImmediate(() => this.guarded(tcpOf(connection), () => this.#close(connection)));
  }

  /** Whoever is told so and stays is cut: Engine.IO calls it closed before the other side agrees. */
  #close(connection: EngineSocket): void {
    const tcp = tcpOf(connection);
    const cancel = this.#options.clock.after(LAST_WORDS_MS, () => tcp?.destroy());
    tcp?.once("close", cancel);
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

  #watch(connection: EngineSocket): void {
    const line = new Line(connection, this.#environment);
    this.#lines.add(line);
    // A connection that says nothing takes somebody else's place.
    line.cancelWait = this.#options.clock.after(this.#handshakeMs, () => {
      this.guarded(line.tcp, () => {
        countLimit(this.#stats, "handshake-time");
        this.#refuse(connection, TOO_SLOW);
      });
    });
  }

  #closed(line: Line, cause: Error | undefined): void {
    this.#lines.delete(line);
    if (!line.hasConnected) this.#stats.abandoned++;
    // Too large even to be read: the WebSocket closed with 1009 by itself.
    if (cause?.message.includes("Max payload size exceeded")) {
      countRefusal(this.#stats, "frame-too-large");
      countLimit(this.#stats, "frame-bytes");
    }
    if (this.#lines.size === 0) this.#onLastGone();
  }
}

function onAny(this: SkeinSocket, event: string, value: unknown): void {
  Line.of(this.conn)?.take(event, value);
}

function onDisconnect(this: SkeinSocket, reason: string): void {
  Line.of(this.conn)?.disconnected(reason);
  // After a DISCONNECT packet socket.io keeps the connection for other namespaces: none here.
  this.conn.close();
}

/**
 * Of two CONNECTs in one TCP segment the first may have been admitted, and its request forgotten, before
 * the second is answered: so the TCP socket is asked of the line, and the request may be missing.
 */
function tcpOf(connection: object): TcpSocket | undefined {
  return Line.of(connection)?.tcp;
}

const TWICE: Refusal = { code: "bad-handshake", message: "One CONNECT a connection." };
