import { unfold } from "./golomb.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text from UTF-8 bytes, byte order mark included; undefined when they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Longest row of ones that {@link Reader.golomb} takes: no number here needs more. */
const MAX_GOLOMB_ONES = 20;

/**
 * Reads bytes from strangers, in lib0's format for numbers and text. It never throws and never leaves
 * its view (lib0's own readers do both: on a pooled Node buffer they would read a neighbour's memory).
 * The first thing that is not as it should be makes the reader `failed` for good; what it returns
 * from then on is meaningless, so a decoder reads everything and asks once, at its end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  /** In bits. */
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether something was malformed or missing, or something is left over. */
  get failed(): boolean {
    return this.#failed || !this.ended;
  }

  fail(): void {
    this.#failed = true;
  }

  /** Whether nothing is left, or nothing can be read; the ones that fill a last byte are nothing. */
  get ended(): boolean {
    const left = this.#bytes.length * 8 - this.#at;
    const filling = 2 ** left - 1;
    return this.#failed || left === 0 || (left < 8 && (this.#lastByte & filling) === filling);
  }

  /** A number from 0 of `width` bits, the high one first. */
  bits(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) {
        this.fail();
        return 0;
      }
      value = value * 2 + ((byte >> (7 - (this.#at % 8))) & 1);
      this.#at++;
    }
    return value;
  }

  /** A signed number in the exponential Golomb code of `order`; see golomb.ts. */
  golomb(order: number): number {
    let length = order;
    while (this.bits(1) === 1) {
      if (++length > order + MAX_GOLOMB_ONES) {
        this.fail();
        return 0;
      }
    }
    return unfold(2 ** length + this.bits(length) - 2 ** order);
  }

  u8(): number {
    // By far the most of what is read is whole bytes between bytes.
    if (this.#at % 8 > 0) return this.bits(8);
    const byte = this.#bytes[this.#at >> 3];
    if (byte === undefined) {
      this.fail();
      return 0;
    }
    this.#at += 8;
    return byte;
  }

  /** Two bytes, the high one first. */
  u16(): number {
    return this.bits(16);
  }

  /**
   * Seven bits a byte, the low ones first; the top bit says that more follow. Refused: below `least`,
   * above Number.MAX_SAFE_INTEGER, and longer than it need be.
   */
  varUint(least = 0): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * unit;
      if (value > Number.MAX_SAFE_INTEGER || (byte === 0 && unit > 1)) this.fail();
      if (byte < 128 || this.#failed) break;
      unit *= 128;
    }
    if (value < least) this.fail();
    return value;
  }

  /** All that is left, as a view: `least` to `most` bytes. */
  rest(most: number, least = 0): Uint8Array {
    const length = this.#bytes.length - (this.#at >> 3);
    if (length < least || length > most) this.fail();
    return this.#take(length);
  }

  /** `varUint(bytes) • bytes`, as a view: `least` to `most` of them. */
  bytes(most: number, least = 0): Uint8Array {
    const length = this.varUint(least);
    if (length > most) this.fail();
    return this.#take(length);
  }

  /** `varUint(bytes) • UTF-8`: `least` to `most` bytes. */
  text(most: number, least = 0): string {
    const text = decodeText(this.bytes(most, least));
    if (text === undefined) this.fail();
    return text ?? "";
  }

  get #lastByte(): number {
    return this.#bytes[this.#bytes.length - 1] ?? 0;
  }

  /** From here on, as a view; only between bytes. */
  #take(length: number): Uint8Array {
    const from = this.#at >> 3;
    if (length > this.#bytes.length - from) this.fail();
    if (this.#failed) return new Uint8Array();
    this.#at += length * 8;
    // Not subarray: that of a Node buffer is a Node buffer.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, length);
  }
}
