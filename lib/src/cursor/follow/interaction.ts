/** Somebody moves the view with their own hands. */

/** Keys that scroll a page, or move over a board. */
const SCROLL_KEYS: ReadonlySet<string> = new Set([
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "PageUp",
  "PageDown",
  "Home",
  "End",
  " ",
]);

const HANDS = ["wheel", "pointerdown", "touchmove"];
/** Fields in which those keys move a caret; they have editable ancestors, or are such elements. */
const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

/** Calls `run` for the wheel, a finger or a button over `element` (or the page), and for such keys. */
export function onOwnInteraction(
  window: Window,
  element: HTMLElement | null,
  run: () => void,
  signal: AbortSignal,
): void {
  const options = { passive: true, capture: true, signal };
  const target: EventTarget = element ?? window;
  for (const type of HANDS) target.addEventListener(type, run, options);
  const pressed = (event: KeyboardEvent): void => {
    const [at] = event.composedPath();
    const typing = at instanceof Element && at.closest(FIELDS) !== null;
    if (!typing && SCROLL_KEYS.has(event.key)) run();
  };
  window.addEventListener("keydown", pressed, options);
}
