/** The page's animation frames in a test, which plays them itself: one each 16 ms of a clock of its own. */
import { vi } from "vitest";

const FRAME_MS = 16;

export class StandInFrames {
  #waiting: ((now: number) => void)[] = [];
  #now = 1_000;

  /** Takes the place of the page's, with none asked for yet; `vi.restoreAllMocks()` gives it back. */
  install(): void {
    this.#waiting = [];
    vi.spyOn(window, "requestAnimationFrame").mockImplementation((run) => this.#waiting.push(run));
    vi.spyOn(window, "cancelAnimationFrame").mockImplementation(() => {
      this.#waiting = [];
    });
  }

  get now(): number {
    return this.#now;
  }
  /** What was asked for and has not run. */
  get waiting(): readonly unknown[] {
    return this.#waiting;
  }

  /** Runs frames until `ms` are over; says how many there were. */
  play(ms: number): number {
    let count = 0;
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += FRAME_MS;
      const due = this.#waiting;
      this.#waiting = [];
      count += due.length;
      for (const frame of due) frame(this.#now);
    }
    return count;
  }
}
