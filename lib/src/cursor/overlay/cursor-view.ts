import type { Activity, PointerKind } from "../../room/types.ts";
import type { Point, Size } from "../coordinates.ts";
import type { CursorState } from "./renderer.ts";
import { beyond, type Rect } from "./visible.ts";

const SVG = "http://www.w3.org/2000/svg";

/** The arrow, its tip at (2, 2). */
const ARROW = "M2 2 L17.2 9.2 L10.4 11.7 L7.2 18.4 Z";

/** A circle with a question mark: nobody vouches for this name. */
const UNVOUCHED =
  "M8 1.25a6.75 6.75 0 1 0 0 13.5 6.75 6.75 0 0 0 0-13.5M5.9 6.2a2.1 2.1 0 1 1 3.2 1.8c-.7.4-1.1.8-1.1 1.5M8 11.6v.1";

/** From the tip to the nearer corner of a name or text, in pixels; as in the style sheet. */
const TAG_GAP: Point = { x: 11, y: 14 };

/**
 * A name that stands on the other side goes back only so many pixels further in, a good part of what a
 * hand does without going anywhere: it must not flutter.
 */
const FLIP_BACK_PX = 32;

/**
 * Out of sight is a cursor whose tip is this many pixels out, which all of the arrow then is, and in
 * sight again one that came so much nearer.
 */
const OUT_PX = 24;
const BACK_PX = 12;

/** A shift of the name changes in steps of so many pixels, not with every movement. */
const SHIFT_STEP_PX = 4;

/**
 * Further out than this many pixels a cursor is drawn at this distance: it is out of sight either
 * way, and a hostile number stays out of the style engine.
 */
const FAR_PX = 100_000;

/** Who a cursor belongs to. */
export interface Look {
  readonly name: string;
  readonly initial: string;
  readonly unvouched: boolean;
  /** `#rrggbb`, dark enough for white text. */
  readonly color: string;
  readonly activity: Activity;
}

const KEYS = ["name", "initial", "unvouched", "color", "activity"] as const;

/** One remote cursor on the overlay. While it moves only `transform` changes, and classes now and then. */
export class CursorView {
  readonly #root: HTMLElement;
  readonly #parts: Parts | null;
  readonly #changed: () => void;
  #look: Look | null = null;
  #pressed = false;
  #pointerType: PointerKind = "mouse";
  #resting = false;
  #chat = "";
  #shown = false;
  #at: Point | null = null;
  #flips = { x: false, y: false };
  #shift = 0;
  #size: Size = { width: 0, height: 0 };
  #marked = false;

