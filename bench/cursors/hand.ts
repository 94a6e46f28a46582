import type { MovementSample } from "../movement.ts";

/** Between reports further apart than this the hand rested, in milliseconds: three frames and a bit. */
const REST_MS = 60;
/** It began to move this long before the report that ends a rest: one frame. */
const START_MS = 16;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where the hand was: straight from report to report, still where there is none. */
export class HandPath {
  readonly #start: number;
  /** A place for each millisecond, x and y in turn. */
  readonly #places: Float64Array;
  /** Milliseconds since it last moved, for each of them. */
  readonly #still: Float64Array;

  /** In the order of time, at least one. */
  constructor(samples: readonly MovementSample[]) {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined) {
      throw new Error("A recording has at least one sample.");
    }
    this.#start = first.time;
    const count = Math.floor(last.time - first.time) + 1;
    this.#places = new Float64Array(2 * count);
    this.#still = new Float64Array(count);
    let i = 0;
    for (let ms = 0; ms < count; ms++) {
      while ((samples[i + 1]?.time ?? Number.POSITIVE_INFINITY) <= first.time + ms) i++;
      const from = samples[i] ?? last;
      const to = samples[i + 1] ?? last;
      const start = to.time - from.time > REST_MS ? to.time - START_MS : from.time;
      const share = to === from ? 0 : Math.max(0, (first.time + ms - start) / (to.time - start));
      this.#places[2 * ms] = from.x + (to.x - from.x) * share;
      this.#places[2 * ms + 1] = from.y + (to.y - from.y) * share;
      this.#still[ms] = first.time + ms - from.time;
    }
  }

  /** How far from the hand a place is at that time. */
  distance({ x, y }: Place, time: number): number {
    const at = Math.min(Math.max(time - this.#start, 0), this.#still.length - 1);
    const ms = Math.min(Math.floor(at), this.#still.length - 2);
    const share = at - ms;
    const between = (axis: 0 | 1) => {
      const [a = 0, b = a] = [this.#places[2 * ms + axis], this.#places[2 * ms + 2 + axis]];
      return a + (b - a) * share;
    };
    return Math.hypot(x - between(0), y - between(1));
  }

  /** Milliseconds since it last moved. */
  stillFor(time: number): number {
    const end = this.#still.length - 1;
    const at = Math.max(0, Math.floor(time - this.#start));
    return (this.#still[Math.min(at, end)] ?? 0) + Math.max(0, at - end);
  }
}
