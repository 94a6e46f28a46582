import type { Area } from "./area.ts";

/**
 * What a shared coordinate means. `local` is CSS pixels from the top left corner of the element's
 * content, scrolled-away parts included; `shared` is what travels to the others.
 */

/**
 * - `"fraction"`: of the content's width and height, so that windows of different sizes agree on the
 *   place in a layout that stretches with the window.
 * - `"pixels"`: CSS pixels from the content's top left corner, for content that has the same size
 *   everywhere.
 * - `"anchor"`: the character of text under the pointer, else a fraction of the nearest element with
 *   `data-skein-anchor`, so that pages laid out differently agree on what is pointed at. Names of
 *   anchors are unique within the surface and the same on every page; a cursor at one that a page does
 *   not have is hidden there.
 * - functions of your own, for a board with its own pan and zoom.
 */
export type Coordinates = "fraction" | "pixels" | "anchor" | OwnCoordinates;

/**
 * Coordinates of the app's own. Call `remap()` of the attached cursors when what they mean changed,
 * after each pan or zoom.
 */
export interface OwnCoordinates {
  /**
   * What a place on this page means to all. `point` is in CSS pixels from the top left corner of the
   * element's content, `size` the content's. Whole numbers from -32,768 to 32,767 take the fewest bytes;
   * others travel in single precision, or within 1/32768 when all lie between -2 and 2. Null, or what is
   * no finite number: no place, and the pointer is hidden.
   */
  toShared(point: Point, size: Size): Point | null;
  /**
   * The reverse. `point` is what a peer sent: finite, and otherwise anything. Null, or what is no finite
   * number: the cursor is hidden. Called for each sample when it arrives and again after `remap()`.
   */
  fromShared(point: Point, size: Size): Point | null;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Mapping {
  /** Null while the content has no size: there is no place to speak of. */
  toShared(local: Point, size: Size): Point | null;
  toLocal(shared: Point, size: Size): Point | null;
}

/** A place as it travels: `frame` says what x and y are relative to. */
export interface SharedPlace extends Point {
  readonly frame: string;
}

/** What coordinates mean on one surface of one page. */
export interface Places {
  /** Whether a frame is of this surface. */
  has(frame: string): boolean;
  /** What a point of the window means to all; null where it has no place. Reads the layout. */
  toShared(clientX: number, clientY: number): SharedPlace | null;
  /** Where a place lies, in pixels of the content; null where it has none on this page. */
  toLocal(place: SharedPlace): Point | null;
  /** Tells when places may lie elsewhere than before; absent where only the content's size moves them. */
  watch?(changed: (change: Change) => void, signal: AbortSignal): void;
  /**
   * A frame begins, and nothing was written in it yet. Whether places lie elsewhere than they did: what
   * was read of the layout holds until then, and is read again only where something happened.
   */
  settle?(): boolean;
  /** What was read of the layout does not hold any more. */
  forget?(): void;
}

/** `content`: there may be more or less of it; `places`: some may have moved, which `settle` finds out. */
export type Change = "content" | "places";

/**
 * Parts of the content's width in one step of a fraction. The wire's short encoding counts in these:
 * a quarter of a pixel on a board 4,096 pixels wide.
 */
const FRACTION_STEPS = 16_384;

const quantize = (fraction: number): number =>
  Math.round(fraction * FRACTION_STEPS) / FRACTION_STEPS;

export const mappings: Readonly<Record<"fraction" | "pixels", Mapping>> = {
  fraction: {
    toShared({ x, y }, { width, height }) {
      if (width <= 0 || height <= 0) return null;
      return { x: quantize(x / width), y: quantize(y / height) };
    },
    toLocal: ({ x, y }, { width, height }) => ({ x: x * width, y: y * height }),
  },
  pixels: {
    toShared: ({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }),
    toLocal: ({ x, y }) => ({ x, y }),
  },
};

/** Functions of the app, which can be wrong, and are fed what peers send. */
export function ownMapping(own: OwnCoordinates): Mapping {
  return {
    toShared: (local, size) => finite(own.toShared(local, size)),
    toLocal(shared, size) {
      try {
        return finite(own.fromShared(shared, size));
      } catch (error) {
        // One peer's number must not stop the drawing of all the others.
        reportError(error);
        return null;
      }
    },
  };
}

function finite(point: Point | null | undefined): Point | null {
  const { x, y } = point ?? {};
  return Number.isFinite(x) && Number.isFinite(y) ? ({ x, y } as Point) : null;
}

/** Coordinates that are the content's own, wherever the pointer is on it. */
export class PlanePlaces implements Places {
  readonly #mapping: Mapping;
  readonly #area: Area;
  readonly #surface: string;

  constructor(mapping: Mapping, area: Area, surface: string) {
    this.#mapping = mapping;
    this.#area = area;
    this.#surface = surface;
  }

  has(frame: string): boolean {
    return frame === this.#surface;
  }

  toShared(clientX: number, clientY: number): SharedPlace | null {
    const shared = this.#mapping.toShared(this.#area.locate(clientX, clientY), this.#area.size);
    return shared && { ...shared, frame: this.#surface };
  }

  toLocal(place: SharedPlace): Point | null {
    return this.has(place.frame) ? this.#mapping.toLocal(place, this.#area.size) : null;
  }
}
