/**
 * How much somebody sends, held against what they may: a frame costs two subtractions and no memory,
 * and the clock is looked at only when what was allowed at once is used up. (rate-limiter-flexible, the
 * usual library, makes a promise and a result of each call: a hundred times the work, and 150 bytes.)
 *
 *   within ──allowance used up──▶ over ──and as much again as may be owed──▶ beyond
 *      ▲─────────── time ──────────┘
 */
import type { Clock } from "./clock.ts";

export interface Allowance {
  readonly perSecond: number;
  /** What may come at once; after a time without a look at the clock, twice as much. */
  readonly atOnce: number;
  /** What may come above that before it is too much: what an honest sender may have under way. */
  readonly owed: number;
}

export type Verdict = "within" | "over" | "beyond";

export class Meter {
  readonly #clock: Clock;
  readonly #frames: Allowance;
  readonly #bytes: Allowance;
  #framesLeft: number;
  #bytesLeft: number;
  #at: number;

  constructor(clock: Clock, frames: Allowance, bytes: Allowance) {
    this.#clock = clock;
    this.#frames = frames;
    this.#bytes = bytes;
    this.#framesLeft = frames.atOnce;
    this.#bytesLeft = bytes.atOnce;
    this.#at = clock.now();
  }

  /** One frame of so many bytes has come. */
  take(bytes: number): Verdict {
    this.#framesLeft -= 1;
    this.#bytesLeft -= bytes;
    if (this.#framesLeft >= 0 && this.#bytesLeft >= 0) return "within";
    this.#refill();
    if (this.#framesLeft >= 0 && this.#bytesLeft >= 0) return "within";
    return this.exceeded === null ? "over" : "beyond";
  }

  /** Of what too much came. */
  get exceeded(): "frames" | "bytes" | null {
    if (this.#framesLeft < -this.#frames.owed) return "frames";
    return this.#bytesLeft < -this.#bytes.owed ? "bytes" : null;
  }

  /** Milliseconds until what came is within what may come; 0: it is. */
  get waitMs(): number {
    if (this.#framesLeft >= 0 && this.#bytesLeft >= 0) return 0;
    this.#refill();
    const seconds = Math.max(
      -this.#framesLeft / this.#frames.perSecond,
      -this.#bytesLeft / this.#bytes.perSecond,
    );
    return Math.max(0, Math.ceil(seconds * 1000));
  }

  #refill(): void {
    const now = this.#clock.now();
    const seconds = (now - this.#at) / 1000;
    this.#at = now;
    this.#framesLeft = refilled(this.#framesLeft, this.#frames, seconds);
    this.#bytesLeft = refilled(this.#bytesLeft, this.#bytes, seconds);
  }
}

function refilled(left: number, { perSecond, atOnce }: Allowance, seconds: number): number {
  return Math.min(atOnce, left + seconds * perSecond);
}
