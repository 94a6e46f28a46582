/**
 * What a shared coordinate means. `local` is CSS pixels from the top left corner of the element's
 * content, scrolled-away parts included; `shared` is what travels to the others.
 */

/**
 * - `"fraction"`: of the content's width and height, so that windows of different sizes agree on the
 *   place in a layout that stretches with the window.
 * - `"pixels"`: CSS pixels from the content's top left corner, for content that has the same size
 *   everywhere.
 */
export type Coordinates = "fraction" | "pixels";

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
  toLocal(shared: Point, size: Size): Point;
}

/**
 * Parts of the content's width in one step of a fraction. The wire's short encoding counts in these:
 * a quarter of a pixel on a board 4,096 pixels wide.
 */
const FRACTION_STEPS = 16_384;

const quantize = (fraction: number): number =>
  Math.round(fraction * FRACTION_STEPS) / FRACTION_STEPS;

export const mappings: Readonly<Record<Coordinates, Mapping>> = {
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