  /** `custom`: drawn by the app, in a slot of this name. */
  constructor(plane: HTMLElement, custom: string | null, changed: () => void) {
    this.#changed = changed;
    const document = plane.ownerDocument;
    this.#root = make(document, "cursor hidden");
    if (custom === null) {
      this.#parts = makeParts(document);
      this.#root.append(...this.#parts.all);
    } else {
      this.#parts = null;
      const slot = document.createElement("slot");
      slot.name = custom;
      this.#root.classList.add("custom");
      this.#root.append(slot);
    }
    plane.append(this.#root);
  }

  /** What holds the name and the text; null where the app draws the cursor. */
  get tag(): HTMLElement | null {
    return this.#parts?.tag ?? null;
  }
  get look(): Look | null {
    return this.#look;
  }
  get shown(): boolean {
    return this.#shown;
  }
  /** Where its tip is, in pixels of the board; null before it was anywhere. */
  get at(): Point | null {
    return this.#at;
  }
  get state(): CursorState {
    return {
      pressed: this.#pressed,
      pointerType: this.#pointerType,
      activity: this.#look?.activity ?? "active",
      resting: this.#resting,
      unvouched: this.#look?.unvouched ?? false,
      chat: this.#chat,
    };
  }

  describe(look: Look): void {
    const before = this.#look;
    this.#look = look;
    if (before !== null && KEYS.every((key) => before[key] === look[key])) return;
    if (this.#parts !== null) {
      setText(this.#parts.name, look.name);
      setText(this.#parts.initial, look.initial);
      this.#parts.mark.classList.toggle("none", !look.unvouched);
    }
    this.#root.style.setProperty("--color", look.color);
    this.#root.classList.toggle("away", look.activity === "away");
    this.#root.classList.toggle("absent", look.activity !== "active");
    this.#root.classList.toggle("nameless", look.name === "");
    this.#changed();
  }

  /** `at` in pixels of the board. */
  place(at: Point, visible: Rect): void {
    const x = bounded(at.x);
    const y = bounded(at.y);
    if (x !== this.#at?.x || y !== this.#at.y) {
      this.#at = { x, y };
      this.#root.style.transform = `translate(${x}px, ${y}px)`;
    }
    this.#flip(visible);
  }

  show(pressed: boolean, pointerType: PointerKind): void {
    if (!this.#shown) this.#root.classList.remove("hidden");
    this.#shown = true;
    if (pressed === this.#pressed && pointerType === this.#pointerType) return;
    this.#pressed = pressed;
    this.#pointerType = pointerType;
    this.#root.classList.toggle("pressed", pressed);
    this.#root.classList.toggle("touch", pointerType === "touch");
    this.#changed();
  }

  hide(): void {
    if (!this.#shown) return;
    this.#root.classList.add("hidden");
    this.#shown = false;
  }

  rest(resting: boolean): void {
    if (resting === this.#resting) return;
    this.#resting = resting;
    this.#root.classList.toggle("resting", resting);
    this.#changed();
  }

  /** What the peer says, "" for nothing. */
  say(text: string): void {
    if (text === this.#chat) return;
    this.#chat = text;
    if (this.#parts !== null) setText(this.#parts.said, text);
    this.#root.classList.toggle("chatting", text !== "");
    this.#changed();
  }

  remove(): void {
    this.#root.remove();
  }

  /** The name or text takes so much room. */
  fit(size: Size): void {
    this.#size = size;
  }

  #flip(visible: Rect): void {
    const { x, y } = this.#at ?? { x: 0, y: 0 };
    const width = this.#size.width + TAG_GAP.x;
    const height = this.#size.height + TAG_GAP.y;
    const left = x - visible.left;
    const right = visible.left + visible.width - x;
    const below = visible.top + visible.height - y;
    const flips = {
      x: right < width + (this.#flips.x ? FLIP_BACK_PX : 0) && left > width,
      y: below < height + (this.#flips.y ? FLIP_BACK_PX : 0) && y - visible.top > height,
    };
    // Where it fits on neither side, it stands below the tip as far over as it has to.
    const tooWide = !flips.x && right < width && left > 0 ? width - right : 0;
    const shift = Math.ceil(Math.min(left, tooWide) / SHIFT_STEP_PX) * -SHIFT_STEP_PX;
    if (shift !== this.#shift) {
      this.#shift = shift;
      this.tag?.style.setProperty("--shift", `${shift}px`);
    }
    if (flips.x === this.#flips.x && flips.y === this.#flips.y) return;
    this.#flips = flips;
    this.#root.classList.toggle("flip-x", flips.x);
    this.#root.classList.toggle("flip-y", flips.y);
  }

  /** Whether it is out of sight, and not only with its tip. */
  isOut(visible: Rect): boolean {
    if (!this.#shown || this.#at === null) return false;
    const { x, y } = beyond(this.#at, visible);
    return Math.hypot(x, y) > (this.#marked ? BACK_PX : OUT_PX);
  }

  /** A marker at the edge says whose it is: the name need not. */
  mark(marked: boolean): void {
    if (marked === this.#marked) return;
    this.#marked = marked;
    this.#root.classList.toggle("marked", marked);
  }
}

interface Parts {
  readonly tag: HTMLElement;
  readonly name: HTMLElement;
  readonly mark: Element;
  readonly said: HTMLElement;
  readonly initial: HTMLElement;
  readonly all: readonly Element[];
}

function makeParts(document: Document): Parts {
  const arrow = drawing(document, "arrow", "0 0 20 22", ARROW);
  const ring = make(document, "ring");
  const name = make(document, "name");
  const mark = drawing(document, "mark none", "0 0 16 16", UNVOUCHED);
  const said = make(document, "said");
  const initial = make(document, "initial");
  // Each is text of another person, whose direction must not turn what is around it.
  for (const text of [name, said, initial]) text.dir = "auto";
  const who = make(document, "who");
  who.append(name, mark);
  const tag = make(document, "tag");
  tag.append(who, said);
  return { tag, name, mark, said, initial, all: [ring, arrow, initial, tag] };
}

export function make(document: Document, className: string): HTMLElement {
  const element = document.createElement("div");
  element.className = className;
  return element;
}

function drawing(document: Document, className: string, viewBox: string, d: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", viewBox);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A tenth of a pixel is finer than a screen shows, and keeps the text of the style short. */
const bounded = (value: number): number =>
  Math.round(Math.min(FAR_PX, Math.max(-FAR_PX, value)) * 10) / 10;
