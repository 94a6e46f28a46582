/**
 * What places hang on, a character or a box, as the layout has it: read once and kept, in pixels of the
 * content, until it can have changed.
 */
import type { Area } from "../area.ts";
import type { Point } from "../coordinates.ts";
import { boxOf } from "./caret.ts";
import { type Character, isSpaceAt, type TextRows } from "./text.ts";

/**
 * So many spots are kept at most, the newest: what a hundred cursors on as many lines of text pass in
 * the tenth of a second that is drawn. A peer that makes up places must not fill the memory.
 */
const MOST_KEPT = 2_048;

/** Less than this many pixels is how exact a layout can be read, and no movement. */
const MOVED_PX = 0.1;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One that is laid out. */
export interface Spot {
  /** `text`: a character; `box`: an anchor; `middle`: what stands for one of them that is not shown. */
  readonly kind: "text" | "box" | "middle";
  readonly box: Box;
  /** Of the white space after a character, in the same line. */
  readonly space: Box | null;
  readonly isRtl: boolean;
  /** Scrollers around it, which can hide it. */
  readonly clips: readonly Box[];
}

interface Kept {
  /** The element that is laid out there: what happens elsewhere can only move it as a whole. */
  readonly around: Element;
  readonly read: () => Kept;
  /** Null: it has no place. */
  readonly spot: Spot | null;
}

export class Spots {
  readonly #element: HTMLElement;
  readonly #area: Area;
  readonly #rows: TextRows;
  readonly #kept = new Map<string, Kept>();
  /** The newest of each element, which tells whether it moved. */
  readonly #newest = new Map<Element, string>();
  #dropped = false;
  #doubted = false;
  #located = false;

  constructor(element: HTMLElement, area: Area, rows: TextRows) {
    this.#element = element;
    this.#area = area;
    this.#rows = rows;
  }

  /** The `n`th character of an anchor, or without `n` its box. `id` is another for each. */
  get(id: string, anchor: Element, n: number | null): Spot | null {
    const known = this.#kept.get(id);
    if (known !== undefined) return known.spot;
    this.#locate();
    const kept = n === null ? this.#readBox(anchor, "box") : this.#readCharacter(anchor, n);
    this.#keep(id, kept);
    return kept.spot;
  }

  /** Nothing is where it was. */
  clear(): void {
    this.#dropped = true;
    this.#kept.clear();
    this.#newest.clear();
  }

  /** An element looks otherwise: what lies in or around it is laid out anew. */
  drop(changed: Element): void {
    for (const around of this.#newest.keys()) {
      if (around.contains(changed) || changed.contains(around)) this.#drop(around);
    }
  }

  /** Anything may have moved. */
  doubt(): void {
    this.#doubted = true;
  }

