/**
 * Join numbers tell the order in which members came, and with it their colour: what all of them know
 * of each other and what stays while a member is present, so that a room of few has no two alike and
 * everybody sees the same ones.
 */
import { PEER_COLORS } from "../../lib/src/signaling/events.ts";

/** A colour is one of so many hues around a circle; this is how far apart two of them are. */
function hueDistance(a: number, b: number): number {
  const apart = Math.abs(a - b) % PEER_COLORS;
  return Math.min(apart, PEER_COLORS - apart);
}

/**
 * The first number not below `earliest` whose hue is as far as can be from those of `present`. In a
 * room with more members than hues they repeat anyway, and it is `earliest` itself.
 */
export function joinNumber(
  earliest: number,
  present: readonly { readonly join: number }[],
): number {
  if (present.length >= PEER_COLORS) return earliest;
  const nearest = (join: number): number =>
    Math.min(PEER_COLORS, ...present.map((other) => hueDistance(join, other.join)));
  let best = earliest;
  for (let join = earliest + 1; join < earliest + PEER_COLORS; join++) {
    if (nearest(join) > nearest(best)) best = join;
  }
  return best;
}
