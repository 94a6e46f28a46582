import { useEffect, useRef } from "react";

/** An element, or a ref to one: what is not there yet is null. */
export type Target<E extends HTMLElement = HTMLElement> = E | null | { readonly current: E | null };

/**
 * Attaches something to the element that a target is or points at, for as long as that is the one: it
 * may come later than the component, go, and be made anew under another key.
 *
 * @param attach is called in an effect, anew when it is another function (`useCallback`) or there is
 *   another element; null: there is none now. Its undo is called before the next.
 * @param own an element of the component itself, for when no target is given
 */
export function useTarget(
  target: Target | undefined,
  attach: (element: HTMLElement | null) => (() => void) | undefined,
  own?: { readonly current: HTMLElement | null },
): void {
  const looking = useRef<() => void>(nothing);
  useEffect(() => {
    let element: HTMLElement | null = null;
    let undo: (() => void) | undefined;
    const look = (isFirst = false): void => {
      const found = elementOf(target === undefined ? own : target);
      if (!isFirst && found === element) return;
      undo?.();
      element = found;
      undo = attach(found);
    };
    look(true);
    looking.current = () => look();
    const stop = onPageChange(target, () => look());
    return () => {
      stop();
      looking.current = nothing;
      undo?.();
    };
  }, [target, attach, own]);
  // Whoever sets a ref by hand renders, if anything.
  useEffect(() => looking.current());
}

/** Nobody says that a ref was set; but what it points at came to the page, or left it. */
function onPageChange(target: Target | undefined, run: () => void): () => void {
  if (target === undefined || target === null || !("current" in target)) return nothing;
  const observer = new MutationObserver(run);
  observer.observe(document, { childList: true, subtree: true });
  return () => observer.disconnect();
}

function elementOf(target: Target | undefined): HTMLElement | null {
  if (target === undefined || target === null) return null;
  return "current" in target ? target.current : target;
}

const nothing = () => {};
