/** Where the markers of those out of sight stand: at the edge nearest to each, several at one place as one. */
import type { Point, Size } from "../coordinates.ts";
import { beyond, type Rect, type Sides } from "./visible.ts";

/** From the edge to the middle of a marker, in pixels. */
export const EDGE_INSET_PX = 24;

/** Markers nearer to each other than this become one, in pixels: a finger's width, and room for a name. */
const CLUSTER_PX = 44;

/** A part in sight smaller than this, in pixels, has no markers: they would cover it. */
const LEAST: Size = { width: 160, height: 120 };

const NO_INSET: Sides = { top: 0, right: 0, bottom: 0, left: 0 };

export interface EdgePlace<T> {
  /** All at this place, the first to come first. */
  readonly who: readonly T[];
  /** Middle of the marker, from the top left corner of what is in sight. */
  readonly x: number;
  readonly y: number;
  /** Where to from there, in degrees, clockwise from the right. */
  readonly degrees: number;
}

export interface OutOfSight<T> {
  readonly who: T;
  /** In pixels of the board. */
  readonly at: Point;
}

/** `inset` is what the app has along the edges, and markers stay clear of. */
export function edgePlaces<T>(
  all: readonly OutOfSight<T>[],
  visible: Rect,
  inset: Sides = NO_INSET,
): EdgePlace<T>[] {
  const clear: Size = {
    width: visible.width - inset.left - inset.right,
    height: visible.height - inset.top - inset.bottom,
  };
  if (clear.width < LEAST.width || clear.height < LEAST.height) return [];
  const inner: Rect = {
    left: visible.left + inset.left + EDGE_INSET_PX,
    top: visible.top + inset.top + EDGE_INSET_PX,
    width: clear.width - 2 * EDGE_INSET_PX,
    height: clear.height - 2 * EDGE_INSET_PX,
  };
  const places: { who: T[]; x: number; y: number; degrees: number }[] = [];
  for (const { who, at } of all) {
    const away = beyond(at, inner);
    const x = Math.round(at.x - away.x - visible.left);
    const y = Math.round(at.y - away.y - visible.top);
    const near = places.find((place) => Math.hypot(place.x - x, place.y - y) < CLUSTER_PX);
    if (near !== undefined) near.who.push(who);
    else {
      const degrees = Math.round((Math.atan2(away.y, away.x) * 180) / Math.PI);
      places.push({ who: [who], x, y, degrees });
    }
  }
  return places;
}
