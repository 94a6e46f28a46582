/**
 * This peer's place in a room as the signaling server sees it: joins, and joins again by itself under
 * the same id whenever the socket is lost. Sockets come and go beneath it, one at a time.
 */
import type { Coming } from "../chunk.ts";
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
  type ClientToServerEvents,
  type ConnectRequest,
  FEATURE_AUDIT,
  FEATURE_BUNDLES,
  FEATURE_INTEREST,
  FEATURE_PAGES,
  MAX_FRAME_BYTES,
  MAX_PRESENCE_BYTES,
  MAX_SIGNAL_BYTES,
  PROTOCOL,
  type Signal,
  SOCKET_PATH,
  type VersionedPresence,
} from "./events.ts";
import { jsonBytes } from "./guards.ts";
import type { SignalingLater } from "./later.ts";
import { Reconnection, type ReconnectionState } from "./reconnection.ts";
import type { TokenOption } from "./tokens.ts";
import type { Upkeep } from "./upkeep.ts";

/** Feature bits of this client. */
const FEATURES = FEATURE_AUDIT | FEATURE_BUNDLES | FEATURE_PAGES | FEATURE_INTEREST;

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
  /** What is not needed to join, where there is no token to ask for. */
  readonly later: Coming<SignalingLater>;
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
  #connection: SignalingConnection | undefined;
  #upkeep: Upkeep | undefined;
  #cancelOpening: (() => void) | undefined;
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
    const { later, token, room, random = Math.random } = options;
    later.with(({ Upkeep }) => {
      this.#upkeep = new Upkeep({
        ...{ clock: this.#clock, random, handlers, room, token },
        connection: () => this.#connection,
        connect: (...asked) => this.#connect(...asked),
        changeOver: (connection, join) => {
          this.#join = join;
          this.#connection = connection;
        },
        lost: (error, final) => this.#lost(error, final),
      });
    });
    this.#reconnection = new Reconnection(
      {
        open: () => this.#open(),
        close: () => this.#close(),
        onState: (state, error) => this.#onState(state, error),
      },
      this.#clock,
      random,
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
    this.#upkeep?.begin();
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
    return this.#upkeep?.moving.holds ?? false;
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
    return this.#upkeep?.moving.hold(message) === true;
  }

  /** False unless joined. */
  say<K extends "interest" | "received" | "report" | "unseat">(
    event: K,
    ...payload: Parameters<ClientToServerEvents[K]>
  ): boolean {
    return this.#connection?.emit(event, ...payload) === true;
  }

  /** The server would end the socket for what is too large. */
  #fits(kind: string, bytes: number, most: number): boolean {
    if (bytes <= most) return true;
    this.#handlers.refused(kind);
    return false;
  }

  #open(): void {
    const { later, token } = this.#options;
    // A page that opened while the server was away could not load it either.
    later.load();
    const open = () => this.#openNow();
    if (typeof token !== "function") open();
    else {
      // What asks the app may not be here yet.
      this.#cancelOpening = later.with(() =>
        this.#upkeep?.ready(open, (error, final) => this.#reconnection.lost(error, final)),
      );
    }
  }

  #openNow(): void {
    this.#connection = this.#connect(this.#handlers, {
      welcomed: (join) => {
        this.#join = join;
        this.#reconnection.welcomed();
      },
      draining: () => this.#upkeep?.moving.begin(),
      lost: (error, final) => this.#lost(error, final),
    });
  }

  /** A connection of the next generation. */
  #connect(handlers: SocketHandlers, outcome: ConnectionOutcome): SignalingConnection | undefined {
    if (this.#target === null) return undefined;
    const { room, key, request, later, seams = {} } = this.#options;
    const token = this.#upkeep === undefined ? this.#options.token : this.#upkeep.token;
    const connect: ConnectRequest = {
      ...request(),
      protocol: PROTOCOL,
      features: FEATURES,
      room,
      key,
      generation: ++this.#generation,
      ...(this.#join === undefined ? {} : { join: this.#join }),
      ...(typeof token === "string" ? { token } : {}),
    };
    const judged = this.#upkeep?.judge(outcome) ?? outcome;
    const parts = [
      this.#target,
      connect,
      this.#clock,
      handlers,
      {
        ...judged,
        later,
        reconnection: this.#reconnection,
      },
      seams,
    ] as const;
    return seams.connect?.(...parts) ?? new Connection(...parts);
  }

  #lost(error: SkeinError, final: boolean): void {
    const isEnd = this.#upkeep === undefined ? final : this.#upkeep.moving.lost(error, final);
    if (isEnd === null) return;
    this.#upkeep?.end(this.#goodbye);
    this.#reconnection.lost(error, isEnd);
  }

  #close(): void {
    this.#cancelOpening?.();
    this.#upkeep?.end(this.#goodbye);
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close(this.#goodbye);
  }

  #onState(state: SignalingState, error?: SkeinError): void {
    const { later, seams = {} } = this.#options;
    if (state === "stopped") {
      this.#unwatch?.();
      this.#unwatch = undefined;
      later.stop();
    } else {
      const { wallClock } = seams;
      this.#unwatch ??= later.with(({ watchWake }) =>
        watchWake(this.#clock, () => this.retryNow(), wallClock),
      );
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
