/** Programs outside a browser have no page, and are never hidden. */
export function pageHidden(): boolean {
  return typeof document === "object" && document.visibilityState === "hidden";
}
