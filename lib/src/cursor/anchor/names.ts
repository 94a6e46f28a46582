/**
 * How an anchor is named in a cursor's `frame`, beside the surface: `surface ␟ key` for a place in the
 * anchor's box, `surface ␞ key` for one in its text. docs/cursors.md has the layout.
 */

/** The attribute that makes an element an anchor. */
export const ANCHOR_ATTRIBUTE = "data-skein-anchor";

/** After the surface's name: x and y are fractions of the anchor's box (U+001F, unit separator). */
export const IN_BOX = "\u001f";
/** After the surface's name: x and y are a place in the anchor's text (U+001E, record separator). */
export const IN_TEXT = "\u001e";
/** What no surface's name has in it. */
export const SEPARATORS = [IN_BOX, IN_TEXT] as const;

/**
 * Longest name that travels as it is, in UTF-8 bytes: as long as a hash at most. The key goes with
 * every batch of samples.
 */
const MAX_PLAIN_BYTES = 14;
/** Begins the key of a hashed name. */
const HASHED = "#";

/** Longest surface name beside anchors, in UTF-8 bytes: a frame has 64, a separator and a key 15. */
export const MAX_ANCHORED_SURFACE_BYTES = 49;

// FNV-1a of 64 bits, https://www.rfc-editor.org/rfc/rfc9923
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

const utf8 = new TextEncoder();

/**
 * What an anchor's name is called on the way: itself, or `#` and its FNV-1a hash (64 bits, base 36)
 * where it is longer than 14 bytes or begins with `#`.
 */
export function keyOf(name: string): string {
  const bytes = utf8.encode(name);
  if (bytes.length <= MAX_PLAIN_BYTES && !name.startsWith(HASHED)) return name;
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return HASHED + hash.toString(36);
}

/** The anchors of one surface by their keys. Of several with one name the first counts. */
export class AnchorNames {
  readonly #element: Element;
  #byKey: Map<string, Element> | null = null;

  constructor(element: Element) {
    this.#element = element;
  }

  /** Names came or went: they are looked up anew. */
  forget(): void {
    this.#byKey = null;
  }

  find(key: string): Element | undefined {
    if (this.#byKey === null) {
      this.#byKey = new Map();
      for (const anchor of this.#element.querySelectorAll(`[${ANCHOR_ATTRIBUTE}]`)) {
        const name = nameOf(anchor);
        if (name !== "" && !this.#byKey.has(keyOf(name))) this.#byKey.set(keyOf(name), anchor);
      }
    }
    return this.#byKey.get(key);
  }

  /** The nearest anchor with a box around `inner`, itself included; the surface where there is none. */
  around(inner: Element | null): { readonly anchor: Element; readonly key: string } {
    for (
      let anchor = inner;
      anchor !== null && anchor !== this.#element;
      anchor = anchor.parentElement
    ) {
      const name = nameOf(anchor);
      if (name !== "" && anchor.getClientRects().length > 0) return { anchor, key: keyOf(name) };
    }
    return { anchor: this.#element, key: "" };
  }
}

const nameOf = (element: Element): string => element.getAttribute(ANCHOR_ATTRIBUTE) ?? "";
