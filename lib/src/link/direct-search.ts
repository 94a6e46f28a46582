/**
 * When a link that works over TURN looks whether it could be direct. Whoever had a direct path and
 * lost it has it back soon or not for long; a link that never was direct stands between networks
 * that do not allow it, and learns otherwise only when one of them changes.
 */
import type { Clock } from "../clock.ts";

/** Between one search and the next for the first minute after a direct path was lost … */
const EAGER_MS = 3_000;
const EAGER_TRIES = 12;
/** … then doubled with each, and from the beginning where there never was one, up to this. */
const RARE_FIRST_MS = 60_000;
const RARE_MOST_MS = 600_000;
/** Each wait is cut short by up to this share, so that the links of a room do not search together. */
const JITTER = 0.5;
/** The network changed: all links of a page are told at once, and each takes its turn within this. */
const CHANGED_WITHIN_MS = 1_000;
/** The peer's socket can seem to change as often as the peer likes. */
const CHANGED_SPACING_MS = 10_000;

export class DirectSearch {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #begin: () => void;
  #wanted = false;
  #wasDirect = false;
  #tries = 0;
  #hurriedAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  /** `begin` makes an attempt; `want` is called when that has come to something. */
  constructor(clock: Clock, random: () => number, begin: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#begin = begin;
  }

  /** The link is direct now: once that is lost, there is hope. */
  found(): void {
    this.#wasDirect = true;
    this.#tries = 0;
  }

  /** Whether there is something to look for, and nothing being tried. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#after(this.#wait());
    else this.#cancel();
  }

  /** The network changed: what was not possible may be. */
  hurry(): void {
    const now = this.#clock.now();
    if (!this.#wanted || now - this.#hurriedAt < CHANGED_SPACING_MS) return;
    this.#hurriedAt = now;
    this.#tries = 0;
    this.#after(this.#random() * CHANGED_WITHIN_MS);
  }

  #wait(): number {
    const most = this.#wasDirect
      ? EAGER_MS * 2 ** Math.max(0, this.#tries - EAGER_TRIES + 1)
      : RARE_FIRST_MS * 2 ** this.#tries;
    return Math.min(RARE_MOST_MS, most) * (1 - JITTER * this.#random());
  }

  #after(ms: number): void {
    this.#cancel();
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#cancelTimer = null;
      this.#tries += 1;
      this.#begin();
      // It could not even begin.
      if (this.#wanted && this.#cancelTimer === null) this.#after(this.#wait());
    });
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
