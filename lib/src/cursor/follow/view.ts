/**
 * What somebody sees, as it travels: a rectangle of what there is to see. Units are the view's own:
 * parts of the whole for what scrolls, the board's own for a board with pan and zoom.
 */
export interface ViewRect {
  readonly x: number;
  readonly y: number;
  /** Above 0, like `height`. */
  readonly width: number;
  readonly height: number;
}

/** How {@link import("./follow.ts").followView} learns what is seen here, and shows something else. */
export interface FollowableView {
  /** What is seen now; null while nothing is. */
  read(): ViewRect | null;
  /** Shows this much at least of it as fits; called once a frame while the view moves. */
  show(view: ViewRect): void;
  /** Calls `run` whenever what is seen changes; returns its undo. Without it, call `changed()`. */
  subscribe?(run: () => void): () => void;
}

/** The view moves this share (1 − 1/e) of what is left in so many milliseconds: at once, and softly. */
const EASE_MS = 90;
/** A frame that came late moves it no further than this one. */
const MOST_FRAME_MS = 100;
/** As near as this to its goal, in parts of the view's size, it is there: less than a pixel. */
const NEAR = 1 / 4096;

/** A view on its way to another, `ms` later; the very same object once it is there. */
export function eased(from: ViewRect, to: ViewRect, ms: number): ViewRect {
  const part = 1 - Math.exp(-Math.min(ms, MOST_FRAME_MS) / EASE_MS);
  const step = (a: number, b: number) => a + (b - a) * part;
  const now = {
    x: step(from.x, to.x),
    y: step(from.y, to.y),
    width: step(from.width, to.width),
    height: step(from.height, to.height),
  };
  const near = (a: number, b: number, size: number) => Math.abs(a - b) <= size * NEAR;
  const there =
    near(now.x, to.x, to.width) &&
    near(now.width, to.width, to.width) &&
    near(now.y, to.y, to.height) &&
    near(now.height, to.height, to.height);
  return there ? to : now;
}

/** What a stranger says it sees; null when that cannot be. */
export function checkedView(data: unknown): ViewRect | null {
  if (typeof data !== "object" || data === null) return null;
  const { x, y, width, height } = data as { readonly [name: string]: unknown };
  const whole = [x, y, width, height].every((n) => typeof n === "number" && Number.isFinite(n));
  const view = { x, y, width, height } as ViewRect;
  return whole && view.width > 0 && view.height > 0 ? view : null;
}
