import { digits, fold } from "./golomb.ts";

const utf8 = new TextEncoder();

/** Writes what {@link import("./reader.ts").Reader} reads: a short head, and bytes behind it. */
export class Writer {
  readonly #head: number[] = [];
  /** Bits still free in the last byte. */
  #free = 0;

  /** The low `width` bits (at most 32) of a number from 0, the high one first. */
  bits(value: number, width: number): void {
    for (let i = width - 1; i >= 0; i--) {
      if (this.#free === 0) {
        this.#head.push(0);
        this.#free = 8;
      }
      this.#free--;
      const last = this.#head.length - 1;
      const bit = Math.floor(value / 2 ** i) % 2;
      this.#head[last] = (this.#head[last] ?? 0) | (bit << this.#free);
    }
  }

  /** A whole number of less than 30 bits; see golomb.ts. */
  golomb(n: number, order: number): void {
    const value = fold(n) + 2 ** order;
    const length = digits(value) - 1;
    for (let i = order; i < length; i++) this.bits(1, 1);
    this.bits(0, 1);
    this.bits(value - 2 ** length, length);
  }

  u8(value: number): void {
    // By far the most of what is written is whole bytes between bytes.
    if (this.#free === 0) this.#head.push(value);
    else this.bits(value, 8);
  }

  /** Two bytes, the high one first. */
  u16(value: number): void {
    this.u8(value >> 8);
    this.u8(value & 255);
  }

  varUint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.u8(128 + (rest % 128));
    this.u8(rest);
  }

  /** `varUint(bytes) • UTF-8` */
  text(text: string): void {
    const bytes = utf8.encode(text);
    this.varUint(bytes.length);
    for (const byte of bytes) this.u8(byte);
  }

  /** All so far, the last byte filled with ones, and `tail` behind it. */
  finish(tail?: Uint8Array): Uint8Array {
    this.bits(2 ** this.#free - 1, this.#free);
    const head = this.#head;
    const bytes = new Uint8Array(head.length + (tail?.length ?? 0));
    bytes.set(head);
    if (tail) bytes.set(tail, head.length);
    return bytes;
  }
}
