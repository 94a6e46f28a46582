/** Weight of a new sample in the smoothed round-trip time, and in its variation (RFC 6298, 2.3). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

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
    return this.#smoothed === null ? null : this.#smoothed + 4 * this.#variation;
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
