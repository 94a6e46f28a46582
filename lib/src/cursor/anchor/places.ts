/** Coordinates that hold on to what the page says instead of how it is laid out. */
import type { Area } from "../area.ts";
import {
  type Change,
  type Coordinates,
  mappings,
  ownMapping,
  type Places,
  PlanePlaces,
  type Point,
  type SharedPlace,
} from "../coordinates.ts";
import { LAYERS } from "../overlay/layer.ts";
import { boxOf, characterAt } from "./caret.ts";
import { ANCHOR_ATTRIBUTE, AnchorNames, IN_BOX, IN_TEXT } from "./names.ts";
import { type Box, inSight, isBeside, type Spot, Spots } from "./spots.ts";
import { isSpaceAt, TextRows } from "./text.ts";

/**
 * Steps of a place in a text, across and down, for each character: half of them across the character,
 * half across the white space after it. Whole numbers below 32,768, which 1,023 characters make, take
 * 2 bytes or less on the wire; single precision is exact to 524,288 characters.
 */
const STEPS = 32;
const HALF = STEPS / 2;
/** How far above or below its line a place in a text can be, in heights of the line. */
const BESIDE = 0.5;
/** How far outside a box a place that belongs to it can be, in sizes of the box: 16 bits reach that. */
const OUTSIDE = 1.99;

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));

/** What checked coordinates mean on a surface. */
export function placesOf(
  coordinates: Coordinates,
  element: HTMLElement,
  area: Area,
  surface: string,
): Places {
  if (coordinates === "anchor") return new AnchorPlaces(element, area, surface);
  const mapping = typeof coordinates === "string" ? mappings[coordinates] : ownMapping(coordinates);
  return new PlanePlaces(mapping, area, surface);
}

/** A character, or the white space after one. */
interface Cell {
  readonly box: DOMRect;
  /** The first of its steps, and how many there are across it. */
  readonly first: number;
  readonly across: number;
  readonly frame: string;
}

class AnchorPlaces implements Places {
  readonly #element: HTMLElement;
  readonly #area: Area;
  readonly #surface: string;
  readonly #names: AnchorNames;
  readonly #rows = new TextRows();
  readonly #spots: Spots;
  readonly #changes: MutationObserver;
  #changed: ((change: Change) => void) | null = null;
  /** Where the last sample lay: of a fast mouse's many samples in one event several lie in one. */
  #cell: Cell | null = null;

  constructor(element: HTMLElement, area: Area, surface: string) {
    this.#element = element;
    this.#area = area;
    this.#surface = surface;
    this.#names = new AnchorNames(element);
    this.#spots = new Spots(element, area, this.#rows);
    this.#changes = new MutationObserver((records) => this.#heed(records));
  }

