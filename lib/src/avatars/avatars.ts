/** How many avatars a row has, and the words that are read out: for React and the element alike. */

/** Avatars shown when nobody says how many. */
export const DEFAULT_MAX = 5;

/** Avatars shown for a `max` that might be anything. */
export function mostOf(max: number): number {
  return max >= 0 ? Math.floor(max) : DEFAULT_MAX;
}

/** Read out for somebody who gives no name. */
export const UNNAMED = "Somebody without a name";

/** Read out for those who do not fit. */
export const moreOf = (count: number): string => `${count} more`;
