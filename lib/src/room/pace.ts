/** How often a receiver is told what changes all the time, and how much of it there may be. */

/** Keys of latest values in motion at once. */
export const MAX_KEYS_IN_MOTION = 4096;

/** A receiver may ask for fewer: 0 for as many as there are, n for 16 × 2ⁿ ms between two. */
export const SLOWEST_PACE = 6;
