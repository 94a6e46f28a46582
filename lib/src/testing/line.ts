/**
 * One direction of a connection: what is put in comes out in order, later, and never twice. As with
 * TCP, what is lost is only later, and so is all behind it.
 */
import type { Clock } from "../clock.ts";

export interface Conditions {
  /** One way, in milliseconds. */
  readonly delayMs: number;
  /** Share of what is lost, 0 to 1. */
  readonly loss: number;
}

/** Least time until what was lost is sent again. */
export const RETRANSMIT_MS = 200;
/** Times in a row that the same is lost at most: a line that loses all is a cut one. */
export const MAX_RETRANSMITS = 5;

export interface LineOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly conditions: () => Conditions;
}

export class Line {
  readonly #options: LineOptions;
  #queue: { readonly due: number; readonly deliver: () => void }[] = [];
  #cancel: (() => void) | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** How much is on its way. */
  get length(): number {
    return this.#queue.length;
  }

  put(deliver: () => void): void {
    const { clock, random, conditions } = this.#options;
    const { delayMs, loss } = conditions();
    let due = clock.now() + delayMs;
    for (let n = 0; n < MAX_RETRANSMITS && random() < loss; n++) due += RETRANSMIT_MS + 2 * delayMs;
    this.#queue.push({ deliver, due: Math.max(due, this.#queue.at(-1)?.due ?? 0) });
    this.#arm();
  }

  /** What is on its way never arrives. */
  clear(): void {
    this.#queue = [];
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    const [head] = this.#queue;
    if (head === undefined || this.#cancel !== null) return;
    const { clock } = this.#options;
    this.#cancel = clock.after(head.due - clock.now(), () => {
      this.#cancel = null;
      this.#queue.shift();
      try {
        head.deliver();
        // The rest of the same moment, without a timer each: real ones take a millisecond at least.
        for (let [next] = this.#queue; next && next.due <= clock.now(); [next] = this.#queue) {
          this.#queue.shift();
          next.deliver();
        }
      } finally {
        this.#arm();
      }
    });
  }
}
