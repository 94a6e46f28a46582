/**
 * One `requestAnimationFrame` for all cursors of all surfaces of a window: first every surface works
 * out where its cursors are, reading the layout where it must, then every one draws. Mixed, each
 * reading would make the browser lay the page out again. Asleep while nothing moves.
 */

export interface Animated {
  /** Works out what to draw at `now`, a time as `performance.now()` gives. True: again next frame. */
  advance(now: number): boolean;
  /** Draws it, without reading the layout. */
  draw(): void;
}

type FrameSource = Pick<
  Window & typeof globalThis,
  "requestAnimationFrame" | "cancelAnimationFrame" | "performance"
>;

const loops = new WeakMap<FrameSource, FrameLoop>();

export class FrameLoop {
  readonly #window: FrameSource;
  /** An iframe's frames have the time of its own clock; samples have that of ours. */
  readonly #clockAhead: number;
  /** Those with something to draw in the next frame. */
  readonly #awake = new Set<Animated>();
  #request: number | null = null;

  /** The one loop of a window. */
  static of(window: FrameSource): FrameLoop {
    const loop = loops.get(window) ?? new FrameLoop(window);
    loops.set(window, loop);
    return loop;
  }

  private constructor(window: FrameSource) {
    this.#window = window;
    this.#clockAhead = window.performance.timeOrigin - performance.timeOrigin || 0;
  }

  wake(animated: Animated): void {
    this.#awake.add(animated);
    this.#request ??= this.#window.requestAnimationFrame((now) =>
      this.#run(now + this.#clockAhead),
    );
  }

  remove(animated: Animated): void {
    this.#awake.delete(animated);
    if (this.#awake.size > 0 || this.#request === null) return;
    this.#window.cancelAnimationFrame(this.#request);
    this.#request = null;
  }

  #run(now: number): void {
    this.#request = null;
    const awake = [...this.#awake];
    this.#awake.clear();
    const again = awake.filter((animated) => animated.advance(now));
    for (const animated of awake) animated.draw();
    for (const animated of again) this.wake(animated);
  }
}
