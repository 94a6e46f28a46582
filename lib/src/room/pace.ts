/** How often a receiver is told what changes all the time, and how much of it there may be. */

/** Keys of latest values in motion at once. */
export const MAX_KEYS_IN_MOTION = 4096;

/** A receiver may ask for fewer: 0 for as many as there are, n for 16 × 2ⁿ ms between two. */
export const SLOWEST_PACE = 6;

/** Above this share of what may wait on its way, things are told less often … */
const LOADED_FROM = 1 / 2;
/** … half as often with each further share of it. */
const LOAD_PER_PACE = 1 / 16;

/** The pace of a receiver that asked for `asked`, and whose path is this full: 1, and it takes no more. */
export function paceAt(asked: number, load: number): number {
  const loaded = Math.ceil((load - LOADED_FROM) / LOAD_PER_PACE);
  return Math.min(SLOWEST_PACE, Math.max(asked, loaded));
}
