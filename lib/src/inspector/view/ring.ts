/** Where the graph puts things: members around a ring, links as threads bent towards its middle. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export const WIDTH = 440;
export const HEIGHT = 368;
export const RADIUS = 142;
/** Threads bend: their middle is so much nearer to the middle of the ring. */
const BEND = 0.72;
/** Points of a thread that are measured against, to find the one under a pointer. */
const STEPS = 14;

/** The first is at the bottom, the others follow clockwise. */
export function spotOf(index: number, count: number): Spot {
  const angle = Math.PI / 2 + (2 * Math.PI * index) / Math.max(1, count);
  return at(angle, RADIUS);
}

/** Beside a member, outside the ring. */
export function labelOf(index: number, count: number): Spot & { readonly anchor: string } {
  const angle = Math.PI / 2 + (2 * Math.PI * index) / Math.max(1, count);
  const cosine = Math.cos(angle);
  const { x, y } = at(angle, RADIUS + 20);
  const isSide = Math.abs(cosine) > 0.2;
  const anchor = isSide ? (cosine > 0 ? "start" : "end") : "middle";
  // Above and below a member a name needs room for its height.
  return { x, y: y + Math.sin(angle) * (isSide ? 3 : 7) + 4, anchor };
}

export function threadOf(a: Spot, b: Spot): string {
  const { x, y } = bendOf(a, b);
  return `M${fixed(a.x)} ${fixed(a.y)} Q${fixed(x)} ${fixed(y)} ${fixed(b.x)} ${fixed(b.y)}`;
}

/** `share` of the way from a to b along their thread. */
export function along(a: Spot, b: Spot, share: number): Spot {
  const c = bendOf(a, b);
  const rest = 1 - share;
  const mix = (from: number, by: number, to: number) =>
    rest * rest * from + 2 * rest * share * by + share * share * to;
  return { x: mix(a.x, c.x, b.x), y: mix(a.y, c.y, b.y) };
}

/** How far a point is from the thread between a and b. */
export function distance(a: Spot, b: Spot, { x, y }: Spot): number {
  let least = Number.POSITIVE_INFINITY;
  let from = a;
  for (let i = 1; i <= STEPS; i++) {
    const to = along(a, b, i / STEPS);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy || 1;
    const t = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
    least = Math.min(least, Math.hypot(from.x + t * dx - x, from.y + t * dy - y));
    from = to;
  }
  return least;
}

function bendOf(a: Spot, b: Spot): Spot {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  return {
    x: cx + ((a.x + b.x) / 2 - cx) * BEND,
    y: cy + ((a.y + b.y) / 2 - cy) * BEND,
  };
}

const at = (angle: number, radius: number): Spot => ({
  x: WIDTH / 2 + Math.cos(angle) * radius,
  y: HEIGHT / 2 + Math.sin(angle) * radius,
});

const fixed = (value: number): string => value.toFixed(1);
