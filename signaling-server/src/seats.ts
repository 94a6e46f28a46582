import type { Clock } from "../../lib/src/clock.ts";

/**
 * How long a freed seat stays empty, in milliseconds: whoever left it may come back at once (a
 * reload), and every change of seats costs its links a new negotiation.
 */
export const SEAT_REST_MS = 5_000;

interface Applicant {
  readonly id: string;
  readonly join: number;
}

/**
 * Who may open WebRTC paths: at most `limit` members that can, in join order. A seat is kept until
 * its member leaves or gives it back; then it rests and passes to whoever waits longest.
 */
export class Seats {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #restMs: number;
  readonly #onSeated: (id: string) => void;
  readonly #seated = new Set<string>();
  /** In join order, ties broken by id. */
  readonly #waiting: Applicant[] = [];
  /** One undo for each resting seat. */
  readonly #resting = new Set<() => void>();

  /** `onSeated` is called for those that had to wait, never from within `apply`. */
  constructor(
    clock: Clock,
    limit: number,
    onSeated: (id: string) => void,
    restMs: number = SEAT_REST_MS,
  ) {
    this.#clock = clock;
    this.#limit = limit;
    this.#onSeated = onSeated;
    this.#restMs = restMs;
  }

  has(id: string): boolean {
    return this.#seated.has(id);
  }

  /** True when there was a seat at once; else it waits for one. Harmless when it has one already. */
  apply(id: string, join: number): boolean {
    if (this.#seated.has(id)) return true;
    this.#withdraw(id);
    if (this.#seated.size + this.#resting.size < this.#limit) {
      this.#seated.add(id);
      return true;
    }
    const applicant = { id, join };
    const before = this.#waiting.findIndex((other) => isBefore(applicant, other));
    this.#waiting.splice(before < 0 ? this.#waiting.length : before, 0, applicant);
    return false;
  }

  /** Gives up the seat or the place in the line. True when it had a seat. */
  release(id: string): boolean {
    this.#withdraw(id);
    if (!this.#seated.delete(id)) return false;
    const cancel = this.#clock.after(this.#restMs, () => {
      this.#resting.delete(cancel);
      this.#passOn();
    });
    this.#resting.add(cancel);
    return true;
  }

  close(): void {
    for (const cancel of this.#resting) cancel();
    this.#resting.clear();
  }

  #passOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#seated.add(next.id);
    this.#onSeated(next.id);
  }

  #withdraw(id: string): void {
    const at = this.#waiting.findIndex((applicant) => applicant.id === id);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}

function isBefore(a: Applicant, b: Applicant): boolean {
  return a.join < b.join || (a.join === b.join && a.id < b.id);
}