  watch(changed: (change: Change) => void, signal: AbortSignal): void {
    this.#changed = changed;
    const whole = { subtree: true, childList: true, characterData: true, attributes: true };
    this.#changes.observe(this.#element, whole);
    // Another class or font of the page lays the content out anew without changing the element's size.
    for (let outer = this.#element.parentElement; outer !== null; outer = outer.parentElement)
      this.#changes.observe(outer, { attributes: true });
    const { ownerDocument: document } = this.#element;
    const grown = () => changed("content");
    const moved = () => {
      this.#spots.doubt();
      changed("places");
    };
    const options = { signal, capture: true, passive: true };
    this.#element.addEventListener("load", grown, options);
    this.#element.addEventListener("transitionend", moved, options);
    document.fonts?.addEventListener("loadingdone", grown, options);
    // Sticky anchors and those inside other scrollers move over the content.
    document.defaultView?.addEventListener("scroll", moved, options);
    signal.addEventListener("abort", () => this.#changes.disconnect());
  }

  has(frame: string): boolean {
    const separator = frame[this.#surface.length];
    return (
      frame.startsWith(this.#surface) &&
      (separator === undefined || separator === IN_BOX || separator === IN_TEXT)
    );
  }

  toShared(clientX: number, clientY: number): SharedPlace | null {
    const cell = this.#cell;
    if (cell !== null && isInside(cell.box, clientX, clientY))
      return inCell(cell, clientX, clientY);
    const root = this.#element.getRootNode() as Document | ShadowRoot;
    const hit = root.elementFromPoint?.(clientX, clientY) ?? null;
    const isOfPage = hit !== null && this.#element.contains(hit) && hit.closest(LAYERS) === null;
    if (!isOfPage) return this.#onSurface(clientX, clientY);
    return this.#inText(hit, clientX, clientY) ?? this.#inBox(hit, clientX, clientY);
  }

  toLocal({ x, y, frame }: SharedPlace): Point | null {
    if (!this.has(frame)) return null;
    const separator = frame[this.#surface.length];
    if (separator === undefined) return mappings.fraction.toLocal({ x, y }, this.#area.size);
    const key = frame.slice(this.#surface.length + 1);
    const anchor = key === "" ? this.#element : this.#names.find(key);
    if (anchor === undefined) return null;
    const n = separator === IN_TEXT ? Math.floor(x / STEPS) : null;
    const spot = this.#spots.get(`${separator}${key} ${n ?? ""}`, anchor, n);
    return spot && inSight(spot, pointOf(spot, x, y));
  }

  settle(): boolean {
    this.#heed(this.#changes.takeRecords());
    return this.#spots.settle();
  }

  forget(): void {
    this.#heed(this.#changes.takeRecords());
    this.#spots.clear();
  }

  #heed(records: readonly MutationRecord[]): void {
    const ofPage = records.filter((record) => !isOfLayer(record));
    if (ofPage.length === 0) return;
    let change: Change = "places";
    const looks = new Set<Element>();
    for (const { type, target, attributeName } of ofPage) {
      if (type === "attributes") looks.add(target as Element);
      else this.#rows.forget(target);
      if (type !== "attributes" || target.contains(this.#element)) change = "content";
      if (type === "childList" || attributeName === ANCHOR_ATTRIBUTE) this.#names.forget();
      if (type !== "attributes" || attributeName === ANCHOR_ATTRIBUTE) this.#spots.clear();
    }
    for (const each of looks) this.#spots.drop(each);
    this.#spots.doubt();
    this.#changed?.(change);
  }

  #onSurface(clientX: number, clientY: number): SharedPlace | null {
    const { size } = this.#area;
    const shared = mappings.fraction.toShared(this.#area.locate(clientX, clientY), size);
    return shared && { ...shared, frame: this.#surface };
  }

  #inBox(hit: Element, clientX: number, clientY: number): SharedPlace | null {
    const { anchor, key } = this.#names.around(hit);
    if (key === "") return this.#onSurface(clientX, clientY);
    const { left, top, width, height } = anchor.getBoundingClientRect();
    const shared = mappings.fraction.toShared(
      { x: clientX - left, y: clientY - top },
      { width, height },
    );
    if (shared === null) return this.#onSurface(clientX, clientY);
    return {
      x: clamp(shared.x, -OUTSIDE, OUTSIDE),
      y: clamp(shared.y, -OUTSIDE, OUTSIDE),
      frame: this.#surface + IN_BOX + key,
    };
  }

  #inText(hit: Element, clientX: number, clientY: number): SharedPlace | null {
    const found = characterAt(hit, clientX, clientY);
    if (found === null) return null;
    const { character, box } = found;
    const { anchor, key } = this.#names.around(character.node.parentElement);
    this.#heed(this.#changes.takeRecords());
    const before = this.#rows.before(anchor, character);
    let first = before * STEPS;
    let across = HALF;
    if (isSpaceAt(character)) {
      // White space belongs to the character before it, where that stands in the same line.
      const previous = before === 0 ? null : this.#rows.find(anchor, before - 1);
      if (isBeside(previous && boxOf(previous), box)) first -= HALF;
      else across = 1;
    }
    const cell = { box, first, across, frame: this.#surface + IN_TEXT + key };
    this.#cell = cell;
    // Later the layout may be another.
    queueMicrotask(() => {
      this.#cell = null;
    });
    return inCell(cell, clientX, clientY);
  }
}

const isInside = ({ left, right, top, bottom }: DOMRect, x: number, y: number): boolean =>
  x >= left && x < right && y >= top && y < bottom;

function inCell({ box, first, across, frame }: Cell, x: number, y: number): SharedPlace {
  const step = clamp(Math.floor(((x - box.left) / box.width) * across), 0, across - 1);
  const down = clamp((y - box.top) / box.height, -BESIDE, 1 + BESIDE);
  return { x: first + step, y: Math.round(down * STEPS), frame };
}

/** Of what is drawn over the page, or of its coming and going. */
function isOfLayer({ type, target, addedNodes, removedNodes }: MutationRecord): boolean {
  const isLayer = (node: Node): boolean =>
    (node.nodeType === Node.ELEMENT_NODE ? (node as Element) : node.parentElement)?.closest(
      LAYERS,
    ) != null;
  return (
    isLayer(target) || (type === "childList" && [...addedNodes, ...removedNodes].every(isLayer))
  );
}

/** The place x and y of a spot, in pixels of the content. */
function pointOf({ kind, box, space, isRtl }: Spot, x: number, y: number): Point {
  const at = ({ left, top, right, bottom }: Box, across: number, down: number): Point => ({
    x: left + across * (right - left),
    y: top + down * (bottom - top),
  });
  if (kind === "middle") return at(box, 0.5, 0.5);
  if (kind === "box") return at(box, clamp(x, -OUTSIDE, OUTSIDE), clamp(y, -OUTSIDE, OUTSIDE));
  const step = x - Math.floor(x / STEPS) * STEPS;
  const isAfter = step >= HALF;
  // After the character where there is no white space on this page: it begins a line, or ends one.
  const end = isRtl ? 0 : 1;
  const across = isAfter && space === null ? end : ((step % HALF) + 0.5) / HALF;
  return at((isAfter && space) || box, across, clamp(y / STEPS, -BESIDE, 1 + BESIDE));
}
