/** What one person sees of the board: where its top left corner is, and how large it is drawn. */

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
/** A part of the board, in its units: one unit is one CSS pixel at zoom 1. */
export interface View extends Point, Size {}

/** Beyond these one finds nothing any more, or sees one dot. */
export const MIN_ZOOM = 0.15;
export const MAX_ZOOM = 6;

/** The part of the board that everybody comes to. */
export const HOME: View = { x: -310, y: -225, width: 620, height: 540 };

/** On large screens home does not fill the board: there is to be a board around it. */
const MAX_HOME_ZOOM = 1.8;

/** Cursors cannot be told further out: 16 bits, in quarters of a unit. */
const FAR = 8_000;

/** How long a move to another part takes, in milliseconds. */
const GLIDE_MS = 420;

export interface CameraOptions {
  /** Milliseconds on the clock of animation frames, now. */
  readonly now?: () => number;
  readonly requestFrame?: (run: (now: number) => void) => number;
  readonly cancelFrame?: (frame: number) => void;
  /** True: be there at once. */
  readonly still?: () => boolean;
}

export class Camera {
  #x = HOME.x;
  #y = HOME.y;
  #zoom = 1;
  #size: Size = { width: 0, height: 0 };
  /** Until somebody moves it, it shows home in whatever size it gets. */
  #isHome = true;
  #frame: number | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #ownMoves = new Set<() => void>();
  readonly #now: () => number;
  readonly #requestFrame: (run: (now: number) => void) => number;
  readonly #cancelFrame: (frame: number) => void;
  readonly #still: () => boolean;

  constructor({ now, requestFrame, cancelFrame, still }: CameraOptions = {}) {
    this.#now = now ?? (() => performance.now());
    this.#requestFrame = requestFrame ?? ((run) => requestAnimationFrame(run));
    this.#cancelFrame = cancelFrame ?? ((frame) => cancelAnimationFrame(frame));
    this.#still = still ?? (() => false);
  }

  get zoom(): number {
    return this.#zoom;
  }
  /** How large the board is drawn beside home in this size: 1 is home. */
  get level(): number {
    return this.#zoom / fitted(HOME, this.#size, MAX_HOME_ZOOM).zoom;
  }
  get size(): Size {
    return this.#size;
  }
  get view(): View {
    const { width, height } = this.#size;
    return { x: this.#x, y: this.#y, width: width / this.#zoom, height: height / this.#zoom };
  }

  /** From pixels of the screen, counted from the board's corner. */
  toBoard({ x, y }: Point): Point {
    return { x: x / this.#zoom + this.#x, y: y / this.#zoom + this.#y };
  }
  toScreen({ x, y }: Point): Point {
    return { x: (x - this.#x) * this.#zoom, y: (y - this.#y) * this.#zoom };
  }

  /** Calls `run` after each change. Returns its undo. */
  onChange(run: () => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }

  /** Calls `run` when the person in front of it moves it, rather than {@link show} or its size. */
  onOwnMove(run: () => void): () => void {
    this.#ownMoves.add(run);
    return () => this.#ownMoves.delete(run);
  }

  /** The middle stays in the middle. */
  resize(size: Size): void {
    const { x, y } = this.#middle();
    this.#size = size;
    this.#set(this.#isHome ? fitted(HOME, size, MAX_HOME_ZOOM) : centred(x, y, this.#zoom, size));
  }

  /** By pixels of the screen: the board follows the hand. */
  panBy(dx: number, dy: number): void {
    this.#takeOwn();
    this.#set({ x: this.#x - dx / this.#zoom, y: this.#y - dy / this.#zoom, zoom: this.#zoom });
  }

  /** What is at `at`, in pixels of the screen, stays there. */
  zoomBy(factor: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }): void {
    this.#takeOwn();
    const { x, y } = this.toBoard(at);
    const zoom = clamp(this.#zoom * factor, MIN_ZOOM, MAX_ZOOM);
    this.#set({ x: x - at.x / zoom, y: y - at.y / zoom, zoom });
  }

  /** Everything of `view` is seen, at once. */
  show(view: View): void {
    this.#take();
    this.#set(fitted(view, this.#size, MAX_ZOOM));
  }

  goHome(): void {
    this.#takeOwn();
    this.#glide(fitted(HOME, this.#size, MAX_HOME_ZOOM));
    this.#isHome = true;
  }

  /** Brings a place into the middle. */
  goTo({ x, y }: Point): void {
    this.#takeOwn();
    this.#glide(centred(x, y, this.#zoom, this.#size));
  }

  /** As little as is needed for a place, in units of the board, to be seen. */
  follow(at: Point): void {
    const { x, y } = this.toScreen(at);
    const { width, height } = this.#size;
    const margin = Math.min(width, height) / 8;
    const dx = x - clamp(x, margin, width - margin);
    const dy = y - clamp(y, margin, height - margin);
    if (dx !== 0 || dy !== 0) this.panBy(-dx, -dy);
  }

  stop(): void {
    this.#listeners.clear();
    this.#ownMoves.clear();
    this.#take();
  }

  #middle(): Point {
    return this.toBoard({ x: this.#size.width / 2, y: this.#size.height / 2 });
  }

  #centre(x: number, y: number, zoom: number): void {
    this.#set(centred(x, y, zoom, this.#size));
  }

  /** Somebody moves it now, and no glide goes on against them. */
  #take(): void {
    this.#isHome = false;
    if (this.#frame !== null) this.#cancelFrame(this.#frame);
    this.#frame = null;
  }

  #takeOwn(): void {
    this.#take();
    for (const run of this.#ownMoves) run();
  }

  #set({ x, y, zoom }: Place): void {
    const { width, height } = this.#size;
    this.#zoom = zoom;
    this.#x = clamp(x, -FAR, FAR - width / zoom);
    this.#y = clamp(y, -FAR, FAR - height / zoom);
    for (const run of this.#listeners) run();
  }

  #glide(to: Place): void {
    this.#take();
    if (this.#still()) {
      this.#set(to);
      return;
    }
    const from = { ...this.#middle(), zoom: this.#zoom };
    const { width, height } = this.#size;
    const end = { x: to.x + width / to.zoom / 2, y: to.y + height / to.zoom / 2 };
    const began = this.#now();
    const step = (now: number): void => {
      const share = ease(clamp((now - began) / GLIDE_MS, 0, 1));
      const zoom = from.zoom * (to.zoom / from.zoom) ** share;
      this.#frame = share < 1 ? this.#requestFrame(step) : null;
      this.#centre(from.x + (end.x - from.x) * share, from.y + (end.y - from.y) * share, zoom);
    };
    this.#frame = this.#requestFrame(step);
  }
}

interface Place extends Point {
  readonly zoom: number;
}

function centred(x: number, y: number, zoom: number, { width, height }: Size): Place {
  return { x: x - width / zoom / 2, y: y - height / zoom / 2, zoom };
}

function fitted(view: View, size: Size, maxZoom: number): Place {
  const fit = Math.min(size.width / view.width, size.height / view.height);
  const zoom = clamp(fit, MIN_ZOOM, maxZoom);
  return centred(view.x + view.width / 2, view.y + view.height / 2, zoom, size);
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Slow, fast, slow. */
const ease = (share: number): number =>
  share < 0.5 ? 4 * share ** 3 : 1 - (-2 * share + 2) ** 3 / 2;
