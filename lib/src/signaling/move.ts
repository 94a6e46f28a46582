/**
 * From a server that is about to stop to another one, without a gap: a second socket is opened while
 * the first still carries everything, and takes over once nothing is on its way on the first.
 *
 *   opening ─────▶ fencing ─────▶ joining ─────▶ settling ─────▶ over
 *      ▲  socket      │   answer     │  welcome     │   the old socket's end,
 *      │  stands      │   or time    │              │   or time
 *      └── waiting ◀──┴──────────────┘  failed
 *
 * fencing: what was sent on the old socket is confirmed, and nothing more is sent there, so that the
 * new server does not hear later words first. settling: what the old server had already sent is
 * taken in before the new one's welcome, which renews every handle.
 */
import type { Clock } from "../clock.ts";
import type { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, SocketHandlers } from "./connection.ts";
import { CONNECT_TIMEOUT_MS } from "./reconnection.ts";

/** So long the old server may take to confirm what it was sent: two round trips of a slow network. */
export const FENCE_MS = 1_000;
/** So long the old server may take to notice that its client has gone, over whatever nodes share. */
export const SETTLE_MS = 500;
/** Ceilings of the time before another try, while the old socket still stands. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 4_000;

export interface MoveActions {
  /** Opens a connection of the next generation. Undefined: it cannot yet, and is asked again. */
  open(handlers: SocketHandlers, outcome: ConnectionOutcome): SignalingConnection | undefined;
  /** Calls `done` when the old server has taken everything it was sent. */
  fence(done: () => void): void;
  /** The old connection is to be closed: this one is joined, and its welcome comes next. */
  changeOver(connection: SignalingConnection, join: number): void;
  /** What was held back may be sent: over the new connection, or, where a try failed, over the old. */
  resume(): void;
  /** The new server stops soon as well. */
  drainingToo(): void;
  /** The new connection is gone, and the old one was before: it has ended, or was changed over from. */
  lost(error: SkeinError, final: boolean): void;
}

type MoveState = "waiting" | "opening" | "fencing" | "joining" | "settling" | "over";

export class Move {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #handlers: SocketHandlers;
  readonly #actions: MoveActions;
  #state: MoveState = "waiting";
  #connection: SignalingConnection | undefined;
  #held: (() => void)[] = [];
  #failures = 0;
  #join = 0;
  #asked = false;
  /** Why the old connection ended while the new one was being admitted. */
  #orphaned: SkeinError | undefined;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, random: () => number, handlers: SocketHandlers, actions: MoveActions) {
    this.#clock = clock;
    this.#random = random;
    this.#handlers = handlers;
    this.#actions = actions;
  }

  /** Whether what would be sent must wait: the old server takes no more, the new one not yet. */
  get holds(): boolean {
    return this.#state === "fencing" || this.#state === "joining" || this.#state === "settling";
  }

  /** Whether a CONNECT of ours was sent: the old socket may be refused for that. */
  get asked(): boolean {
    return this.#asked;
  }

  start(): void {
    this.#try();
  }

  /** The old connection is gone, and why. True: it is dealt with here. */
  orphan(error: SkeinError): boolean {
    if (this.#state === "settling") {
      this.#finish();
      return true;
    }
    if (this.#state !== "joining") return false;
    this.#orphaned = error;
    return true;
  }

  /** Ends it; the connection that was being opened is closed. With `goodbye` it says so. */
  cancel(goodbye = false): void {
    this.#enter("over");
    this.#connection?.close(goodbye && this.#asked);
    this.#connection = undefined;
    this.#held = [];
  }

  #try(): void {
    this.#enter("opening");
    this.#timer(CONNECT_TIMEOUT_MS, () => this.#fail());
    const held: (() => void)[] = [];
    this.#held = held;
    /** What the new server says waits until the old one has finished. */
    const later = (tell: () => void) => {
      if (this.#state === "over") tell();
      else held.push(tell);
    };
    this.#connection = this.#actions.open(this.#holding(later), {
      opened: (connect) => this.#fence(connect),
      welcomed: (join) => this.#settle(join),
      lost: (error, final) => {
        if (this.#state === "over") this.#actions.lost(error, final);
        else this.#fail(error, final);
      },
      // There is no way on before the change-over.
      draining: () => later(() => this.#actions.drainingToo()),
    });
    if (this.#connection === undefined) this.#fail();
  }

  #fence(connect: () => void): void {
    this.#enter("fencing");
    let done = false;
    const join = () => {
      if (done || this.#state !== "fencing") return;
      done = true;
      this.#enter("joining");
      this.#asked = true;
      this.#timer(CONNECT_TIMEOUT_MS, () => this.#fail());
      connect();
    };
    this.#timer(FENCE_MS, join);
    this.#actions.fence(join);
  }

  #settle(join: number): void {
    this.#enter("settling");
    this.#join = join;
    if (this.#orphaned) this.#finish();
    else this.#timer(SETTLE_MS, () => this.#finish());
  }

  #finish(): void {
    const connection = this.#connection;
    const held = this.#held;
    this.#connection = undefined;
    this.#held = [];
    this.#enter("over");
    if (connection === undefined) return;
    this.#actions.changeOver(connection, this.#join);
    // Whoever hears one of these may end the connection over it.
    for (const tell of held) if (connection.joined) tell();
    // From here on nothing is held.
    held.length = 0;
    this.#actions.resume();
  }

  #fail(error = this.#orphaned, final = false): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#held = [];
    connection?.close();
    const held = this.holds;
    if (this.#orphaned !== undefined) {
      this.#enter("over");
      this.#actions.lost(error ?? this.#orphaned, final);
      return;
    }
    // The same request would fail again; the old socket stands until its server ends it.
    if (final) {
      this.#enter("over");
    } else {
      this.#enter("waiting");
      const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#timer(this.#random() * ceiling, () => this.#try());
    }
    if (held) this.#actions.resume();
  }

  /** The same handlers, told later. */
  #holding(later: (tell: () => void) => void): SocketHandlers {
    const handlers = this.#handlers;
    return Object.fromEntries(
      Object.entries(handlers).map(([name, tell]) => [
        name,
        (...values: never[]) =>
          later(() => (tell as (...values: never[]) => void).apply(handlers, values)),
      ]),
    ) as unknown as SocketHandlers;
  }

  #enter(state: MoveState): void {
    this.#cancelTimer();
    this.#state = state;
  }

  #timer(ms: number, task: () => void): void {
    this.#cancelTimer = this.#clock.after(ms, task);
  }
}
