/** Which part of the board is in sight: what scrollers around it and the window leave of it. */
import type { Area } from "../area.ts";
import type { Point, Size } from "../coordinates.ts";

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** In pixels, from each side. */
export interface Sides {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Visible {
  /** In pixels of the board. */
  readonly rect: Rect;
  /** How far it begins inside the scroller around it, in pixels: something further out covers the rest. */
  readonly inset: Point;
}

type Edges = { -readonly [Side in keyof Sides]: number };

/** Overflow values of an element that shows what does not fit; "" is what a DOM without styles says. */
const SHOWS_ALL = new Set(["visible", ""]);

/** Elements that cut off what is beyond their box, from the element outwards. Reads styles. */
export function clippersOf(element: HTMLElement): readonly HTMLElement[] {
  const document = element.ownerDocument;
  const clippers: HTMLElement[] = [];
  for (let each: HTMLElement | null = element; each !== null; each = parentOf(each)) {
    // The body's overflow is the window's.
    if (each === document.documentElement || each === document.body) continue;
    const style = document.defaultView?.getComputedStyle(each);
    if (style !== undefined && !SHOWS_ALL.has(style.overflowX)) clippers.push(each);
    if (style?.position === "fixed") break;
  }
  return clippers;
}

/** The element around it as it is laid out: a slot's, a shadow root's host. */
function parentOf(element: HTMLElement): HTMLElement | null {
  const parent: Node | null = element.assignedSlot ?? element.parentNode;
  const around = (parent as ShadowRoot | null)?.host ?? parent;
  return around?.nodeType === 1 ? (around as HTMLElement) : null;
}

/** Reads the layout. */
export function measureVisible(
  element: HTMLElement,
  area: Area,
  clippers: readonly HTMLElement[],
): Visible {
  area.forget();
  const root = element.ownerDocument.documentElement;
  const window: Edges = { left: 0, top: 0, right: root.clientWidth, bottom: root.clientHeight };
  const boxes = clippers.map(innerBox);
  // What the layer sticks to: the nearest of those that scroll, or else the window.
  const sticks = boxes[clippers.findIndex(scrolls)] ?? window;
  const seen = { ...window };
  const isRoot = element === element.ownerDocument.scrollingElement;
  for (const box of isRoot ? boxes : [...boxes, innerBox(element)]) {
    seen.left = Math.max(seen.left, box.left);
    seen.top = Math.max(seen.top, box.top);
    seen.right = Math.min(seen.right, box.right);
    seen.bottom = Math.min(seen.bottom, box.bottom);
  }
  const from = area.locate(seen.left, seen.top);
  const to = area.locate(seen.right, seen.bottom);
  const inWindow = { left: Math.max(0, sticks.left), top: Math.max(0, sticks.top) };
  return {
    rect: {
      left: from.x,
      top: from.y,
      width: Math.max(0, to.x - from.x),
      height: Math.max(0, to.y - from.y),
    },
    inset: { x: inWindow.left - sticks.left, y: inWindow.top - sticks.top },
  };
}

const scrolls = (element: HTMLElement): boolean => {
  const overflow = element.ownerDocument.defaultView?.getComputedStyle(element).overflowX;
  return overflow !== "clip";
};

function innerBox(element: HTMLElement): Edges {
  const { left, top, width, height } = element.getBoundingClientRect();
  const scaleX = element.offsetWidth > 0 ? width / element.offsetWidth : 1;
  const scaleY = element.offsetHeight > 0 ? height / element.offsetHeight : 1;
  return {
    left: left + element.clientLeft * scaleX,
    top: top + element.clientTop * scaleY,
    right: left + (element.clientLeft + element.clientWidth) * scaleX,
    bottom: top + (element.clientTop + element.clientHeight) * scaleY,
  };
}

/** How far a point is from the nearest one in sight, per axis; 0 where it is in sight. */
export function beyond(point: Point, { left, top, width, height }: Rect): Point {
  return {
    x: point.x - Math.min(Math.max(point.x, left), left + width),
    y: point.y - Math.min(Math.max(point.y, top), top + height),
  };
}

export const whole = ({ width, height }: Size): Visible => ({
  rect: { left: 0, top: 0, width, height },
  inset: { x: 0, y: 0 },
});
