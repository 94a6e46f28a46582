import type { Clock } from "../../lib/src/clock.ts";

/**
 * How long a member's handle rests before somebody else gets it, in milliseconds. Frames and routes
 * that name it may still be on their way; nobody's path is slower than the sockets' time-outs.
 */
export const HANDLE_REST_MS = 60_000;

/** How long a handle rests that was reserved but never admitted: nothing but cursors went there. */
export const UNUSED_HANDLE_REST_MS = 5_000;

/**
 * The short numbers of a room's members in binary routes: integers from 1, always the lowest free
 * one, so that a route costs one byte in rooms up to 127.
 */
export class Handles {
  readonly #clock: Clock;
  #highest = 0;
  /** Ascending. */
  readonly #free: number[] = [];
  readonly #resting = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(): number {
    this.#wake();
    return this.#free.shift() ?? ++this.#highest;
  }

  /** Gives a handle back. It is used again after it has rested. */
  release(handle: number, restMs: number = HANDLE_REST_MS): void {
    this.#resting.set(handle, this.#clock.now() + restMs);
  }

  #wake(): void {
    if (this.#resting.size === 0) return;
    const now = this.#clock.now();
    let woke = false;
    for (const [handle, until] of this.#resting) {
      if (until > now) continue;
      this.#resting.delete(handle);
      this.#free.push(handle);
      woke = true;
    }
    if (woke) this.#free.sort((a, b) => a - b);
  }
}
