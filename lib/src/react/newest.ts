import { type RefObject, useCallback, useInsertionEffect, useRef } from "react";

/** What the last render that came on screen was given. For effects and event handlers. */
export function useNewestValue<V>(value: V): RefObject<V> {
  const newest = useRef(value);
  // The first of all effects: every other one, a layout effect of a child too, finds the newest.
  useInsertionEffect(() => {
    newest.current = value;
  });
  return newest;
}

/** A function that stays the same and does what `run` of the last render does. */
export function useNewest<A extends readonly unknown[]>(
  run: (...given: A) => void,
): (...given: A) => void {
  const newest = useNewestValue(run);
  return useCallback((...given: A) => newest.current(...given), [newest]);
}
