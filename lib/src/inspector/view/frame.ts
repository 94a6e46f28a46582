import { type Media, mediaOf } from "../../media.ts";
import { type Elements, setAttribute, setText } from "./elements.ts";
import { DARK, LIGHT, type Palette } from "./palette.ts";
import { INSPECTOR_CSS } from "./style.ts";

/** An arrow key moves the floating panel by so many pixels. */
const KEY_STEP_PX = 24;
/** So much of it stays on the screen, in pixels. */
const KEPT_PX = 72;

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface FrameOptions {
  readonly element: HTMLElement | null;
  readonly button: boolean;
  readonly scheme: "auto" | "light" | "dark";
  readonly setOpen: (open: boolean) => void;
  readonly recolor: () => void;
}

/** The inspector's own element: in an element of the app, or floating, to be moved and folded. */
export class Frame {
  readonly host: HTMLElement;
  readonly body: HTMLElement;
  readonly actions: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #pill: HTMLButtonElement;
  readonly #pillText: HTMLElement;
  readonly #head: HTMLElement;
  readonly #dark: Media | undefined;
  readonly #options: FrameOptions;
  readonly #stop = new AbortController();
  /** Where the focus was when it was opened. */
  #opener: HTMLElement | null = null;
  #at = { x: 0, y: 0 };

  constructor(document: Document, elements: Elements, options: FrameOptions) {
    const { element, setOpen, scheme } = options;
    const { html } = { html: elements.html.bind(elements) };
    const window = document.defaultView;
    const { signal } = this.#stop;
    this.#options = options;
    this.host = document.createElement("skein-inspector");
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new (window ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(INSPECTOR_CSS);
    // Adopted, so that a content security policy without `unsafe-inline` allows it.
    root.adoptedStyleSheets = [sheet];

    this.body = html("div", "body");
    this.actions = html("div", "actions");
    this.#head = html("header", "head", html("h2", "", "Room inspector"), this.actions);
    this.#panel = html("section", "panel", this.#head, this.body);
    this.#panel.setAttribute("aria-label", "Skein inspector");
    this.#pillText = html("span", "pill-text", "Inspect");
    this.#pill = elements.button("pill", () => setOpen(true), html("i", "dot"), this.#pillText);
    this.#pill.setAttribute("aria-expanded", "false");
    root.append(this.#pill, this.#panel);

    if (element === null) {
      this.host.classList.add("floating");
      const move = elements.button("icon-button grip", () => {}, "⠿");
      move.setAttribute("aria-label", "Move the inspector with the arrow keys");
      move.title = "Drag, or use the arrow keys";
      move.addEventListener("keydown", (event) => {
        const [x, y] = MOVES[event.key] ?? [];
        if (x === undefined || y === undefined) return;
        event.preventDefault();
        this.#move(this.#at.x + x * KEY_STEP_PX, this.#at.y + y * KEY_STEP_PX);
      });
      this.#head.prepend(move);
      const fold = elements.button("icon-button", () => setOpen(false), "✕");
      fold.setAttribute("aria-label", "Close the inspector");
      this.#head.append(fold);
      this.#drag();
      this.#panel.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.stopPropagation();
        setOpen(false);
      });
      window?.addEventListener("resize", () => this.#move(this.#at.x, this.#at.y), { signal });
    }
    if (scheme === "auto") {
      this.#dark = mediaOf(window, "(prefers-color-scheme: dark)");
      const recolor = () => {
        this.#color();
        options.recolor();
      };
      this.#dark.addEventListener("change", recolor, { signal });
    }
    this.#color();
    (element ?? document.body).append(this.host);
  }

  get palette(): Palette {
    return this.#isDark ? DARK : LIGHT;
  }

  /**
   * A floating panel takes the focus of whoever opens it, and gives it back. Opened by itself, it
   * takes nothing.
   */
  show(open: boolean): void {
    const { activeElement, body } = this.host.ownerDocument;
    const isFloating = this.#options.element === null;
    const isWithin = activeElement === this.host;
    this.#panel.hidden = !open;
    this.#pill.hidden = open || !isFloating || !this.#options.button;
    if (!isFloating) return;
    if (open && activeElement instanceof HTMLElement && activeElement !== body) {
      this.#opener = isWithin ? null : activeElement;
      this.#panel.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
    } else if (!open && isWithin) {
      (this.#opener ?? this.#pill).focus();
    }
  }

  /** What is to be seen of a closed inspector. */
  summarize(text: string, isBroken: boolean): void {
    setText(this.#pillText, text);
    setAttribute(this.#pill, "data-line", isBroken ? "broken" : "direct");
  }

  remove(): void {
    this.#stop.abort();
    this.host.remove();
  }

  get #isDark(): boolean {
    const { scheme } = this.#options;
    return scheme === "dark" || (scheme === "auto" && this.#dark?.matches === true);
  }

  #color(): void {
    for (const part of [this.#panel, this.#pill]) part.classList.toggle("dark", this.#isDark);
  }

  #drag(): void {
    let from: { readonly x: number; readonly y: number } | null = null;
    this.#head.addEventListener("pointerdown", (event) => {
      const pressed = event.target instanceof Element ? event.target.closest("button") : null;
      if (event.button !== 0 || (pressed !== null && !pressed.classList.contains("grip"))) return;
      from = { x: event.clientX - this.#at.x, y: event.clientY - this.#at.y };
      this.#head.setPointerCapture(event.pointerId);
    });
    this.#head.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (from !== null) this.#move(clientX - from.x, clientY - from.y);
    });
    const end = (): void => {
      from = null;
    };
    this.#head.addEventListener("pointerup", end);
    this.#head.addEventListener("pointercancel", end);
  }

  /** By so much from where the style sheet puts it; some of it stays on the screen. */
  #move(x: number, y: number): void {
    const window = this.host.ownerDocument.defaultView;
    if (window === null || this.#panel.hidden) return;
    const { left, right, top } = this.#panel.getBoundingClientRect();
    const [dx, dy] = [x - this.#at.x, y - this.#at.y];
    const right_ = Math.max(KEPT_PX - right, Math.min(dx, window.innerWidth - KEPT_PX - left));
    const down = Math.max(-top, Math.min(dy, window.innerHeight - KEPT_PX - top));
    this.#at = { x: this.#at.x + right_, y: this.#at.y + down };
    this.#panel.style.transform = `translate(${this.#at.x}px, ${this.#at.y}px)`;
  }
}
