/** An element, or a ref to one: what is not there yet is null. */
export type Target<E extends HTMLElement = HTMLElement> = E | null | { readonly current: E | null };

/** For effects: what a ref points at then. */
export function elementOf(target: Target | undefined): HTMLElement | null {
  if (target === undefined || target === null) return null;
  return "current" in target ? target.current : target;
}
