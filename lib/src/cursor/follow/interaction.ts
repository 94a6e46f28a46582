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

const HANDS = ["wheel", "touchmove"];
/** Fields in which those keys move a caret; they have editable ancestors, or are such elements. */
const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

/** A press on these, by pointer or space bar, is theirs: of a button that ends the following, say. */
const CONTROLS =
  "button, a[href], summary, label, input, select, textarea, [role='button'], [role='switch']";

/**
 * Calls `run` for the wheel, a finger, or a button of the mouse over `element` (or the page) that is
 * not on a control, and for such keys.
 */
export function onOwnInteraction(
  window: Window,
  element: HTMLElement | null,
  run: () => void,
  signal: AbortSignal,
): void {
  const options = { passive: true, capture: true, signal };
  const target: EventTarget = element ?? window;
  const isOn = (event: Event, selector: string): boolean => {
    const [at] = event.composedPath();
    return at instanceof Element && at.closest(selector) !== null;
  };
  for (const type of HANDS) target.addEventListener(type, run, options);
  const down = (event: Event): void => {
    if (!isOn(event, CONTROLS)) run();
  };
  target.addEventListener("pointerdown", down, options);
  const pressed = (event: KeyboardEvent): void => {
    if (!SCROLL_KEYS.has(event.key) || isOn(event, FIELDS)) return;
    if (event.key !== " " || !isOn(event, CONTROLS)) run();
  };
  window.addEventListener("keydown", pressed, options);
}
