/** What somebody prefers, as style sheets ask for it. */

export type Media = Pick<MediaQueryList, "matches" | "addEventListener">;

/** jsdom draws nothing, so nobody prefers anything there. */
const NONE: Media = { matches: false, addEventListener() {} };

/** As `matchMedia`, in a DOM without it too. */
export function mediaOf(window: Pick<Window, "matchMedia"> | null, query: string): Media {
  return window?.matchMedia?.(query) ?? NONE;
}

export const STILLNESS = "(prefers-reduced-motion: reduce)";
