/** A clock for tests: time stands still until the test moves it. */
import type { Clock } from "./clock.ts";

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(start = 1000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves time forward and runs what falls due on the way, each at its own moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const each of this.#timers) if (next === undefined || each.due < next.due) next = each;
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      this.#run(next);
    }
    this.#now = end;
  }

  /** Moves time forward at once, as a machine's sleep does: what fell due runs late, afterwards. */
  jump(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  #run(timer: Timer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
    timer.task();
  }
}
