/**
 * One connection below socket.io, from its upgrade to its close: what is heard of it on Engine.IO's
 * socket and on ws's below that. Most lines are idle, and many: so each has one object, and all share
 * their listeners, which find it by what they are called on.
 */
import type { EventEmitter } from "node:events";
import type { Socket as TcpSocket } from "node:net";
import type { Socket as EngineSocket } from "engine.io";
import type { Clock } from "../../lib/src/clock.ts";
import type { Refusal } from "../../lib/src/signaling/events.ts";
import * as parser from "../../lib/src/signaling/parser.ts";
import { Intake } from "./limits/intake.ts";
import { type Rates, TOO_FAST } from "./limits/limits.ts";
import { CUT_BYTES } from "./shed.ts";
import type { ServerStats } from "./stats.ts";

/** How often Engine.IO sees that a client which streams is there, in milliseconds: its ping waits for 5 s. */
const SEEN_EVERY_MS = 1_000;

/** A WebSocket that was closed without a close frame (RFC 6455, 7.4.1). */
const NO_CLOSE_FRAME = 1006;

/** Who was admitted on a line. */
export interface Admitted {
  /** One event; a frame is the event "frame". */
  receive(event: string, value: unknown): void;
  /** It goes on to send more than it may. */
  tooFast(): void;
  /** socket.io has closed it, with a reason of its own. */
  disconnected(reason: string, line: Line): void;
}

/** What all lines of a server share. */
export interface LineEnvironment {
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly rates: Rates;
  /** Before anybody was admitted on it. */
  refuse(connection: EngineSocket, refusal: Refusal): void;
  closed(line: Line, cause: Error | undefined): void;
  /** Whatever goes wrong in `run` costs this socket. */
  guarded(tcp: TcpSocket, run: () => void): void;
}

type TakeData = (message: unknown) => void;
type TakeMessage = (message: Buffer, isBinary: boolean) => void;

/** By Engine.IO's socket and by ws's. */
const lines = new WeakMap<object, Line>();

export class Line {
  readonly connection: EngineSocket;
  readonly tcp: TcpSocket;
  readonly intake: Intake;
  /** A CONNECT has come. */
  hasConnected = false;
  /** Ends the wait for that, while there is one. */
  cancelWait: (() => void) | undefined;
  readonly #environment: LineEnvironment;
  #admitted: Admitted | undefined;
  #toSocketIo: TakeData | undefined;
  #toEngine: TakeMessage | undefined;
  #seenAt = 0;
  #heardAt: number;
  #closeCode = NO_CLOSE_FRAME;

  constructor(connection: EngineSocket, environment: LineEnvironment) {
    const { clock, rates, stats } = environment;
    this.connection = connection;
    // The request that leads to it may be forgotten later.
    this.tcp = connection.request.socket;
    this.#environment = environment;
    this.intake = new Intake(clock, rates, stats, this);
    this.#heardAt = clock.now();
    const webSocket = webSocketOf(connection);
    lines.set(connection, this);
    lines.set(webSocket, this);
    connection.on("packet", onPacket);
    connection.on("heartbeat", onHeartbeat);
    connection.on("close", onClose);
    webSocket.on("ping", onPing);
    // Before Engine.IO's, which tells of the end.
    webSocket.prependListener("close", onWebSocketClose);
  }

  static of(connection: object): Line | undefined {
    return lines.get(connection);
  }

  /** What the WebSocket was closed with. */
  get closeCode(): number {
    return this.#closeCode;
  }

  /** When the client last answered a ping, or came. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /**
   * From now on what this client says is heard here: the many first, past socket.io and Engine.IO, which
   * need ticks of the event loop, and several objects, for each of them. All else they go on to hear.
   */
  admit(admitted: Admitted): void {
    this.#admitted = admitted;
    this.#toSocketIo = takeOver(this.connection, "data", onData);
    this.#toEngine = takeOver(webSocketOf(this.connection), "message", onMessage);
  }

  /** It sends more than it may, and goes on although it was given no credit. */
  tooFast(): void {
    if (this.#admitted) this.#admitted.tooFast();
    else this.#environment.refuse(this.connection, TOO_FAST);
  }

  disconnected(reason: string): void {
    this.#admitted?.disconnected(reason, this);
  }

  take(event: string, value: unknown): void {
    this.#environment.guarded(this.tcp, () => this.#admitted?.receive(event, value));
  }

  /** Everything that a connection sends is counted, also what no code of ours ever sees. */
  packet(data: unknown): void {
    // Frames are counted where they are shed.
    if (!(data instanceof Uint8Array)) this.intake.take(typeof data === "string" ? data.length : 0);
  }

  /** ws answers WebSocket's own pings by itself; whoever reads no answer must not pile them up. */
  ping(bytes: number): void {
    this.intake.take(bytes);
    if (this.tcp.writableLength > CUT_BYTES) this.tcp.destroy();
  }

  data(message: unknown): void {
    const said = parser.decodeEvent(message);
    if (said) this.take(said.name, said.value);
    else this.#toSocketIo?.call(this.connection, message);
  }

  /** Engine.IO sees one frame a second: whoever says something need not answer its ping in time. */
  message(webSocket: object, message: Buffer, isBinary: boolean): void {
    const now = this.#environment.clock.now();
    if (isBinary && now - this.#seenAt < SEEN_EVERY_MS) {
      this.take("frame", message);
      return;
    }
    this.#seenAt = now;
    this.#toEngine?.call(webSocket, message, isBinary);
  }

  heartbeat(): void {
    this.#heardAt = this.#environment.clock.now();
  }

  webSocketClosed(code: number): void {
    this.#closeCode = code;
  }

  closed(cause: Error | undefined): void {
    this.cancelWait?.();
    this.#environment.closed(this, cause);
  }
}

/** Engine.IO's transport does not tell of its WebSocket, which is ws's. */
function webSocketOf({ transport }: EngineSocket): EventEmitter {
  return (transport as unknown as { readonly socket: EventEmitter }).socket;
}

/** Listens instead of the one who did, who is returned. */
function takeOver<T>(emitter: EventEmitter, event: string, listener: (...args: never[]) => void) {
  const before = emitter.listeners(event);
  // In this order: an emitter without a listener makes its table of them anew, and larger.
  emitter.on(event, listener as (...args: unknown[]) => void);
  for (const each of before) emitter.off(event, each as () => void);
  const [first, ...others] = before as unknown as ((...args: never[]) => void)[];
  if (others.length > 0) throw new Error(`"${event}" had ${before.length} listeners, not one.`);
  return first as T | undefined;
}

function onPacket(this: object, { data }: { readonly data?: unknown }): void {
  lines.get(this)?.packet(data);
}

function onData(this: object, message: unknown): void {
  lines.get(this)?.data(message);
}

function onHeartbeat(this: object): void {
  lines.get(this)?.heartbeat();
}

function onClose(this: object, _reason: string, cause?: Error): void {
  lines.get(this)?.closed(cause);
}

function onMessage(this: object, message: Buffer, isBinary: boolean): void {
  lines.get(this)?.message(this, message, isBinary);
}

function onPing(this: object, data: Buffer): void {
  lines.get(this)?.ping(data.length);
}

function onWebSocketClose(this: object, code: number): void {
  lines.get(this)?.webSocketClosed(code);
}
