import type { Area } from "../area.ts";
import type { Point } from "../coordinates.ts";
import { CursorView } from "./cursor-view.ts";
import { EdgeMarkers } from "./edge-markers.ts";
import { Layer } from "./layer.ts";
import { OVERLAY_CSS } from "./style.ts";
import { clippersOf, measureVisible, type Sides, type Visible, whole } from "./visible.ts";

/** A cursor that has not moved for this long rests, in milliseconds: a glance, and it is known. */
export const REST_AFTER_MS = 6_000;

export interface OverlayEvents {
  /** Something but a cursor's movement asks for a frame. */
  wake(): void;
  /** Brings the board to a place out of sight; null: there is nothing at the edges. */
  readonly edges: {
    canReveal(view: CursorView): boolean;
    reveal(view: CursorView): void;
    /** How much further in than usual markers stand, in pixels. */
    readonly inset: Sides;
  } | null;
}

/**
 * One element laid over the content of another, with all remote cursors in its shadow root. Hidden
 * from assistive technology (a moving arrow is nothing to read out) and from the pointer.
 */
export class Overlay {
  readonly #element: HTMLElement;
  readonly #area: Area;
  readonly #layer: Layer;
  readonly #edges: EdgeMarkers | null;
  readonly #views = new Map<
    CursorView,
    { readonly drawing: HTMLElement | null; stirred: number }
  >();
  /** Whose name is in which element. */
  readonly #tags = new WeakMap<Element, CursorView>();
  readonly #sizes: ResizeObserver | null;
  readonly #stop = new AbortController();
  #clippers: readonly HTMLElement[] = [];
  #visible: Visible | null = null;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #slots = 0;

  constructor(element: HTMLElement, area: Area, { wake, edges }: OverlayEvents) {
    this.#element = element;
    this.#area = area;
    this.#layer = new Layer(element, "skein-overlay", OVERLAY_CSS);
    this.#layer.host.setAttribute("aria-hidden", "true");
    const { plane } = this.#layer;
    const source = () => ({ views: this.#views.keys(), visible: this.visible });
    this.#edges = edges && new EdgeMarkers(plane, source, edges);
    const moved = (): void => {
      this.#visible = null;
      area.forget();
      if (this.#views.size > 0) wake();
    };
    const window = element.ownerDocument.defaultView;
    const sized = (entries: readonly ResizeObserverEntry[]): void => {
      for (const { target, borderBoxSize } of entries) {
        const { inlineSize = 0, blockSize = 0 } = borderBoxSize[0] ?? {};
        this.#tags.get(target)?.fit({ width: inlineSize, height: blockSize });
      }
      wake();
    };
    // Told after the page has been laid out anyway, and only where a name or a text changed.
    this.#sizes = window?.ResizeObserver ? new window.ResizeObserver(sized) : null;
    const { signal } = this.#stop;
    // Scroll events do not bubble: capturing on the window hears every scroller around and inside.
    window?.addEventListener("scroll", moved, { signal, capture: true, passive: true });
    window?.addEventListener("resize", moved, { signal });
  }

  /** Reads the layout: the board's size, and what may hide parts of it. */
  measure(): void {
    this.#layer.shrink();
    this.#area.measure();
    this.#layer.resize(this.#area.size, this.#area.left);
    this.#clippers = clippersOf(this.#element);
    this.#visible = null;
  }

  /** What is in sight. Reads the layout only after scrolling, a new size, and the like. */
  get visible(): Visible {
    if (this.#visible === null) {
      const seen = measureVisible(this.#element, this.#area, this.#clippers);
      this.#visible = seen.rect.width > 0 && seen.rect.height > 0 ? seen : whole(this.#area.size);
      this.#edges?.resize(this.#visible);
    }
    return this.#visible;
  }

  /** `drawing`: the app's own for this cursor. */
  add(drawing: HTMLElement | null, changed: () => void = () => {}): CursorView {
    let slot: string | null = null;
    if (drawing !== null) {
      slot = `cursor-${this.#slots++}`;
      drawing.slot = slot;
      this.#layer.host.append(drawing);
    }
    const view = new CursorView(this.#layer.plane, slot, changed);
    this.#views.set(view, { drawing, stirred: performance.now() });
    if (view.tag !== null) {
      this.#tags.set(view.tag, view);
      this.#sizes?.observe(view.tag);
    }
    this.#restLater();
    return view;
  }

  /** A cursor does something: it rests no more. */
  stir(view: CursorView): void {
    const known = this.#views.get(view);
    if (known === undefined) return;
    known.stirred = performance.now();
    view.rest(false);
    this.#restLater();
  }

  /** After all cursors have their places of this frame. */
  drawEdges(now: number): void {
    this.#edges?.draw(now);
  }

  forget(view: CursorView): void {
    this.#views.get(view)?.drawing?.remove();
    this.#views.delete(view);
    if (view.tag !== null) this.#sizes?.unobserve(view.tag);
    this.#edges?.forget(view);
    view.remove();
  }

  /** Scrolls the board to a point of it, within whatever scrolls. */
  scrollTo(at: Point | null, smooth: boolean): void {
    if (at === null) return;
    const { rect } = this.visible;
    const target = this.#element.ownerDocument.createElement("div");
    target.className = "target";
    target.style.transform = `translate(${at.x}px, ${at.y}px)`;
    this.#layer.plane.append(target);
    const isIn = (value: number, from: number, size: number) =>
      value >= from && value <= from + size;
    target.scrollIntoView({
      block: isIn(at.y, rect.top, rect.height) ? "nearest" : "center",
      inline: isIn(at.x, rect.left, rect.width) ? "nearest" : "center",
      behavior: smooth ? "smooth" : "instant",
    });
    target.remove();
  }

  remove(): void {
    this.#stop.abort();
    this.#edges?.stop();
    this.#sizes?.disconnect();
    clearTimeout(this.#restTimer);
    this.#restTimer = undefined;
    this.#views.clear();
    this.#layer.remove();
  }

  /** One timer for all: it looks who has been still for long enough, and when the next one will. */
  #restLater(): void {
    if (this.#restTimer !== undefined) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [view, { stirred }] of this.#views) {
      if (!view.state.resting) earliest = Math.min(earliest, stirred + REST_AFTER_MS);
    }
    if (earliest === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, earliest - performance.now());
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined;
      const until = performance.now() - REST_AFTER_MS;
      for (const [view, { stirred }] of this.#views) {
        // Who says something is looked at.
        if (stirred <= until && view.state.chat === "") view.rest(true);
        else if (stirred <= until) this.stir(view);
      }
      this.#restLater();
    }, wait);
  }
}
