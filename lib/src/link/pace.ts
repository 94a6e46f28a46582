/** How often one link may be tried anew: in a hurry at first, then rarely, never as the peer likes. */
import type { Clock } from "../clock.ts";

/** First back-off after a failed attempt, doubled with each and drawn with full jitter. */
const BACKOFF_FIRST_MS = 500;
/** A minute long a lost path is tried often, so that it is back within seconds of the network … */
const BACKOFF_MOST_MS = 4_000;
const BACKOFF_EAGER_TRIES = 15;
/** … and after that now and then. */
const BACKOFF_RARE_MS = 30_000;
/** What was just tried is not tried again for being asked to, or because the network changed. */
const RETRY_SPACING_MS = 1_000;
/**
 * Attempts that the peer can make us join or begin within a minute: each costs a connection. A dozen
 * look for a direct path in the minute after it was lost, and a few repair.
 */
const MAX_FORCED = 16;
const FORCED_WINDOW_MS = 60_000;

export class Pace {
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;
  #lastTried = Number.NEGATIVE_INFINITY;
  /** When the peer made us begin or join attempts. */
  #forced: number[] = [];

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Something is tried now. */
  tried(): void {
    this.#lastTried = this.#clock.now();
  }

  /** So recently that it need not be tried again; `times` as long when it may be under way yet. */
  justTried(times = 1): boolean {
    return this.#clock.now() - this.#lastTried < times * RETRY_SPACING_MS;
  }

  failed(): void {
    this.#failures += 1;
  }

  /** What failed before says nothing any more. */
  forgive(): void {
    this.#failures = 0;
  }

  /** Milliseconds to wait after what failed. */
  backoff(): number {
    const most = this.#failures > BACKOFF_EAGER_TRIES ? BACKOFF_RARE_MS : BACKOFF_MOST_MS;
    return this.#random() * Math.min(most, BACKOFF_FIRST_MS * 2 ** this.#failures);
  }

  /** Whether the peer may make us open one more connection; counts it when it may. */
  mayForce(): boolean {
    const now = this.#clock.now();
    this.#forced = this.#forced.filter((at) => now - at < FORCED_WINDOW_MS);
    if (this.#forced.length >= MAX_FORCED) return false;
    this.#forced.push(now);
    return true;
  }
}
