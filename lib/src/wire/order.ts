/**
 * Which of a peer's cursor samples are new. On the wire a sample has the low bits of its time and of
 * its number only; the high ones follow from when it arrives. Paths overtake one another, frames go
 * down two of them at once, and a final sample comes again on the reliable lane: only what is after
 * the newest so far counts.
 */
import { NUMBER_RANGE } from "./cursor.ts";
import { TIME_RANGE_MS } from "./samples.ts";

/** After this long without a sample the next is taken whatever it says: clocks stop in sleep. */
export const FORGET_AFTER_MS = 10_000;

export class SampleOrder {
  #time: number | null = null;
  #number = 0;
  #arrived = 0;

  /**
   * The sample's time with its high bits, in milliseconds of the sender's clock, when it is new;
   * undefined otherwise. Its zero is arbitrary, but stays, and it never goes back.
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
    const last = this.#time;
    if (last === null) return { whole: time, order: "after" };
    // The sender's clock went on by about as much as ours since the newest sample.
    const expected = Math.round(last + now - this.#arrived);
    const behind = modulo(expected - time + TIME_RANGE_MS / 2, TIME_RANGE_MS) - TIME_RANGE_MS / 2;
    const whole = expected - behind;
    // RFC 1982: of two numbers modulo a range, the one less than half of it ahead is the later.
    const ahead = modulo(number - this.#number, NUMBER_RANGE);
    if (whole === last && ahead === 0) return { whole, order: "same" };
    if (whole > last || (whole === last && ahead < NUMBER_RANGE / 2)) {
      return { whole, order: "after" };
    }
    // Time never goes back: a clock that was wrong about how long it slept becomes a leap ahead.
    return now - this.#arrived > FORGET_AFTER_MS
      ? { whole: whole + TIME_RANGE_MS, order: "after" }
      : { whole, order: "before" };
  }

  /** Forgets everything: the next sample is taken whatever it says. */
  reset(): void {
    this.#time = null;
  }
}

const modulo = (n: number, range: number): number => ((n % range) + range) % range;
