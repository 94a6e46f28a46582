/** How many writes to sockets cursors and latest values may cause: of one room, and of a whole server. */
import type { Clock } from "../../lib/src/clock.ts";

/**
 * Writes a second that one room may cause. One costs some 10 µs of a processor, the system's part
 * included: an eighth of one in all. 1,000 members have 12.5 ticks a second, and ten people who all
 * move at 60 Hz cause 5,400 writes and never wait. A tick costs the same however much has come: a busy
 * server's timers are late, and its ticks fewer.
 */
export const FAN_OUT_PER_SECOND = 12_500;

/**
 * From as many writes a second on a whole server lets its rooms wait, small ones too, in milliseconds:
 * one frame of a 60 Hz screen, so that what more messages would bring is drawn at the same time. By
 * then half of what it does would be writes of a few bytes.
 */
export const BUSY_WAIT_MS = 16;

/** So much may be used at once, in milliseconds' worth of it: a burst is no load. */
const AHEAD_MS = 100;

export class FanOut {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #mostMs: number;
  /** Until when the writes so far are allowed for. */
  #paidUntil = 0;

  /** `mostMs`: longer nobody has to wait, whatever was used. */
  constructor(clock: Clock, perSecond = FAN_OUT_PER_SECOND, mostMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#mostMs = mostMs;
  }

  /** Milliseconds until something may go out; 0 or less: now. */
  get wait(): number {
    return this.#paidUntil - AHEAD_MS - this.#clock.now();
  }

  pay(writes: number): void {
    const now = this.#clock.now();
    const paid = Math.max(this.#paidUntil, now) + (writes * 1000) / this.#perSecond;
    this.#paidUntil = Math.min(paid, now + AHEAD_MS + this.#mostMs);
  }
}
