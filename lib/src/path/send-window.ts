/**
 * How much may be on its way at once: what the way carries within a second. A fast one is kept busy,
 * and on a slow one nothing waits for long behind what was sent before it.
 */

/** What is confirmed later than this waited behind too much. */
const LATE_MS = 1_000;
/** Confirmed sooner, there was room for more. */
const SOON_MS = LATE_MS / 2;

export interface SendWindowOptions {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

export class SendWindow {
  readonly #options: SendWindowOptions;
  #bytes: number;

  /** All in bytes. */
  constructor(options: SendWindowOptions) {
    this.#options = options;
    this.#bytes = options.first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Something is confirmed, `age` milliseconds after it was sent; `inFlight` bytes were on their way. */
  confirmed(inFlight: number, age: number): void {
    const { least, most } = this.#options;
    // So many bytes in so long a time: that is what the way carries.
    if (age > LATE_MS) this.#bytes = Math.min(this.#bytes, (inFlight * LATE_MS) / age);
    // Twice what was made use of.
    else if (age < SOON_MS) this.#bytes = Math.max(this.#bytes, 2 * inFlight);
    this.#bytes = Math.min(most, Math.max(least, this.#bytes));
  }

  /** Nothing is confirmed any more, and what was sent goes again, for the `times`-th time: little at first. */
  stalled(times: number): void {
    const { least, most } = this.#options;
    this.#bytes = Math.min(most, least * 4 ** (times - 1));
  }
}
