/**
 * Which of a peer's cursor samples are new. On the wire a sample has the low bits of its time and of
 * its number only; the high ones follow from when it arrives. Paths overtake one another, frames go
 * down two of them at once, and a final sample comes again on the reliable lane: only what is after
 * the newest so far counts.
 */
import { NUMBER_RANGE, TIME_RANGE_MS } from "./cursor.ts";

/** After this long without a sample the next is taken whatever it says: clocks stop in sleep. */
export const FORGET_AFTER_MS = 10_000;

export class SampleOrder {
  #time: number | null = null;
  #number = 0;
  #arrived = 0;

  /**
   * The sample's time with its high bits, in milliseconds of the sender's clock, when it is new;
   * undefined otherwise. Its zero is arbitrary, but stays while samples keep coming.
   */
  accept(time: number, number: number, now: number): number | undefined {
    const { whole, order } = this.#place(time, number, now);
    if (order !== "after") return undefined;
    this.#time = whole;
    this.#number = number;
    this.#arrived = now;
    return whole;
  }

  /** Whether a sample that says this of itself is older than the newest. */
  isBefore(time: number, number: number, now: number): boolean {
    return this.#place(time, number, now).order === "before";
  }

  #place(
    time: number,
    number: number,
    now: number,
  ): { readonly whole: number; readonly order: "before" | "same" | "after" } {
    if (this.#time === null || now - this.#arrived > FORGET_AFTER_MS) {
      return { whole: time, order: "after" };
    }
    // The sender's clock went on by about as much as ours since the newest sample.
    const expected = Math.round(this.#time + now - this.#arrived);
    const behind = modulo(expected - time + TIME_RANGE_MS / 2, TIME_RANGE_MS) - TIME_RANGE_MS / 2;
    const whole = expected - behind;
    if (whole !== this.#time) return { whole, order: whole < this.#time ? "before" : "after" };
    // RFC 1982: of two numbers modulo a range, the one less than half of it ahead is the later.
    const ahead = modulo(number - this.#number, NUMBER_RANGE);
    const order = ahead === 0 ? "same" : ahead < NUMBER_RANGE / 2 ? "after" : "before";
    return { whole, order };
  }

  /** Forgets everything: the next sample is taken whatever it says. */
  reset(): void {
    this.#time = null;
  }
}

const modulo = (n: number, range: number): number => ((n % range) + range) % range;
