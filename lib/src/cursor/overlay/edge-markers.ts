import type { CursorView } from "./cursor-view.ts";
import { make, setText } from "./cursor-view.ts";
import { type EdgePlace, edgePlaces, type OutOfSight } from "./edges.ts";
import type { Visible } from "./visible.ts";

/** How often markers are put in their place, in milliseconds; the style sheet moves them in between. */
const INTERVAL_MS = 100;

/** The pin's own tip points down to the left. */
const PIN_DEGREES = 135;

/** What a press on a marker must not do: draw on the board under it, or drag it. */
const KEPT_FROM_BOARD = [
  "pointerdown",
  "pointerup",
  "mousedown",
  "mouseup",
  "touchstart",
  "touchend",
  "click",
  "dblclick",
] as const;

export interface EdgeSource {
  readonly views: Iterable<CursorView>;
  readonly visible: Visible;
}

interface Marker {
  readonly root: HTMLElement;
  readonly pin: HTMLElement;
  readonly initial: HTMLElement;
  readonly label: HTMLElement;
  readonly view: CursorView;
  /** Whom a click brings into sight: the first that can be. */
  goal: CursorView | undefined;
  /** Grows beyond a full turn, so that it is always the short way round to the next. */
  degrees: number;
}

/** The markers of those out of sight, along the edges of what is in sight. */
export class EdgeMarkers {
  readonly #layer: HTMLElement;
  readonly #reveal: (view: CursorView) => void;
  readonly #canReveal: (view: CursorView) => boolean;
  readonly #source: () => EdgeSource;
  readonly #markers = new Map<CursorView, Marker>();
  #next = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    plane: HTMLElement,
    source: () => EdgeSource,
    canReveal: (view: CursorView) => boolean,
    reveal: (view: CursorView) => void,
  ) {
    this.#layer = make(plane.ownerDocument, "edges");
    this.#source = source;
    this.#canReveal = canReveal;
    this.#reveal = reveal;
    plane.prepend(this.#layer);
  }

  /** What is in sight changed. */
  resize({ rect, inset }: Visible): void {
    const { style } = this.#layer;
    style.width = `${rect.width}px`;
    style.height = `${rect.height}px`;
    style.left = `${inset.x}px`;
    style.top = `${inset.y}px`;
  }

  /** Called with every frame; does its work at intervals, and once more after the last. */
  draw(now: number): void {
    if (now < this.#next) {
      this.#timer ??= setTimeout(() => this.#place(), this.#next - now);
      return;
    }
    this.#next = now + INTERVAL_MS;
    this.#place();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #place(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { views, visible } = this.#source();
    const { rect } = visible;
    const out: OutOfSight<CursorView>[] = [];
    for (const view of views) {
      if (view.at !== null && view.outOf(rect) !== null) out.push({ who: view, at: view.at });
    }
    const places = edgePlaces(out, rect);
    const kept = new Set<CursorView>();
    for (const place of places) {
      const first = place.who[0];
      if (first === undefined) continue;
      kept.add(first);
      this.#draw(this.#markers.get(first) ?? this.#add(first), place, rect.width);
    }
    for (const [view, { root }] of this.#markers) {
      if (kept.has(view)) continue;
      root.remove();
      this.#markers.delete(view);
    }
  }

  #draw(marker: Marker, { who, x, y, degrees }: EdgePlace<CursorView>, width: number): void {
    const { root, pin, initial, label, view } = marker;
    const { look } = view;
    root.style.transform = `translate(${x}px, ${y}px)`;
    marker.degrees += ((((degrees - marker.degrees) % 360) + 540) % 360) - 180;
    pin.style.transform = `rotate(${marker.degrees - PIN_DEGREES}deg)`;
    root.style.setProperty("--color", look?.color ?? "");
    root.classList.toggle("many", who.length > 1);
    root.classList.toggle(
      "absent",
      who.every((each) => each.look?.activity !== "active"),
    );
    marker.goal = who.find(this.#canReveal);
    root.classList.toggle("inert", marker.goal === undefined);
    root.classList.toggle("label-left", x > width / 2);
    setText(initial, who.length > 1 ? String(who.length) : (look?.initial ?? ""));
    const names = who.map((each) => each.look?.name ?? "").filter((name) => name !== "");
    const more = who.length - 1;
    setText(label, names[0] === undefined ? "" : more > 0 ? `${names[0]} +${more}` : names[0]);
  }

  #add(view: CursorView): Marker {
    const document = this.#layer.ownerDocument;
    const root = make(document, "edge");
    const pin = make(document, "pin");
    const initial = make(document, "letter");
    const label = make(document, "label");
    for (const text of [initial, label]) text.dir = "auto";
    root.append(pin, initial, label);
    const marker: Marker = { root, pin, initial, label, view, goal: undefined, degrees: 0 };
    for (const type of KEPT_FROM_BOARD) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
    root.addEventListener("click", () => {
      if (marker.goal !== undefined) this.#reveal(marker.goal);
    });
    this.#layer.append(root);
    this.#markers.set(view, marker);
    return marker;
  }
}
