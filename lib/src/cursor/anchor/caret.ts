/** Characters of text as places of the window. */
import { type Character, isSpaceAt } from "./text.ts";

/**
 * Code units that can be drawn as one character, such as a family emoji: browsers give the box of the
 * whole to one of them and none to the others.
 */
const MAX_CLUSTER = 16;

/** A text position, between two code units. */
interface Caret {
  readonly node: Node;
  readonly offset: number;
}

/** Where a caret would be put by a click; null where the browser knows none. */
function caretAt(root: Node, document: Document, x: number, y: number): Caret | null {
  // CSSOM View; WebKit had only the older call for long.
  if (typeof document.caretPositionFromPoint === "function") {
    const shadowRoots = root === document ? [] : [root as ShadowRoot];
    const position = document.caretPositionFromPoint(x, y, { shadowRoots });
    return position && { node: position.offsetNode, offset: position.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** The box of the character that a code unit belongs to, in the window; null where none is laid out. */
export function boxOf({ node, index }: Character): DOMRect | null {
  const range = node.ownerDocument.createRange();
  range.setStart(node, index);
  const longest = isSpaceAt({ node, index }) ? 1 : MAX_CLUSTER;
  const last = Math.min(node.length, index + longest);
  for (let end = index + 1; end <= last; end++) {
    range.setEnd(node, end);
    for (const box of range.getClientRects()) if (box.width > 0 && box.height > 0) return box;
  }
  return null;
}

/** Pixels from a point to a box along each axis; 0 inside. */
const away = (at: number, from: number, to: number): number => Math.max(from - at, 0, at - to);

/**
 * The character under a point of the window, with its box: at most the height of the text beside it,
 * half of that above or below it (the space between lines). Only text that lies in `within`.
 */
export function characterAt(
  within: Element,
  x: number,
  y: number,
): { readonly character: Character; readonly box: DOMRect } | null {
  const caret = caretAt(within.getRootNode(), within.ownerDocument, x, y);
  if (caret?.node.nodeType !== Node.TEXT_NODE || !within.contains(caret.node)) return null;
  const node = caret.node as Text;
  let nearest: { readonly character: Character; readonly box: DOMRect } | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const index of [caret.offset, caret.offset - 1]) {
    const box = index < 0 || index >= node.length ? null : boxOf({ node, index });
    if (box === null) continue;
    const dx = away(x, box.left, box.right);
    const dy = away(y, box.top, box.bottom);
    if (dx > box.height || dy > box.height / 2 || dx + dy >= distance) continue;
    nearest = { character: { node, index }, box };
    distance = dx + dy;
  }
  return nearest;
}
