import type { Point } from "./coordinates.ts";

/**
 * Time constant of the approach to the newest sample, in milliseconds. Samples come every 16 ms or
 * so; two of these hide that they are steps without being seen as lag.
 */
const APPROACH_MS = 24;

/** Close enough to the target to stop drawing, in pixels. */
const ARRIVED_PX = 0.1;

/**
 * Longest frame taken at face value, in milliseconds. A tab that comes back from the background
 * reports a very long one, and is then simply there.
 */
const MAX_FRAME_MS = 250;

/** One remote cursor's position on the way from where it is drawn to where its newest sample is. */
export class Glide {
  #drawn: Point | null = null;
  #target: Point | null = null;
  #since = 0;

  /** Where it is drawn now; null before the first sample and while hidden. */
  get position(): Point | null {
    return this.#drawn;
  }

  /** `jump`: be there at once. The first sample after being hidden always is. */
  moveTo(target: Point, now: number, jump: boolean): void {
    if (this.#target === null || this.#drawn === null || jump) this.#drawn = target;
    if (!this.#moving()) this.#since = now;
    this.#target = target;
  }

  hide(): void {
    this.#drawn = null;
    this.#target = null;
  }

  /**
   * Moves on to `now`, milliseconds on the clock of animation frames. `size` is what one unit of the
   * position is worth in pixels. False when it has arrived.
   */
  advance(now: number, unit: Point): boolean {
    const { drawn, target } = { drawn: this.#drawn, target: this.#target };
    if (drawn === null || target === null) return false;
    const elapsed = Math.max(0, now - this.#since);
    this.#since = now;
    const share = elapsed > MAX_FRAME_MS ? 1 : 1 - Math.exp(-elapsed / APPROACH_MS);
    const next = {
      x: drawn.x + (target.x - drawn.x) * share,
      y: drawn.y + (target.y - drawn.y) * share,
    };
    const left = Math.max(
      Math.abs(target.x - next.x) * unit.x,
      Math.abs(target.y - next.y) * unit.y,
    );
    this.#drawn = left < ARRIVED_PX ? target : next;
    return this.#moving();
  }

  #moving(): boolean {
    return (
      this.#target !== null &&
      (this.#drawn?.x !== this.#target.x || this.#drawn.y !== this.#target.y)
    );
  }
}
