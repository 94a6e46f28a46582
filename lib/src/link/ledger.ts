/** What the members of a simulation sent each other, and whether every promise of a link was kept. */
import type { Clock } from "../clock.ts";

/** A message is given up only about when one of the two left, or seemed to. */
const ABOUT_THEN_MS = 20_000;

/** One call to `send`, as far as one receiver is concerned. */
interface Sent {
  readonly at: number;
  /** False: the sender took the receiver for gone, and spoke to the others. */
  readonly addressed: boolean;
  delivered: boolean;
  /** Entries of it that are neither acknowledged nor missed. */
  open: number;
}

/** What one member has of another. */
interface Heard {
  /** The highest call delivered. */
  call: number;
  /** Since when its app believes the other to be there; null while it does not. */
  since: number | null;
  /** Something was delivered since then, so that what does not follow is missing. */
  follows: boolean;
  /** It was told that it missed something since the last delivery. */
  told: boolean;
  /** Entries delivered of the call that is not whole. */
  parts: number;
}

export interface Party {
  readonly id: string;
  /** When it last left, came back, or took somebody for gone. */
  readonly lastChange: number;
}

export class Ledger {
  readonly #clock: Clock;
  readonly #fail: (text: string) => void;
  readonly counts = { sent: 0, delivered: 0, missed: 0, told: 0 };
  readonly #calls = new Map<string, Map<number, Sent>>();
  readonly #heard = new Map<string, Heard>();

  constructor(clock: Clock, fail: (text: string) => void) {
    this.#clock = clock;
    this.#fail = fail;
  }

  /** A call of so many entries; none: it is not addressed to this one. */
  sent(from: Party, to: Party, call: number, entries: number): void {
    this.counts.sent += 1;
    this.#callsOf(from, to).set(call, {
      at: this.#clock.now(),
      addressed: entries > 0,
      delivered: false,
      open: entries,
    });
  }

  settled(from: Party, to: Party, call: number, missed: boolean): void {
    const sent = this.#callsOf(from, to).get(call);
    const what = `message ${call} of ${from.id} to ${to.id}`;
    if (sent === undefined || sent.open === 0) {
      this.#fail(`${what} settled twice`);
      return;
    }
    sent.open -= 1;
    if (!missed) {
      if (!sent.delivered) this.#fail(`${what} acknowledged, not delivered`);
      return;
    }
    this.counts.missed += 1;
    const changed = Math.max(from.lastChange, to.lastChange);
    if (changed < sent.at - ABOUT_THEN_MS) this.#fail(`${what} missed although both stayed`);
  }

  /** Entry `index` of a call arrived. Returns whether the message is whole. */
  delivered(from: Party, to: Party, call: number, index: number, entries: number): boolean {
    const calls = this.#callsOf(from, to);
    const sent = calls.get(call);
    const heard = this.#heardOf(from, to);
    const what = `message ${call} of ${from.id} at ${to.id}`;
    if (index !== heard.parts) this.#fail(`${what}: part ${index} after ${heard.parts} parts`);
    heard.parts = index + 1;
    if (heard.parts < entries) return false;
    heard.parts = 0;
    if (sent?.addressed !== true) this.#fail(`${what} was not addressed to it`);
    else if (sent.delivered) this.#fail(`${what} twice`);
    else sent.delivered = true;
    if (call <= heard.call) this.#fail(`${what} after ${heard.call}`);
    if (heard.follows && !heard.told) {
      for (let before = heard.call + 1; before < call; before++) {
        if (calls.get(before)?.delivered === false) {
          this.#fail(`${what}, but ${before} never came and nobody said so`);
        }
      }
    }
    Object.assign(heard, { call, told: false, follows: true });
    this.counts.delivered += 1;
    return true;
  }

  /** A new incarnation: what is not whole comes again. */
  reset(from: Party, to: Party, missed: boolean): void {
    const heard = this.#heardOf(from, to);
    heard.parts = 0;
    if (!missed) return;
    this.counts.told += 1;
    heard.told = true;
    const { since, follows } = heard;
    const truly = [...this.#callsOf(from, to)].some(
      ([call, { at, delivered }]) =>
        !delivered && call > heard.call && since !== null && (follows || at >= since),
    );
    if (!truly) this.#fail(`${to.id} was told that it missed something of ${from.id}, but has all`);
  }

  /** A link to somebody who was not there before, as far as its app knows. */
  met(from: Party, to: Party): void {
    const heard = this.#heardOf(from, to);
    heard.since ??= this.#clock.now();
    heard.parts = 0;
  }

  /** The app was told that it left. */
  parted(from: Party, to: Party): void {
    Object.assign(this.#heardOf(from, to), { since: null, follows: false, told: false });
  }

  /** Messages of one member that are neither acknowledged nor missed. */
  unsettled(from: Party): number {
    let count = 0;
    for (const [key, calls] of this.#calls) {
      if (!key.startsWith(`${from.id} `)) continue;
      for (const { open } of calls.values()) if (open > 0) count += 1;
    }
    return count;
  }

  #callsOf(from: Party, to: Party): Map<number, Sent> {
    const key = `${from.id} ${to.id}`;
    let calls = this.#calls.get(key);
    if (calls === undefined) {
      calls = new Map();
      this.#calls.set(key, calls);
    }
    return calls;
  }

  #heardOf(from: Party, to: Party): Heard {
    const key = `${from.id} ${to.id}`;
    let heard = this.#heard.get(key);
    if (heard === undefined) {
      heard = { call: 0, since: null, follows: false, told: false, parts: 0 };
      this.#heard.set(key, heard);
    }
    return heard;
  }
}
