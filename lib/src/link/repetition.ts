/** When to say again what the peer does not acknowledge. */
import type { Clock } from "../clock.ts";

/** Least time before unacknowledged frames are sent again. */
const RESEND_AFTER_MS = 1_000;
const RESEND_AFTER_ROUND_TRIPS = 4;
const RESEND_AFTER_AGES = 2;
/** Each repetition without progress doubles the wait up to this. */
const RESEND_MOST_MS = 8_000;
/** A timer this late means that this very page was held up, and acknowledgements wait unread. */
const HELD_UP_MS = 1_000;

export class Repetition {
  readonly #clock: Clock;
  readonly #onDue: (heldUp: boolean) => void;
  #due = 0;
  #cancel: (() => void) | null = null;
  /** How often it came to that since there was progress. */
  count = 0;

  /** `onDue`: it is time. `heldUp`: so much later than it should be that it proves nobody late. */
  constructor(clock: Clock, onDue: (heldUp: boolean) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Begins to wait; harmless when begun. `age`: how long the last acknowledgement took to come. */
  arm(rtt: number | null, age: number): void {
    if (this.#cancel !== null) return;
    const times = [RESEND_AFTER_MS, RESEND_AFTER_ROUND_TRIPS * (rtt ?? 0), RESEND_AFTER_AGES * age];
    const least = Math.max(...times);
    const wait = Math.min(RESEND_MOST_MS, least * 2 ** this.count);
    this.#due = this.#clock.now() + wait;
    this.#cancel = this.#clock.after(wait, () => {
      this.#cancel = null;
      this.#onDue(this.#clock.now() - this.#due > HELD_UP_MS);
    });
  }

  /** There was progress. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.count = 0;
  }
}
