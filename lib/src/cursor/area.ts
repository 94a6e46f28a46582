import type { Point, Size } from "./coordinates.ts";

/** A difference between laid-out and drawn size below this is rounding, above it a CSS scale. */
const ROUNDING_PX = 1;

/** Overflow values of an element that does not scroll its content. */
const NOT_SCROLLING = new Set(["visible", "clip"]);

/** Where a point of the window lies on the content: less `left`, by `scale`, plus `by`; and so down. */
interface Origin {
  readonly left: number;
  readonly top: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly byX: number;
  readonly byY: number;
}

/**
 * The content of an element as a plane: how large it is, and where a point of the window lies on it.
 * Scrolling, borders and a CSS scale are accounted for; rotation and skew are not.
 */
export class Area {
  readonly #element: HTMLElement;
  #size: Size = { width: 0, height: 0 };
  /** Where the content begins, in pixels from the padding edge: negative in right-to-left scrollers. */
  #left = 0;
  #scrolls = false;
  /** Null: to be read. */
  #origin: Origin | null = null;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  get size(): Size {
    return this.#size;
  }

  get left(): number {
    return this.#left;
  }

  /** Reads the layout. Whatever is drawn over the content must be out of it meanwhile. */
  measure(): void {
    this.#origin = null;
    const element = this.#element;
    const isRoot = element === element.ownerDocument.scrollingElement;
    const style = element.ownerDocument.defaultView?.getComputedStyle(element);
    this.#scrolls = !isRoot && !NOT_SCROLLING.has(style?.overflowX ?? "visible");
    const whole = isRoot || this.#scrolls;
    this.#size = {
      width: whole ? element.scrollWidth : element.clientWidth,
      height: whole ? element.scrollHeight : element.clientHeight,
    };
    this.#left =
      this.#scrolls && style?.direction === "rtl" ? element.clientWidth - this.#size.width : 0;
  }

  /** Whether a point of the content is within it. */
  contains({ x, y }: Point): boolean {
    const { width, height } = this.#size;
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }

  /** The element may lie elsewhere in the window, or have scrolled: `locate` reads the layout once again. */
  forget(): void {
    this.#origin = null;
  }

  /** A point of the window, such as a pointer event's `clientX` and `clientY`, on the content. */
  locate(clientX: number, clientY: number): Point {
    this.#origin ??= this.#readOrigin();
    const { left, top, scaleX, scaleY, byX, byY } = this.#origin;
    return { x: (clientX - left) / scaleX + byX, y: (clientY - top) / scaleY + byY };
  }

  #readOrigin(): Origin {
    const element = this.#element;
    const { left, top, width, height } = element.getBoundingClientRect();
    // The root's box already moves as the page scrolls.
    const scrollLeft = this.#scrolls ? element.scrollLeft : 0;
    const scrollTop = this.#scrolls ? element.scrollTop : 0;
    return {
      left,
      top,
      scaleX: scaleOf(width, element.offsetWidth),
      scaleY: scaleOf(height, element.offsetHeight),
      byX: scrollLeft - element.clientLeft - this.#left,
      byY: scrollTop - element.clientTop,
    };
  }
}

function scaleOf(drawn: number, laidOut: number): number {
  if (laidOut <= 0 || drawn <= 0 || Math.abs(drawn - laidOut) < ROUNDING_PX) return 1;
  return drawn / laidOut;
}