  /** A frame begins: whether something has moved since the last one. Reads the layout after a doubt only. */
  settle(): boolean {
    this.#located = false;
    if (this.#doubted) this.#verify();
    const moved = this.#dropped;
    this.#doubted = this.#dropped = false;
    return moved;
  }

  #verify(): void {
    if (this.#newest.size > 0) this.#locate();
    for (const [around, id] of [...this.#newest]) {
      const kept = this.#kept.get(id);
      if (kept === undefined) continue;
      const now = kept.read();
      if (now.around !== around || !isSame(now.spot, kept.spot)) this.#drop(around);
    }
  }

  #keep(id: string, kept: Kept): void {
    this.#kept.set(id, kept);
    this.#newest.set(kept.around, id);
    if (this.#kept.size <= MOST_KEPT) return;
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    const [oldId, { around }] = oldest;
    this.#kept.delete(oldId);
    if (this.#newest.get(around) === oldId) this.#newest.delete(around);
  }

  #drop(around: Element): void {
    this.#dropped = true;
    this.#newest.delete(around);
    for (const [id, kept] of this.#kept) if (kept.around === around) this.#kept.delete(id);
  }

  /** Once a frame: the element may lie elsewhere in the window. */
  #locate(): void {
    if (!this.#located) this.#area.forget();
    this.#located = true;
  }

  #readCharacter(anchor: Element, n: number): Kept {
    const character = this.#rows.find(anchor, n);
    if (character === null) return this.#readBox(anchor, "middle");
    const parent = character.node.parentElement ?? anchor;
    const own = this.#shown(parent) === parent ? boxOf(character) : null;
    if (own === null) return this.#readBox(parent, "middle");
    const space = spaceAfter(character);
    const spot: Spot = {
      kind: "text",
      box: this.#boxAt(own),
      space: isBeside(space, own) ? this.#boxAt(space) : null,
      isRtl: getComputedStyle(parent).direction === "rtl",
      clips: this.#clipsAround(parent),
    };
    return { around: parent, read: () => this.#readCharacter(anchor, n), spot };
  }

  #readBox(inner: Element, kind: "box" | "middle"): Kept {
    const shown = this.#shown(inner);
    const spot = shown && {
      // Around an anchor that is not shown there is no place for a fraction of it.
      kind: shown === inner ? kind : ("middle" as const),
      box: this.#boxAt(shown.getBoundingClientRect()),
      space: null,
      isRtl: false,
      clips: this.#clipsAround(shown.parentElement),
    };
    return { around: shown ?? inner, read: () => this.#readBox(inner, kind), spot };
  }

  #boxAt({ left, top, right, bottom }: DOMRect): Box {
    const from = this.#area.locate(left, top);
    const to = this.#area.locate(right, bottom);
    return { left: from.x, top: from.y, right: to.x, bottom: to.y };
  }

  /** The nearest element around `inner` that is shown, itself included; null when none within ours is. */
  #shown(inner: Element): Element | null {
    for (let element: Element | null = inner; element !== null; element = element.parentElement) {
      if (element === this.#element) return inner === element ? element : null;
      const isShown = element.checkVisibility?.() ?? element.getClientRects().length > 0;
      if (isShown && element.getClientRects().length > 0) return element;
    }
    return null;
  }

  #clipsAround(around: Element | null): Box[] {
    const clips: Box[] = [];
    for (
      let element = around;
      element !== null && element !== this.#element;
      element = element.parentElement
    ) {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
      if (scrollWidth <= clientWidth && scrollHeight <= clientHeight) continue;
      if (getComputedStyle(element).overflowY === "visible") continue;
      clips.push(this.#boxAt(element.getBoundingClientRect()));
    }
    return clips;
  }
}

/** Where a scroller inside the surface has scrolled a place away, the edge behind which it lies. */
export function inSight({ clips }: Spot, { x, y }: Point): Point {
  let at = { x, y };
  for (const { left, top, right, bottom } of clips) {
    at = {
      x: Math.min(right, Math.max(left, at.x)),
      y: Math.min(bottom, Math.max(top, at.y)),
    };
  }
  return at;
}

/** Whether two boxes stand in one line. */
export const isBeside = (box: DOMRect | null, other: DOMRect): box is DOMRect =>
  box !== null && Math.abs(box.top - other.top) < other.height / 2;

function spaceAfter({ node, index }: Character): DOMRect | null {
  const after = { node, index: index + 1 };
  return isSpaceAt(after) ? boxOf(after) : null;
}

function isSame(a: Spot | null, b: Spot | null): boolean {
  if (a === null || b === null) return a === b;
  const boxes = (spot: Spot) => [spot.box, spot.space, ...spot.clips];
  const [ours, others] = [boxes(a), boxes(b)];
  return (
    a.kind === b.kind &&
    a.isRtl === b.isRtl &&
    ours.length === others.length &&
    ours.every((box, i) => isSameBox(box, others[i] ?? null))
  );
}

function isSameBox(a: Box | null, b: Box | null): boolean {
  if (a === null || b === null) return a === b;
  return (["left", "top", "right", "bottom"] as const).every(
    (side) => Math.abs(a[side] - b[side]) < MOVED_PX,
  );
}
