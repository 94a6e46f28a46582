/**
 * This peer's place in a room as the signaling server sees it: joins, and joins again by itself under
 * the same id whenever the socket is lost. Sockets come and go beneath it, one at a time.
 */
import { type Clock, systemClock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { Seams, SignalingConnection } from "../seams.ts";
import {
  Connection,
  type ConnectionOutcome,
  type ConnectionTarget,
  type SocketHandlers,
} from "./connection.ts";
import {
  type ConnectRequest,
  FEATURE_AUDIT,
  type LinkReport,
  MAX_FRAME_BYTES,
  MAX_PRESENCE_BYTES,
  MAX_SIGNAL_BYTES,
  PROTOCOL,
  type Signal,
  SOCKET_PATH,
  type VersionedPresence,
} from "./events.ts";
import { jsonBytes } from "./guards.ts";
import { Move } from "./move.ts";
import { Reconnection, type ReconnectionState } from "./reconnection.ts";
import { isFinal, type TokenOption, Tokens } from "./tokens.ts";
import { watchWake } from "./wake.ts";

/** Feature bits of this client. */
const FEATURES = FEATURE_AUDIT;

/** Signals that wait while this client moves to another server: a few attempts' worth. */
const MAX_HELD_SIGNALS = 256;

export type SignalingState = Exclude<ReconnectionState, "idle">;

export interface SignalingHandlers extends SocketHandlers {
  /**
   * `connected` follows the `welcome` that made it so. `error`: what led to `waiting`, or to `stopped`
   * unless by {@link SignalingClient.stop}.
   */
  state(state: SignalingState, error?: SkeinError): void;
}

export interface SignalingOptions {
  /** The server's origin, with an optional base path. Null: nobody knows, and `start` throws. */
  readonly server: string | null;
  readonly room: string;
  /** base64url of the KEY_BYTES random bytes of this room object. */
  readonly key: string;
  /** Asked at each CONNECT, for the newest. */
  readonly request: () => Pick<ConnectRequest, "presence" | "webrtc">;
  /** Shows the server who this is. */
  readonly token?: TokenOption | undefined;
  readonly clock?: Clock;
  /** Numbers in [0, 1) for the jitter. */
  readonly random?: () => number;
  /** For tests. */
  readonly seams?: Seams;
}

export class SignalingClient {
  readonly #options: SignalingOptions;
  readonly #handlers: SignalingHandlers;
  readonly #target: ConnectionTarget | null;
  readonly #clock: Clock;
  readonly #reconnection: Reconnection;
  readonly #tokens: Tokens;
  #connection: SignalingConnection | undefined;
  #move: Move | undefined;
  /** Signals said while moving, in order. */
  #heldSignals: ({ readonly to: string } & Signal)[] = [];
  #generation = 0;
  #join: number | undefined;
  #goodbye = false;
  #unwatch: (() => void) | undefined;

  /** Throws `bad-server-url`. Opens nothing yet. */
  constructor(options: SignalingOptions, handlers: SignalingHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#target = options.server === null ? null : parseServer(options.server);
    this.#clock = options.clock ?? systemClock;
    this.#tokens = new Tokens({
      token: options.token,
      room: options.room,
      clock: this.#clock,
      random: options.random ?? Math.random,
      show: (token) => void this.#connection?.emit("token", token),
    });
    this.#reconnection = new Reconnection(
      {
        open: () => this.#open(),
        close: () => this.#close(),
        onState: (state, error) => this.#onState(state, error),
      },
      this.#clock,
      options.random,
    );
  }

  /** Begins, or begins again after the end. Harmless otherwise. Throws `bad-server-url`. */
  start(): void {
    if (this.#target === null) {
      throw new SkeinError(
        "bad-server-url",
        'There is no page whose origin could be the server: pass server: "https://…".',
      );
    }
    this.#tokens.begin();
    this.#reconnection.start();
  }

  /**
   * Ends for now; nothing is left behind. With `goodbye` the others see this peer leave at once, else
   * as if its socket were lost. What leaves, leaves in this call, so that `pagehide` can make it.
   */
  stop(goodbye: boolean): void {
    this.#goodbye = goodbye;
    this.#reconnection.stop();
    this.#goodbye = false;
    // Whoever said goodbye comes back as a newcomer.
    if (goodbye) this.#join = undefined;
  }

  get state(): ReconnectionState {
    return this.#reconnection.state;
  }

  /** Whether frames, signals and presence can be sent now. */
  get joined(): boolean {
    return this.#connection?.joined ?? false;
  }

  /** For tests: the socket is lost, as far as anybody can tell. */
  lose(message: string): void {
    this.#connection?.lose(message);
  }

  /** Number of sockets so far; the newest wins at the server. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether frames have to wait for a moment: this client is between two servers. */
  get held(): boolean {
    return this.#move?.holds ?? false;
  }

  /** Bytes of frames and their routes sent and not yet confirmed by the server. */
  get buffered(): number {
    return this.#connection?.buffered ?? 0;
  }

  /** Smoothed round-trip time over the present socket, in milliseconds; null until measured. */
  get rtt(): number | null {
    return this.#connection?.rtt ?? null;
  }

  /** Connects at once instead of waiting longer; where connected, tests the socket. */
  retryNow(): void {
    this.#connection?.check();
    this.#reconnection.retryNow();
  }

  /** Sends `route • frame` (wire/envelope.ts). False unless joined. */
  send(message: Uint8Array): boolean {
    return (
      this.#fits("own-frame", message.length, MAX_FRAME_BYTES) &&
      !this.held &&
      this.#connection?.send(message) === true
    );
  }

  /** False unless joined: the newest presence is in the next CONNECT anyway. */
  sendPresence(presence: VersionedPresence): boolean {
    return (
      this.#fits("own-presence", jsonBytes(presence.state), MAX_PRESENCE_BYTES) &&
      !this.held &&
      this.#connection?.emit("presence", presence) === true
    );
  }

  /** False unless joined. */
  sendSignal(to: string, signal: Signal): boolean {
    const message = { to, ...signal };
    if (!this.#fits("own-signal", jsonBytes(message), MAX_SIGNAL_BYTES)) return false;
    if (!this.held) return this.#connection?.emit("signal", message) === true;
    return this.#heldSignals.length < MAX_HELD_SIGNALS && this.#heldSignals.push(message) > 0;
  }

  /** A message of the back end has arrived. False unless joined. */
  sendReceived(id: string): boolean {
    return this.#connection?.emit("received", id) === true;
  }

  /** Gives the seat in the mesh back. False unless joined. */
  unseat(): boolean {
    return this.#connection?.emit("unseat") === true;
  }

  /** For the server's metrics. False unless joined. */
  report(report: LinkReport): boolean {
    return this.#connection?.emit("report", report) === true;
  }

  /** The server would end the socket for what is too large. */
  #fits(kind: string, bytes: number, most: number): boolean {
    if (bytes <= most) return true;
    this.#handlers.refused(kind);
    return false;
  }

  #open(): void {
    if (!this.#tokens.needed) {
      this.#openNow();
      return;
    }
    this.#tokens.fetch().then(
      (fetched) => fetched && this.#openNow(),
      (error: SkeinError) => this.#reconnection.lost(error, isFinal(error)),
    );
  }

  #openNow(): void {
    this.#connection = this.#connect(this.#handlers, {
      welcomed: (join) => {
        this.#join = join;
        this.#reconnection.welcomed();
      },
      draining: () => this.#moveAway(),
      lost: (error, final) => this.#lost(error, final),
    });
  }

  /** A connection of the next generation. */
  #connect(handlers: SocketHandlers, outcome: ConnectionOutcome): SignalingConnection | undefined {
    if (this.#target === null) return undefined;
    const token = this.#tokens.present;
    const { room, key, request, seams = {} } = this.#options;
    const connect: ConnectRequest = {
      ...request(),
      protocol: PROTOCOL,
      features: FEATURES,
      room,
      key,
      generation: ++this.#generation,
      ...(this.#join === undefined ? {} : { join: this.#join }),
      ...(token === undefined ? {} : { token }),
    };
    const judged: ConnectionOutcome = {
      ...outcome,
      welcomed: (join, ttlSeconds) => {
        this.#tokens.accepted(ttlSeconds);
        outcome.welcomed(join);
      },
      renewed: (ttlSeconds) => this.#tokens.accepted(ttlSeconds),
      notRenewed: (refusal) => this.#tokens.notRenewed(refusal),
      lost: (error, final) => {
        const told = this.#tokens.refused(error, final);
        outcome.lost(told.error, told.final);
      },
    };
    const parts = [this.#target, connect, this.#clock, handlers, judged, seams] as const;
    return seams.connect?.(...parts) ?? new Connection(...parts);
  }

  /** The server stops soon: to another one, while this socket still carries everything. */
  #moveAway(): void {
    // Not while one is under way; one that gave up for good does not begin again.
    if (this.#move !== undefined) return;
    const old = this.#connection;
    const move = new Move(this.#clock, this.#options.random ?? Math.random, this.#handlers, {
      open: (handlers, outcome) => {
        if (!this.#tokens.needed) return this.#connect(handlers, outcome);
        // Without one it would be refused: it is there at the next try, or the app says why not then.
        void this.#tokens.fetch().catch(() => {});
        return undefined;
      },
      fence: (done) => old?.fence?.(done),
      changeOver: (connection, join) => {
        this.#join = join;
        this.#connection = connection;
        this.#move = undefined;
        old?.close();
      },
      resume: () => this.#resume(),
      drainingToo: () => this.#moveAway(),
      lost: (error, final) => this.#lost(error, final),
    });
    this.#move = move;
    move.start();
  }

  /** Says what had to wait. */
  #resume(): void {
    const signals = this.#heldSignals.splice(0);
    for (const signal of signals) this.#connection?.emit("signal", signal);
    if (this.joined) this.#handlers.credited();
  }

  #lost(error: SkeinError, final: boolean): void {
    if (this.#move?.orphan(error)) return;
    // Then the newer socket that took its place is our own.
    const own = error.code === "replaced" && this.#move?.asked === true;
    this.#endMove();
    this.#reconnection.lost(error, final && !own);
  }

  #endMove(): void {
    this.#move?.cancel(this.#goodbye);
    this.#move = undefined;
    this.#heldSignals = [];
  }

  #close(): void {
    this.#tokens.stop();
    this.#endMove();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close(this.#goodbye);
  }

  #onState(state: SignalingState, error?: SkeinError): void {
    if (state === "stopped") {
      this.#unwatch?.();
      this.#unwatch = undefined;
    } else {
      const { wallClock } = this.#options.seams ?? {};
      this.#unwatch ??= watchWake(this.#clock, () => this.retryNow(), wallClock);
    }
    this.#handlers.state(state, error);
  }
}

/**
 * Where a signaling server is, the same however it is written.
 * @throws SkeinError `bad-server-url`
 */
export function serverAddress(server: string): string {
  const { origin, path } = parseServer(server);
  return origin.replace(/^ws/, "http") + path;
}

function parseServer(server: string): ConnectionTarget {
  let url: URL | undefined;
  try {
    url = new URL(server, globalThis.location?.href);
  } catch {
    // Said below.
  }
  if (!url || !/^(https?|wss?):$/.test(url.protocol)) {
    throw new SkeinError(
      "bad-server-url",
      `"${server}" is no server address. Give an http(s) or ws(s) URL such as https://signal.example.com.`,
    );
  }
  return {
    origin: `${url.protocol}//${url.host}`,
    path: url.pathname.replace(/\/+$/, "") + SOCKET_PATH,
  };
}
