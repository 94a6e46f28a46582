const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text from UTF-8 bytes, byte order mark included; undefined when they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Reads bytes from strangers. It never throws and never leaves its view (lib0's readers do both: on
 * a pooled Node buffer they would read a neighbour's memory). The first thing that is not as it
 * should be makes the reader `failed` for good; what it returns from then on is meaningless, so a
 * decoder reads everything and asks once, at its end.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether something was malformed or missing, or bytes are left over. */
  get failed(): boolean {
    return this.#failed || this.#at < this.#bytes.length;
  }

  fail(): void {
    this.#failed = true;
  }

  u8(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      this.fail();
      return 0;
    }
    this.#at++;
    return byte;
  }

  /** Two bytes, the high one first. */
  u16(): number {
    return this.u8() * 256 + this.u8();
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

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) this.fail();
    if (this.#failed) return new Uint8Array();
    const { buffer, byteOffset } = this.#bytes;
    const view = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }

  /** All that is left, as a view: `least` to `most` bytes. */
  rest(most: number, least = 0): Uint8Array {
    const length = this.#bytes.length - this.#at;
    if (length < least || length > most) this.fail();
    return this.take(length);
  }

  /** `varUint(bytes) • UTF-8`: `least` to `most` bytes. */
  text(most: number, least = 0): string {
    const length = this.varUint(least);
    if (length > most) this.fail();
    const text = decodeText(this.take(length));
    if (text === undefined) this.fail();
    return text ?? "";
  }
}
