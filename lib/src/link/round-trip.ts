/** Weight of a new sample in the smoothed round-trip time, and in its variation (RFC 6298, 2.3). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** Least grace, in round trips: the variation of a steady path tends to nothing, its answers do not. */
const LEAST_GRACE = 1 / 2;

/** Smoothed round-trip time of one path and how much it varies, as RFC 6298 section 2 has it. */
export class RoundTrip {
  #smoothed: number | null = null;
  #variation = 0;

  /** Milliseconds; null before the first sample. */
  get smoothed(): number | null {
    return this.#smoothed;
  }

  /** When an answer is later than this, in milliseconds, something is wrong; null before a sample. */
  get limit(): number | null {
    if (this.#smoothed === null) return null;
    return this.#smoothed + Math.max(this.#smoothed * LEAST_GRACE, 4 * this.#variation);
  }

  sample(ms: number): void {
    if (this.#smoothed === null) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += BETA * (Math.abs(this.#smoothed - ms) - this.#variation);
    this.#smoothed += ALPHA * (ms - this.#smoothed);
  }
}
