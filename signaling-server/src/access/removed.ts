import type { Clock } from "../../../lib/src/clock.ts";

/** A tab that slept through its removal is told when it wakes, within this time. Milliseconds. */
const REMEMBERED_MS = 60 * 60 * 1000;
/** Of more than these the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;

/**
 * The peer ids of those who were removed: an id is of one room object, so that this one does not come
 * back by itself. The same person may come again as another peer, if `authenticate` lets them.
 */
export class Removed {
  readonly #clock: Clock;
  /** Id → until when; in the order they were removed. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(id: string): void {
    this.#until.delete(id);
    this.#until.set(id, this.#clock.now() + REMEMBERED_MS);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= MAX_REMEMBERED) return;
      this.#until.delete(oldest);
    }
  }

  has(id: string): boolean {
    return (this.#until.get(id) ?? 0) > this.#clock.now();
  }
}
