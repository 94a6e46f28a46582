/** What arrived from one peer, counted: the pauses between its heartbeats, and its numbered messages. */

/** Time between two heartbeats, in milliseconds: three in a blink. */
export const BEAT_MS = 50;

/** `time`: when it was sent, on the sender's clock in milliseconds; its `number` is one more each time. */
export interface Beat {
  readonly number: number;
  readonly time: number;
}

/**
 * How far ahead a number may be for those between to count as lost, in messages: at four a second some
 * four minutes. Beyond it numbers are made up, or this tab was away for long: it counts on from there.
 */
const MAX_AHEAD = 1_000;

/** Messages of one peer that can be missing at a time: the numbers are a stranger's. */
export const MAX_MISSING = 1_000;

export class Tally {
  #last: { readonly beat: Beat; readonly at: number } | null = null;
  #longestGap = 0;
  /** The number that the next message should have; null until the first. */
  #next: number | null = null;
  readonly #missing = new Set<number>();
  #received = 0;
  #doubled = 0;
  #disordered = 0;

  /** The longest time without a heartbeat that had been sent in time, in milliseconds. */
  get longestGap(): number {
    return this.#longestGap;
  }
  get received(): number {
    return this.#received;
  }
  get lost(): number {
    return this.#missing.size;
  }
  get doubled(): number {
    return this.#doubled;
  }
  get disordered(): number {
    return this.#disordered;
  }

  /** Takes a heartbeat that arrived at `now`. Returns the gap before it; null when there is none to tell. */
  beat(beat: Beat, now: number): number | null {
    const last = this.#last;
    if (last !== null && beat.number <= last.beat.number) return null;
    this.#last = { beat, at: now };
    if (last === null) return null;
    // A sender in a hidden tab beats when its browser lets it: its pauses are not the network's.
    const inTime = (beat.number - last.beat.number) * BEAT_MS;
    const late = Math.max(0, beat.time - last.beat.time - inTime);
    const gap = Math.max(0, now - last.at - late);
    this.#longestGap = Math.max(this.#longestGap, gap);
    return gap;
  }

  /** How long it has been silent. */
  silence(now: number): number {
    return this.#last === null ? 0 : now - this.#last.at;
  }

  /** The peer counts from `next` on: earlier messages were for others. */
  expect(next: number): void {
    this.#next ??= next;
  }

  count(number: number): void {
    this.#received++;
    this.#next ??= number;
    if (number >= this.#next) {
      const skipped = number - this.#next <= MAX_AHEAD ? number - this.#next : 0;
      const added = Math.min(skipped, MAX_MISSING - this.#missing.size);
      for (let each = this.#next; each < this.#next + added; each++) this.#missing.add(each);
      this.#next = number + 1;
    } else if (this.#missing.delete(number)) this.#disordered++;
    else this.#doubled++;
  }

  /** Begins a new measurement where the old one stands. */
  restart(): void {
    this.#longestGap = 0;
    this.#received = 0;
    this.#doubled = 0;
    this.#disordered = 0;
    this.#missing.clear();
  }

  /** This page did not listen for a while. */
  forgetBeat(): void {
    this.#last = null;
  }
}
