import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";

/** On a server there is no layout, and React warns of an effect that waits for it. */
const useBeforePaint = typeof window === "undefined" ? useEffect : useLayoutEffect;

/** What the last render that came on screen was given. For effects and event handlers. */
export function useNewestValue<V>(value: V): RefObject<V> {
  const newest = useRef(value);
  useBeforePaint(() => {
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
