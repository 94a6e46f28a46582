/**
 * The receiving half of a link: puts the reliable frames of one peer into the order of its calls,
 * each exactly once, whatever path brought them, how often and in what order.
 *
 * Two streams are numbered apart, `all` and `to`. A frame may name a frame of the other stream that
 * it follows; with that, the order of the sender's calls is the only order that both allow.
 */
import type { Hello, ReliableFrame } from "../wire/frame.ts";

/** Held frames beyond these are dropped (the sender repeats them): a hostile gap costs no more. */
const MAX_HELD_FRAMES = 16_384;
const MAX_HELD_BYTES = 5 * 1024 * 1024;

/** Where a peer's streams stand with us. */
export interface Place {
  /** Incarnation of the peer whose frames are taken; 0 before its first hello. */
  readonly incarnation: number;
  /** The next number of each stream; all below was delivered, or will never come. */
  readonly nextAll: number;
  readonly nextTo: number;
}

export type InboxOutcome = "delivered" | "held" | "duplicate" | "dropped";

interface Held {
  /** Number in the other stream that must have been delivered before; 0: none. */
  readonly after: number;
  readonly entry: Uint8Array;
}

export class Inbox {
  readonly #deliver: (entry: Uint8Array) => boolean;
  readonly #mayDeliver: (entry: Uint8Array) => boolean;
  #place: Place;
  #nextAll: number;
  #nextTo: number;
  readonly #all = new Map<number, Held>();
  readonly #to = new Map<number, Held>();
  #heldBytes = 0;
  #delivering = false;

  /**
   * `deliver` returns whether what the entry belongs to is whole with it; `place`: where a former link
   * to the same peer stood. An entry that `mayDeliver` is false for waits with all behind it until
   * {@link release}, or until its sender says it again.
   */
  constructor(
    deliver: (entry: Uint8Array) => boolean,
    place: Place,
    mayDeliver: (entry: Uint8Array) => boolean = () => true,
  ) {
    this.#deliver = deliver;
    this.#mayDeliver = mayDeliver;
    this.#place = place;
    this.#nextAll = place.nextAll;
    this.#nextTo = place.nextTo;
  }

  /** Does not count the parts of what is not whole: whoever takes over from here needs them again. */
  get place(): Place {
    return this.#place;
  }

  /**
   * Takes up a new incarnation, and forgets a part of what is not whole. What is held of it already
   * comes with {@link release}.
   */
  hello({ incarnation, nextAll, nextTo }: Hello): void {
    const { place } = this;
    // A peer never uses a number twice. Frames that overtook their hello may have been delivered, as
    // following those before: they must not come again.
    this.#nextAll = Math.max(place.nextAll, nextAll);
    this.#nextTo = Math.max(place.nextTo, nextTo);
    this.#place = { incarnation, nextAll: this.#nextAll, nextTo: this.#nextTo };
    this.#dropBelow(this.#all, this.#nextAll);
    this.#dropBelow(this.#to, this.#nextTo);
  }

  /**
   * Delivers what was held: until its incarnation was known, and the app told of it; or until it was
   * known that its sender may say it.
   */
  release(): void {
    if (this.#place.incarnation > 0) this.#advance();
  }

  accept(frame: ReliableFrame): InboxOutcome {
    const isTo = frame.kind === "to";
    const held = isTo ? this.#to : this.#all;
    const known = held.has(frame.number);
    if (frame.number < (isTo ? this.#nextTo : this.#nextAll) || known) {
      if (known) this.release();
      return "duplicate";
    }
    const next = isTo ? this.#nextTo : this.#nextAll;
    if (
      frame.number !== next &&
      (held.size >= MAX_HELD_FRAMES || this.#heldBytes + frame.entry.length > MAX_HELD_BYTES)
    ) {
      return "dropped";
    }
    const after = isTo ? frame.afterAll : frame.kind === "allCopy" ? frame.afterTo : 0;
    held.set(frame.number, { after, entry: frame.entry });
    this.#heldBytes += frame.entry.length;
    if (this.#place.incarnation === 0) return "held";
    this.#advance();
    return held.has(frame.number) ? "held" : "delivered";
  }

  #advance(): void {
    // A listener may send, and so come back here; the loop further out goes on then.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (;;) {
        const all = this.#all.get(this.#nextAll);
        if (all !== undefined && all.after < this.#nextTo && this.#mayDeliver(all.entry)) {
          this.#all.delete(this.#nextAll++);
          this.#pass(all);
          continue;
        }
        const to = this.#to.get(this.#nextTo);
        if (to !== undefined && to.after < this.#nextAll && this.#mayDeliver(to.entry)) {
          this.#to.delete(this.#nextTo++);
          this.#pass(to);
          continue;
        }
        return;
      }
    } finally {
      this.#delivering = false;
    }
  }

  #pass(held: Held): void {
    this.#heldBytes -= held.entry.length;
    const before = this.#place;
    // Before, because a listener may close the link: what it hears it has.
    this.#place = { ...before, nextAll: this.#nextAll, nextTo: this.#nextTo };
    if (!this.#deliver(held.entry)) this.#place = before;
  }

  #dropBelow(held: Map<number, Held>, next: number): void {
    for (const [number, { entry }] of held) {
      if (number >= next) continue;
      held.delete(number);
      this.#heldBytes -= entry.length;
    }
  }
}
