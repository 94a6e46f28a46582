import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

/**
 * What `select` makes of a snapshot, re-rendering only when that changes by `equal`. The selection is
 * kept with the snapshot it was made of, so that a selector that makes a new object each time still
 * gives the same one while nothing changed.
 *
 * (React's own `use-sync-external-store/with-selector` does this too; it is CommonJS only, which a
 * page without a bundler cannot import.)
 */
export function useSelection<S, V>(
  subscribe: (changed: () => void) => () => void,
  getSnapshot: () => S,
  getServerSnapshot: () => S,
  select: (snapshot: S) => V,
  equal: (a: V, b: V) => boolean,
): V {
  // A selector written inline is another function at each render; what was last on screen is not.
  const shown = useRef<{ readonly source: () => S; readonly selected: V } | null>(null);
  const [get, getOnServer] = useMemo(() => {
    const selecting = (read: () => S) => {
      let of: { readonly snapshot: S; readonly selected: V } | null = null;
      return (): V => {
        const snapshot = read();
        if (of !== null && Object.is(of.snapshot, snapshot)) return of.selected;
        const fresh = select(snapshot);
        // Of another room nothing is kept, however equal it looks.
        const last = shown.current?.source === getSnapshot ? shown.current : null;
        const before = of ?? last;
        const selected = before !== null && equal(before.selected, fresh) ? before.selected : fresh;
        of = { snapshot, selected };
        return selected;
      };
    };
    return [selecting(getSnapshot), selecting(getServerSnapshot)];
  }, [getSnapshot, getServerSnapshot, select, equal]);
  const selected = useSyncExternalStore(subscribe, get, getOnServer);
  useEffect(() => {
    shown.current = { source: getSnapshot, selected };
  }, [getSnapshot, selected]);
  return selected;
}
