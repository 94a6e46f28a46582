/**
 * How far behind a peer's samples its playback stays: so much that most of them are there when their
 * turn comes, and no more. It follows what the link does, as TCP's retransmission time-out does (RFC
 * 6298): mean and mean deviation, smoothed. A share of late arrivals was tried for it too; it
 * needs as many to look back on, and wavers more.
 */

/** Arrivals that count: about the last four seconds of a peer that sends at 60 Hz. */
const REMEMBERED = 256;
/** After this many arrivals it is known what is usual … */
const KNOWN_AFTER = 16;
/** … and one so many deviations beyond it counts as no later than that: it will stay alone … */
const UNUSUAL_DEVIATIONS = 4;
/** … unless it is within so many milliseconds: a link that was steady must be able to get worse. */
const USUAL_MS = 40;
/** The latest that counts, in milliseconds: what comes later is no jitter. */
const LATEST_MS = 500;
/**
 * How much quicker or slower than the hand playback goes while its delay changes, as a share: a
 * change of 30 ms takes 300 ms, which nobody sees.
 */
const CATCH_UP = 0.1;

export interface DelayOptions {
  /** So many mean deviations more than the mean of what the arrivals needed. */
  readonly deviations: number;
  /** Milliseconds added to that; may be negative. */
  readonly plus: number;
  /** Bounds, in milliseconds. */
  readonly least: number;
  readonly most: number;
}

export class AdaptiveDelay {
  readonly #options: DelayOptions;
  #count = 0;
  #mean = 0;
  #deviation = 0;
  #target: number;
  #ms: number;

  constructor(options: DelayOptions) {
    this.#options = options;
    this.#target = this.#ms = options.least;
  }

  /** Milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** What arrived would have been drawn in time with a delay of `need` milliseconds. */
  learn(need: number): void {
    this.#count = Math.min(this.#count + 1, REMEMBERED);
    const usual = this.#mean + Math.max(USUAL_MS, UNUSUAL_DEVIATIONS * this.#deviation);
    const latest = this.#count > KNOWN_AFTER ? usual : LATEST_MS;
    const counted = Math.min(Math.max(need, 0), latest);
    this.#mean += (counted - this.#mean) / this.#count;
    this.#deviation += (Math.abs(counted - this.#mean) - this.#deviation) / this.#count;
    const { deviations, plus, least, most } = this.#options;
    const target = this.#mean + deviations * this.#deviation + plus;
    this.#target = Math.min(Math.max(target, least), most);
  }

  /** `elapsed` milliseconds went by. */
  advance(elapsed: number): void {
    const step = CATCH_UP * elapsed;
    this.#ms += Math.min(Math.max(this.#target - this.#ms, -step), step);
  }

  /** At once: nothing moves that could be seen to change its pace. */
  settle(): void {
    this.#ms = this.#target;
  }
}
