/** The page's life: going away, coming back from the back-forward cache, a changed network. */

export interface PageEvents {
  hide(): void;
  /** Back from the back-forward cache. */
  show(): void;
  networkChanged(): void;
}

/** Not in every browser, and not in the DOM types: https://wicg.github.io/netinfo/ */
interface NetworkInformation extends EventTarget {}

/** Programs outside a browser have no page; nothing is listened to then. Returns its undo. */
export function watchPage(events: PageEvents): () => void {
  if (typeof window === "undefined" || typeof window.addEventListener !== "function") {
    return () => {};
  }
  let hidden = false;
  const hide = () => {
    hidden = true;
    events.hide();
  };
  const show = () => {
    if (hidden) events.show();
    hidden = false;
  };
  const { connection } = navigator as Navigator & { readonly connection?: NetworkInformation };
  window.addEventListener("pagehide", hide);
  window.addEventListener("pageshow", show);
  window.addEventListener("online", events.networkChanged);
  connection?.addEventListener?.("change", events.networkChanged);
  return () => {
    window.removeEventListener("pagehide", hide);
    window.removeEventListener("pageshow", show);
    window.removeEventListener("online", events.networkChanged);
    connection?.removeEventListener?.("change", events.networkChanged);
  };
}
