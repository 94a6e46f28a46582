/**
 * How far behind a peer's samples its playback stays: so much that most of them are there when
 * their turn comes, and no more. Follows what the link does now.
 */

/** Arrivals looked back on: two seconds of a peer that sends at 60 Hz. */
const REMEMBERED = 128;
/** The delay is chosen anew after this many arrivals; sorting at each one would buy nothing. */
const CHOSEN_EVERY = 8;
/**
 * How much quicker or slower than the hand playback goes while its delay changes, as a share: a
 * change of 30 ms takes 300 ms, which nobody sees.
 */
const CATCH_UP = 0.1;

export interface DelayOptions {
  /** Share of the arrivals that shall be in time. */
  readonly share: number;
  /** Added to it, in milliseconds; may be negative. */
  readonly plus: number;
  /** Bounds, in milliseconds. */
  readonly least: number;
  readonly most: number;
}

export class AdaptiveDelay {
  readonly #options: DelayOptions;
  readonly #needs = new Float64Array(REMEMBERED);
  #count = 0;
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
    this.#needs[this.#count % REMEMBERED] = need;
    this.#count += 1;
    if (this.#count > CHOSEN_EVERY && this.#count % CHOSEN_EVERY !== 0) return;
    const { share, plus, least, most } = this.#options;
    const needs = this.#needs.slice(0, this.#count).sort();
    const chosen = needs[Math.min(Math.floor(share * needs.length), needs.length - 1)] ?? least;
    this.#target = Math.min(Math.max(chosen + plus, least), most);
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
