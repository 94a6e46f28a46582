import type { Point, Size } from "./coordinates.ts";
import { overlaySheet } from "./style.ts";

const SVG = "http://www.w3.org/2000/svg";

/** The arrow, its tip at (2, 2). */
const ARROW = "M2 2 L17.2 9.2 L10.4 11.7 L7.2 18.4 Z";

/** Nearer to the right or bottom edge than this, in pixels, the name stands on the other side. */
const NAME_WIDTH_PX = 172;
const NAME_HEIGHT_PX = 46;

/**
 * Further out than this many pixels a cursor is drawn at this distance: it is out of sight either
 * way, and a hostile number stays out of the style engine.
 */
const FAR_PX = 100_000;

/** What one cursor looks like, apart from its place. */
export interface Look {
  readonly name: string;
  /** `#rrggbb`, dark enough for white text. */
  readonly color: string;
  readonly away: boolean;
}

/** One remote cursor on the overlay. Only classes and `transform` change while it moves. */
export class CursorView {
  readonly #root: HTMLElement;
  readonly #name: HTMLElement;
  #transform = "";

  constructor(board: HTMLElement) {
    const document = board.ownerDocument;
    this.#root = document.createElement("div");
    this.#root.className = "cursor hidden";
    const arrow = document.createElementNS(SVG, "svg");
    arrow.setAttribute("class", "arrow");
    arrow.setAttribute("viewBox", "0 0 20 22");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ARROW);
    arrow.append(path);
    this.#name = document.createElement("div");
    this.#name.className = "name";
    this.#name.dir = "auto";
    this.#root.append(arrow, this.#name);
    board.append(this.#root);
  }

  describe(look: Look): void {
    if (this.#name.textContent !== look.name) this.#name.textContent = look.name;
    this.#root.style.setProperty("--color", look.color);
    this.#root.classList.toggle("away", look.away);
  }

  /** `at` in pixels of the board. */
  place(at: Point, board: Size): void {
    const x = bounded(at.x);
    const y = bounded(at.y);
    const transform = `translate(${x}px, ${y}px)`;
    if (transform === this.#transform) return;
    this.#transform = transform;
    this.#root.style.transform = transform;
    this.#root.classList.toggle("flip-x", x > board.width - NAME_WIDTH_PX && x > NAME_WIDTH_PX);
    this.#root.classList.toggle("flip-y", y > board.height - NAME_HEIGHT_PX && y > NAME_HEIGHT_PX);
  }

  show(pressed: boolean): void {
    this.#root.classList.toggle("pressed", pressed);
    this.#root.classList.remove("hidden");
  }

  hide(): void {
    this.#root.classList.add("hidden");
  }

  remove(): void {
    this.#root.remove();
  }
}

/** A tenth of a pixel is finer than a screen shows, and keeps the text of the style short. */
const bounded = (value: number): number =>
  Math.round(Math.min(FAR_PX, Math.max(-FAR_PX, value)) * 10) / 10;

/**
 * One element laid over the content of another, with all remote cursors in its shadow root. Hidden
 * from assistive technology (a moving arrow is nothing to read out) and from the pointer.
 */
export class Overlay {
  readonly #host: HTMLElement;
  readonly #board: HTMLElement;
  readonly #element: HTMLElement;
  readonly #positioned: boolean;

  constructor(element: HTMLElement) {
    const document = element.ownerDocument;
    this.#element = element;
    this.#host = document.createElement("skein-cursors");
    this.#host.setAttribute("aria-hidden", "true");
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [overlaySheet(document)];
    this.#board = document.createElement("div");
    this.#board.className = "plane";
    root.append(this.#board);
    // The overlay is placed against the element, so the element has to be one to be placed against.
    const { position } = document.defaultView?.getComputedStyle(element) ?? {};
    this.#positioned = position === "static" && element !== document.documentElement;
    if (this.#positioned) element.style.position = "relative";
    element.append(this.#host);
  }

  /** Runs `read` with the overlay out of the layout: it must not be part of what is measured. */
  aside(read: () => void): void {
    this.#board.style.display = "none";
    read();
    this.#board.style.removeProperty("display");
  }

  resize(size: Size, left: number): void {
    const { style } = this.#board;
    // Sizes read from the layout are whole pixels. Where the content fits, percentages keep the
    // overlay from being the fraction of a pixel larger that brings scroll bars.
    const { clientWidth, clientHeight } = this.#element;
    style.width = size.width > clientWidth ? `${size.width}px` : "100%";
    style.height = size.height > clientHeight ? `${size.height}px` : "100%";
    style.left = `${left}px`;
  }

  add(): CursorView {
    return new CursorView(this.#board);
  }

  remove(): void {
    this.#host.remove();
    if (this.#positioned) this.#element.style.removeProperty("position");
  }
}
