/**
 * The curve through a pointer's samples: a cubic Hermite spline over time. Its speed at a sample is
 * that of the parabola through the sample and its two neighbours (Bessel's), limited as Fritsch and
 * Carlson (1980) do it, so that between two samples it never leaves their bounding box: a curve that
 * swings out invents what the hand did not do.
 */

export interface Knot {
  /** Milliseconds. */
  readonly time: number;
  readonly x: number;
  readonly y: number;
}

/** Steeper than this many times the slope beside it, a cubic would overshoot. */
const STEEPEST = 3;

/** Speed at a sample between two stretches that last `before` and `after` and have these slopes. */
function speedBetween(slope: number, before: number, nextSlope: number, after: number): number {
  if (slope * nextSlope <= 0) return 0;
  const speed = (slope * after + nextSlope * before) / (before + after);
  const most = STEEPEST * Math.min(Math.abs(slope), Math.abs(nextSlope));
  return Math.min(Math.max(speed, -most), most);
}

type Axis = "x" | "y";

function along(
  axis: Axis,
  before: Knot | undefined,
  from: Knot,
  to: Knot,
  after: Knot | undefined,
  time: number,
): number {
  const span = to.time - from.time;
  const slope = (to[axis] - from[axis]) / span;
  const speedAt = (one: Knot, other: Knot | undefined): number => {
    if (other === undefined) return slope;
    const otherSpan = Math.abs(one.time - other.time);
    const otherSlope = (one[axis] - other[axis]) / (one.time - other.time);
    return speedBetween(otherSlope, otherSpan, slope, span);
  };
  const start = speedAt(from, before);
  const end = speedAt(to, after);
  // Horner's form of the Hermite cubic in t from 0 to 1.
  const t = (time - from.time) / span;
  const rest = slope - start;
  const bend = end - 2 * slope + start;
  return from[axis] + span * t * (start + t * (rest - bend + t * bend));
}

/**
 * Where the curve is at `time`, between `from` and `to`. The neighbours shape it where there are
 * any. The times of all four ascend.
 */
export function curveAt(
  time: number,
  from: Knot,
  to: Knot,
  before?: Knot,
  after?: Knot,
): { readonly x: number; readonly y: number } {
  return {
    x: along("x", before, from, to, after, time),
    y: along("y", before, from, to, after, time),
  };
}
