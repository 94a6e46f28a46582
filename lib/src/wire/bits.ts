/**
 * Numbers in as few bits as they need, the high bit first. Signed ones zigzag (0, −1, 1, −2, …) and
 * are written in exponential Golomb code of order k: with n + 2^k having k + 1 + q binary digits,
 * q ones, a zero, then those digits but the first.
 */

const fold = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
const unfold = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2);
const digits = (n: number): number => 32 - Math.clz32(n);

/** Bits that {@link BitWriter.golomb} takes. */
export function golombLength(n: number, order: number): number {
  return 2 * digits(fold(n) + 2 ** order) - order - 1;
}

export class BitWriter {
  readonly #bytes: number[] = [];
  #bits = 0;

  /** The low `width` bits (at most 32) of a number from 0. */
  bits(value: number, width: number): void {
    for (let i = width - 1; i >= 0; i--) {
      if (this.#bits++ % 8 === 0) this.#bytes.push(0);
      const at = this.#bytes.length - 1;
      const bit = Math.floor(value / 2 ** i) % 2;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (bit << ((8 - (this.#bits % 8)) % 8));
    }
  }

  /** A whole number of less than 30 bits. */
  golomb(n: number, order: number): void {
    const value = fold(n) + 2 ** order;
    const length = digits(value) - 1;
    for (let i = order; i < length; i++) this.bits(1, 1);
    this.bits(0, 1);
    this.bits(value - 2 ** length, length);
  }

  /** All so far, the last byte filled with ones. */
  finish(): Uint8Array {
    while (this.#bits % 8 !== 0) this.bits(1, 1);
    return Uint8Array.from(this.#bytes);
  }
}

/** Longest row of ones that {@link BitReader.golomb} takes: no number here needs more. */
const MAX_GOLOMB_ONES = 20;

/** Reads what {@link BitWriter} wrote; past the end it is `failed` and reads ones. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing is left but the ones that fill the last byte. */
  get ended(): boolean {
    const left = this.#bytes.length * 8 - this.#at;
    const filling = 2 ** left - 1;
    return left < 8 && (left <= 0 || ((this.#bytes.at(-1) ?? 0) & filling) === filling);
  }

  bits(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) this.failed = true;
      value = value * 2 + (((byte ?? 255) >> (7 - (this.#at++ % 8))) & 1);
    }
    return value;
  }

  golomb(order: number): number {
    let length = order;
    while (this.bits(1) === 1) {
      if (++length > order + MAX_GOLOMB_ONES || this.failed) {
        this.failed = true;
        return 0;
      }
    }
    return unfold(2 ** length + this.bits(length) - 2 ** order);
  }
}
