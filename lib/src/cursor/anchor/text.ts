/**
 * The text of an element as one row of characters, whatever nodes it is split into. White space does
 * not count: how much of it there is depends on how the page was written, not on what it says. Text
 * that is not shown counts: what is shown differs with the window's size.
 */

import { LAYERS } from "../overlay/layer.ts";

/**
 * Code units counted at a time. A place in a node of a megabyte is found without counting it all, nor
 * reading it all: Firefox copies the whole text at each reading of `data`.
 */
const PIECE = 4_096;

/** Elements whose text is not the page's; apps draw cursors of their own into ours. */
const NO_TEXT = `script, style, noscript, ${LAYERS}`;

/** Passes by such an element with all that is in it. */
const onlyText = (node: Node): number => {
  if (node.nodeType !== Node.ELEMENT_NODE) return NodeFilter.FILTER_ACCEPT;
  return (node as Element).matches(NO_TEXT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
};

/** Anything up to the space, and the no-break space. */
const isSpace = (codeUnit: number): boolean => codeUnit <= 0x20 || codeUnit === 0xa0;

/** One code unit of a text node. */
export interface Character {
  readonly node: Text;
  readonly index: number;
}

export const isSpaceAt = ({ node, index }: Character): boolean =>
  index < node.length && isSpace(node.substringData(index, 1).charCodeAt(0));

/** All text nodes of one element. */
interface Row {
  readonly nodes: readonly Text[];
  /** Characters before each node; one more number than nodes: all of them. */
  readonly starts: readonly number[];
  readonly order: ReadonlyMap<Text, number>;
}

export class TextRows {
  #rows = new Map<Element, Row>();
  /** Characters before each piece of a node, and in all of it at the end. */
  #pieces = new WeakMap<Text, readonly number[]>();

  /** What lies in or under `target` changed. */
  forget(target: Node): void {
    if (target.nodeType === Node.TEXT_NODE) this.#pieces.delete(target as Text);
    for (const root of this.#rows.keys()) if (root.contains(target)) this.#rows.delete(root);
  }

  /** How many characters of `root` come before this one. */
  before(root: Element, { node, index }: Character): number {
    const { order, starts } = this.#row(root);
    const piece = Math.floor(index / PIECE);
    return (
      (starts[order.get(node) ?? 0] ?? 0) +
      (this.#piecesOf(node)[piece] ?? 0) +
      count(node.substringData(piece * PIECE, index - piece * PIECE))
    );
  }

  /** The character that has `n` before it, the last one where there are not so many; null without text. */
  find(root: Element, n: number): Character | null {
    const { nodes, starts } = this.#row(root);
    const wanted = Math.max(0, Math.min(n, (starts.at(-1) ?? 0) - 1));
    const i = lastAtMost(starts, wanted);
    const node = nodes[i];
    if (node === undefined) return null;
    const rest = wanted - (starts[i] ?? 0);
    const pieces = this.#piecesOf(node);
    const piece = lastAtMost(pieces, rest);
    let left = rest - (pieces[piece] ?? 0);
    const from = piece * PIECE;
    const data = node.substringData(from, PIECE);
    for (let i = 0; i < data.length; i++) {
      if (!isSpace(data.charCodeAt(i)) && left-- === 0) return { node, index: from + i };
    }
    return null;
  }

  #row(root: Element): Row {
    let row = this.#rows.get(root);
    if (row === undefined) {
      const nodes: Text[] = [];
      const starts = [0];
      const order = new Map<Text, number>();
      const shown = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
      const walker = root.ownerDocument.createTreeWalker(root, shown, onlyText);
      let total = 0;
      for (let next = walker.nextNode(); next !== null; next = walker.nextNode()) {
        const node = next as Text;
        order.set(node, nodes.length);
        nodes.push(node);
        total += this.#piecesOf(node).at(-1) ?? 0;
        starts.push(total);
      }
      row = { nodes, starts, order };
      this.#rows.set(root, row);
    }
    return row;
  }

  #piecesOf(node: Text): readonly number[] {
    let pieces = this.#pieces.get(node);
    if (pieces === undefined) {
      let total = 0;
      const counted = [0];
      for (let from = 0; from < node.length; from += PIECE) {
        total += count(node.substringData(from, PIECE));
        counted.push(total);
      }
      pieces = counted;
      this.#pieces.set(node, pieces);
    }
    return pieces;
  }
}

function count(data: string): number {
  let characters = 0;
  for (let i = 0; i < data.length; i++) if (!isSpace(data.charCodeAt(i))) characters++;
  return characters;
}

/** Of ascending numbers the index of the last that is not above `wanted`. */
function lastAtMost(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}
