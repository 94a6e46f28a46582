/** The threads that run through the board, without end to either side: wound, and tied at knots. */
import type { Point, View } from "./camera.ts";

/** From one knot to the next, in units of the board. */
const KNOT_EVERY = 1_060;
/** Half as high as the threads stand between two knots. */
const SWING = 118;
/** Where they run: below the middle of home. */
const LEVEL = 175;

interface Strand {
  readonly long: number;
  readonly short: number;
  readonly phase: number;
}

/** Wavelengths without a common measure: the pattern does not come again. */
const STRANDS: readonly Strand[] = [
  { long: 611, short: 293, phase: 0.2 },
  { long: 533, short: 241, phase: 1.3 },
  { long: 701, short: 331, phase: 2.2 },
  { long: 467, short: 271, phase: 3.1 },
  { long: 577, short: 223, phase: 4.1 },
  { long: 647, short: 313, phase: 5.3 },
  { long: 499, short: 383, phase: 0.9 },
];

/** The last one is drawn in the lead's colour. */
export const STRAND_COUNT = STRANDS.length;

function heightOf({ long, short, phase }: Strand, x: number): number {
  const knot = Math.cos((Math.PI * (x - 90)) / KNOT_EVERY) ** 2;
  const wave = 0.66 * Math.sin(x / (long / 5) + phase) + 0.34 * Math.sin(x / (short / 4) - phase);
  return LEVEL + SWING * (0.13 + 0.87 * knot) * wave;
}

/** The points of one strand that can be seen, `step` units apart; none where it is out of sight. */
export function* strandIn(index: number, view: View, step: number): Generator<Point> {
  const strand = STRANDS[index];
  if (strand === undefined) return;
  if (view.y > LEVEL + SWING || view.y + view.height < LEVEL - SWING) return;
  // On a grid of their own, so that panning does not make the line shimmer.
  const first = Math.floor(view.x / step) * step;
  for (let x = first; x <= view.x + view.width + step; x += step)
    yield { x, y: heightOf(strand, x) };
}
