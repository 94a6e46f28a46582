/**
 * The knock: while a newcomer still shakes hands, members are asked for their present cursor, so
 * that it is there with the first frame after `welcome`. A favour that anybody could ask for
 * without ever joining, so it is limited in every direction.
 */
import type { Clock } from "../../lib/src/clock.ts";
import { Bucket } from "./bucket.ts";

/** Most members asked by one knock. */
export const KNOCK_MEMBERS = 32;

/** Knocks a second in one room. */
export const KNOCKS_PER_ROOM = 4;

/** Knocks of one address: at once (a class room behind one NAT), and a second in the long run. */
const ADDRESS_BURST = 32;
const ADDRESS_PER_SECOND = 4;

/** Addresses remembered before those at rest are forgotten. */
const MAX_ADDRESSES = 10_000;

/** What is held for one newcomer until it is admitted. */
export const HELD_FRAMES = 64;
export const HELD_BYTES = 8 * 1024;

export interface HeldFrame {
  /** Handle of the member that sent it. */
  readonly sender: number;
  readonly frame: Uint8Array;
}

/** A handle kept for a newcomer, and what members sent there before it was admitted. */
export class Reservation {
  readonly handle: number;
  /** The newcomer knocks at another node, which knows it by this token. */
  readonly elsewhere: { readonly node: string; readonly token: number } | undefined;
  readonly #frames: HeldFrame[] = [];
  #bytes = 0;

  constructor(handle: number, elsewhere?: Reservation["elsewhere"]) {
    this.handle = handle;
    this.elsewhere = elsewhere;
  }

  /** Keeps a copy; false when there is no room left. */
  hold(sender: number, frame: Uint8Array): boolean {
    if (this.#frames.length >= HELD_FRAMES || this.#bytes + frame.length > HELD_BYTES) return false;
    // A copy of its own: the view would keep the whole chunk alive that it was read with.
    this.#frames.push({ sender, frame: Uint8Array.from(frame) });
    this.#bytes += frame.length;
    return true;
  }

  take(): readonly HeldFrame[] {
    this.#bytes = 0;
    return this.#frames.splice(0);
  }
}

/** How often one address may make the members of rooms send something. */
export class KnockLimit {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  allows(address: string): boolean {
    let bucket = this.#buckets.get(address);
    if (!bucket) {
      if (this.#buckets.size >= MAX_ADDRESSES) this.#forget();
      // With every place taken by somebody busy, nobody new is let in: the memory is bounded.
      if (this.#buckets.size >= MAX_ADDRESSES) return false;
      bucket = new Bucket(this.#clock, ADDRESS_BURST, ADDRESS_PER_SECOND);
      this.#buckets.set(address, bucket);
    }
    return bucket.take();
  }

  #forget(): void {
    for (const [address, bucket] of this.#buckets) {
      if (bucket.full) this.#buckets.delete(address);
    }
  }
}
