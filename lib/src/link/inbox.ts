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

export type InboxOutcome = "delivered" | "held" | "duplicate" | "dropped";
/** What a hello meant: the first, one seen before, a new incarnation of a known peer, or an old one. */
export type HelloOutcome = "first" | "same" | "reset" | "old";

interface Held {
  /** Number in the other stream that must have been delivered before; 0: none. */
  readonly after: number;
  readonly entry: Uint8Array;
}

export class Inbox {
  readonly #deliver: (entry: Uint8Array) => void;
  #incarnation = 0;
  #nextAll = 1;
  #nextTo = 1;
  readonly #all = new Map<number, Held>();
  readonly #to = new Map<number, Held>();
  #heldBytes = 0;
  #delivering = false;

  constructor(deliver: (entry: Uint8Array) => void) {
    this.#deliver = deliver;
  }

  /** Incarnation of the sender whose frames are taken; 0 before its first hello. */
  get incarnation(): number {
    return this.#incarnation;
  }
  get nextAll(): number {
    return this.#nextAll;
  }
  get nextTo(): number {
    return this.#nextTo;
  }

  /** Takes up a new incarnation. What is held of it already comes with {@link release}. */
  hello(hello: Hello): HelloOutcome {
    if (hello.incarnation < this.#incarnation) return "old";
    if (hello.incarnation === this.#incarnation) return "same";
    const first = this.#incarnation === 0;
    this.#incarnation = hello.incarnation;
    // A peer never uses a number twice. Frames that overtook their hello may have been delivered, as
    // following those before: they must not come again.
    this.#nextAll = Math.max(this.#nextAll, hello.nextAll);
    this.#nextTo = Math.max(this.#nextTo, hello.nextTo);
    this.#dropBelow(this.#all, this.#nextAll);
    this.#dropBelow(this.#to, this.#nextTo);
    return first ? "first" : "reset";
  }

  /** Delivers what was held until its incarnation was known, and the app told of it. */
  release(): void {
    this.#advance();
  }

  accept(frame: ReliableFrame): InboxOutcome {
    const isTo = frame.kind === "to";
    const held = isTo ? this.#to : this.#all;
    if (frame.number < (isTo ? this.#nextTo : this.#nextAll) || held.has(frame.number)) {
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
    if (this.#incarnation === 0) return "held";
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
        if (all !== undefined && all.after < this.#nextTo) {
          this.#all.delete(this.#nextAll++);
          this.#pass(all);
          continue;
        }
        const to = this.#to.get(this.#nextTo);
        if (to !== undefined && to.after < this.#nextAll) {
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
    this.#deliver(held.entry);
  }

  #dropBelow(held: Map<number, Held>, next: number): void {
    for (const [number, { entry }] of held) {
      if (number >= next) continue;
      held.delete(number);
      this.#heldBytes -= entry.length;
    }
  }
}
