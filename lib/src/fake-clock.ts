/** A clock for tests: time stands still until the test moves it. */
import type { Clock } from "./clock.ts";

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  /** In the order in which they fall due; those of one moment in the order in which they were set. */
  readonly #timers: Timer[] = [];

  constructor(start = 1000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), task };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle] as Timer).due <= timer.due) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** When the next of them falls due; null when there is none. */
  get next(): number | null {
    return this.#timers[0]?.due ?? null;
  }

  /** Moves time forward and runs what falls due on the way, each at its own moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers[0];
      if (next === undefined || next.due > end) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.due);
      next.task();
    }
    this.#now = end;
  }

  /** Moves time forward at once, as a machine's sleep does: what fell due runs late, afterwards. */
  jump(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }
}
