/**
 * When to connect, when to give up on a connection attempt, when to try again. It knows no socket:
 * it is told what happened and says what to do, so that tests hold its time and its dice.
 *
 *            start            welcomed
 *   idle ─────────▶ connecting ───────▶ connected
 *                    ▲      │ lost          │ lost
 *        time, retry │      ▼               │
 *                    └── waiting ◀──────────┘        stop, or lost for good, from anywhere: stopped
 */
import type { Clock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";

/**
 * Ceiling of the first delay: quick, yet not in step with everybody else who lost the same server. A
 * server with many clients asks for more.
 */
export const FIRST_DELAY_MS = 250;
/** Ceiling of every delay. With CONNECT_TIMEOUT_MS it stays under the 20 s within which we are back. */
export const MAX_DELAY_MS = 10_000;
/** Three round trips on a bad mobile network, with one retransmission of each. */
export const CONNECT_TIMEOUT_MS = 8_000;
/** A connection that ends sooner after its welcome does not make the next delays short again. */
export const STABLE_AFTER_MS = 5_000;

export type ReconnectionState = "idle" | "connecting" | "connected" | "waiting" | "stopped";

export interface ReconnectionActions {
  /** Begin one connection; there is none now. */
  open(): void;
  /** Abandon the present connection, whatever its state, without a sound. */
  close(): void;
  /** The state changed. `error`: what led to `waiting`, or to `stopped` unless by `stop()`. */
  onState(state: Exclude<ReconnectionState, "idle">, error?: SkeinError): void;
}

export class Reconnection {
  readonly #actions: ReconnectionActions;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** See {@link FIRST_DELAY_MS}. */
  firstDelayMs = FIRST_DELAY_MS;
  #state: ReconnectionState = "idle";
  /** Losses since a connection was last good: the exponent of the delay. */
  #losses = 0;
  #connectedAt = 0;
  #cancelTimer: () => void = () => {};
  /** Counts changes of state, so that one made inside `onState` is noticed. */
  #changes = 0;

  /** `random` gives numbers in [0, 1]. */
  constructor(actions: ReconnectionActions, clock: Clock, random: () => number = Math.random) {
    this.#actions = actions;
    this.#clock = clock;
    this.#random = random;
  }

  get state(): ReconnectionState {
    return this.#state;
  }

  /** Begins, or begins again after the end. Harmless otherwise. */
  start(): void {
    if (this.#state !== "idle" && this.#state !== "stopped") return;
    this.#losses = 0;
    this.#connect();
  }

  /** Ends for now: no timer and no connection are left. */
  stop(): void {
    if (this.#state !== "idle" && this.#state !== "stopped") this.#stop();
  }

  /** The server's welcome arrived on the present connection. */
  welcomed(): void {
    if (this.#state !== "connecting") return;
    this.#connectedAt = this.#clock.now();
    this.#enter("connected");
  }

  /** The present connection failed or ended. `final`: the next one would fail the same way. */
  lost(error: SkeinError, final: boolean): void {
    if (this.#state !== "connecting" && this.#state !== "connected") return;
    if (final) this.#stop(error);
    else this.#wait(error);
  }

  /** Something changed for the better (network, wake): no use in waiting longer. */
  retryNow(): void {
    if (this.#state === "waiting") this.#connect();
  }

  #connect(): void {
    if (!this.#enter("connecting")) return;
    this.#timer(CONNECT_TIMEOUT_MS, () =>
      this.#wait(
        new SkeinError(
          "server-unreachable",
          `The signaling server did not answer within ${CONNECT_TIMEOUT_MS / 1000} s.`,
        ),
      ),
    );
    this.#actions.open();
  }

  #wait(error: SkeinError): void {
    const stable =
      this.#state === "connected" && this.#clock.now() - this.#connectedAt >= STABLE_AFTER_MS;
    if (stable) this.#losses = 0;
    const ceiling = Math.min(MAX_DELAY_MS, this.firstDelayMs * 2 ** this.#losses);
    this.#losses++;
    this.#actions.close();
    if (!this.#enter("waiting", error)) return;
    // Full jitter: everybody who lost the same server comes back spread over the whole delay.
    this.#timer(this.#random() * ceiling, () => this.#connect());
  }

  #stop(error?: SkeinError): void {
    this.#actions.close();
    this.#enter("stopped", error);
  }

  /**
   * Every change of state ends the timer of the state before. False when the listener has already
   * changed it again (by stopping, say): then whoever asked has nothing more to do.
   */
  #enter(state: Exclude<ReconnectionState, "idle">, error?: SkeinError): boolean {
    this.#cancelTimer();
    this.#state = state;
    const change = ++this.#changes;
    this.#actions.onState(state, error);
    return change === this.#changes;
  }

  #timer(ms: number, task: () => void): void {
    this.#cancelTimer = this.#clock.after(ms, task);
  }
}
