import type { CursorView } from "./cursor-view.ts";
import { make, setText } from "./cursor-view.ts";
import { type EdgePlace, edgePlaces, type OutOfSight } from "./edges.ts";
import type { Sides, Visible } from "./visible.ts";

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

/** So many and more are one number: it stands on a reel, and is changed without laying anything out. */
const MOST_COUNTED = 10;
const REEL = Array.from({ length: MOST_COUNTED - 1 }, (_, i) => i + 2)
  .map((count) => (count === MOST_COUNTED ? "9+" : String(count)))
  .join("\n");
const REEL_LINE_PX = 28;

export interface EdgeSource {
  readonly views: Iterable<CursorView>;
  readonly visible: Visible;
}

export interface EdgeMarkerOptions {
  canReveal(view: CursorView): boolean;
  reveal(view: CursorView): void;
  readonly inset: Sides;
}

interface Marker {
  readonly root: HTMLElement;
  readonly pin: HTMLElement;
  readonly initial: HTMLElement;
  readonly reel: HTMLElement;
  readonly label: HTMLElement;
  readonly view: CursorView;
  /** All that stand here, the view of its own first; empty while it is not shown. */
  who: readonly CursorView[];
  /** Grows beyond a full turn, so that it is always the short way round to the next. */
  degrees: number;
}

/**
 * The markers of those out of sight, along the edges of what is in sight. Each is made when its cursor
 * goes out for the first time, and kept: after that only `transform` and classes change.
 */
export class EdgeMarkers {
  readonly #layer: HTMLElement;
  readonly #options: EdgeMarkerOptions;
  readonly #source: () => EdgeSource;
  readonly #markers = new Map<CursorView, Marker>();
  #next = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(plane: HTMLElement, source: () => EdgeSource, options: EdgeMarkerOptions) {
    this.#layer = make(plane.ownerDocument, "edges");
    this.#source = source;
    this.#options = options;
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

  /** Its cursor is gone for good. */
  forget(view: CursorView): void {
    this.#markers.get(view)?.root.remove();
    this.#markers.delete(view);
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
      if (view.at !== null && view.isOut(rect)) out.push({ who: view, at: view.at });
    }
    const places = edgePlaces(out, rect, this.#options.inset);
    const marked = new Set(places.flatMap(({ who }) => who));
    for (const view of this.#source().views) view.mark(marked.has(view));
    // Also for those that stand behind another one now: later they need not be made.
    for (const view of marked) if (!this.#markers.has(view)) this.#add(view);
    const shown = new Set<CursorView>();
    for (const place of places) {
      const first = place.who[0];
      if (first === undefined) continue;
      shown.add(first);
      this.#draw(this.#markers.get(first) as Marker, place, rect.width);
    }
    for (const marker of this.#markers.values()) {
      if (shown.has(marker.view) || marker.who.length === 0) continue;
      marker.who = [];
      marker.root.classList.add("none");
    }
  }

  #draw(marker: Marker, { who, x, y, degrees }: EdgePlace<CursorView>, width: number): void {
    const { root, pin, initial, reel, view } = marker;
    const { look } = view;
    const appears = marker.who.length === 0;
    marker.who = who;
    root.style.transform = `translate(${x}px, ${y}px)`;
    marker.degrees += ((((degrees - marker.degrees) % 360) + 540) % 360) - 180;
    pin.style.transform = `rotate(${marker.degrees - PIN_DEGREES}deg)`;
    root.style.setProperty("--color", look?.color ?? "");
    const { classList } = root;
    classList.toggle("none", false);
    // It comes where it belongs, not from where it was the last time.
    classList.toggle("fresh", appears);
    classList.toggle("many", who.length > 1);
    classList.toggle(
      "absent",
      who.every((each) => each.look?.activity !== "active"),
    );
    classList.toggle("inert", this.#goal(marker) === undefined);
    classList.toggle("label-left", x > width / 2);
    setText(initial, look?.initial ?? "");
    const count = Math.min(who.length, MOST_COUNTED);
    reel.style.transform = `translateY(${-REEL_LINE_PX * Math.max(0, count - 2)}px)`;
    root.dataset["count"] = String(who.length);
    if (root.matches(":hover")) this.#name(marker);
  }

  /** Whom a click brings into sight: the first that can be. */
  #goal({ who }: Marker): CursorView | undefined {
    return who.find((view) => this.#options.canReveal(view));
  }

  /** Names are read under the pointer only, and written only then. */
  #name({ who, label }: Marker): void {
    const names = who.map((each) => each.look?.name ?? "").filter((name) => name !== "");
    const more = who.length - 1;
    setText(label, names[0] === undefined ? "" : more > 0 ? `${names[0]} +${more}` : names[0]);
  }

  #add(view: CursorView): Marker {
    const document = this.#layer.ownerDocument;
    const root = make(document, "edge none");
    const pin = make(document, "pin");
    const initial = make(document, "letter");
    const counter = make(document, "counter");
    const reel = make(document, "reel");
    reel.textContent = REEL;
    counter.append(reel);
    const label = make(document, "label");
    for (const text of [initial, label]) text.dir = "auto";
    root.append(pin, initial, counter, label);
    const marker: Marker = { root, pin, initial, reel, label, view, who: [], degrees: 0 };
    for (const type of KEPT_FROM_BOARD) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
    root.addEventListener("pointerenter", () => this.#name(marker));
    root.addEventListener("click", () => {
      const goal = this.#goal(marker);
      if (goal !== undefined) this.#options.reveal(goal);
    });
    this.#layer.append(root);
    this.#markers.set(view, marker);
    return marker;
  }
}
