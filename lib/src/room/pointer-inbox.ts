/** A peer's pointer as it arrives: newest wins, times on this page's clock. */
import type { Clock } from "../clock.ts";
import {
  type CursorBatch,
  type CursorHiddenEntry,
  NUMBER_RANGE,
  SampleOrder,
} from "../wire/index.ts";
import type { CursorSample } from "./types.ts";

/** A clock offset seen longer ago than this no longer counts: clocks drift, paths change. */
const OFFSET_FOR_MS = 30_000;

export class PointerInbox {
  readonly #clock: Clock;
  readonly #order = new SampleOrder();
  #offset: { readonly ms: number; readonly at: number } | null = null;
  #lastSenderTime = 0;
  #last: CursorSample | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Newest sample; null when hidden. */
  get last(): CursorSample | null {
    return this.#last;
  }

  /** The new samples of a batch, oldest first. */
  accept(batch: CursorBatch): CursorSample[] {
    const now = this.#clock.now();
    const { pressed, pointerType, frame } = batch;
    const fresh: { readonly x: number; readonly y: number; readonly time: number }[] = [];
    batch.samples.forEach(({ x, y, time }, i) => {
      const whole = this.#order.accept(time, (batch.number + i) % NUMBER_RANGE, now);
      if (whole !== undefined) fresh.push({ x, y, time: whole });
    });
    const newest = fresh.at(-1);
    if (newest === undefined) return [];
    this.#learn(newest.time, now);
    const offset = this.#offset?.ms ?? 0;
    const samples = fresh.map(({ x, y, time }) =>
      Object.freeze({ x, y, time: time + offset, pressed, pointerType, frame }),
    );
    this.#last = samples.at(-1) ?? null;
    return samples;
  }

  /** The pointer left. False when that is old news. */
  hide({ time, number }: CursorHiddenEntry): boolean {
    const now = this.#clock.now();
    // It may have come back meanwhile, told by the faster lane.
    if (this.#order.isBefore(time, number, now)) return false;
    this.#order.accept(time, number, now);
    const wasShown = this.#last !== null;
    this.#last = null;
    return wasShown;
  }

  /** Our clock minus the sender's plus the way here: the smallest seen is the least delayed. */
  #learn(senderTime: number, now: number): void {
    const ms = now - senderTime;
    const jumped = Math.abs(senderTime - this.#lastSenderTime) > OFFSET_FOR_MS;
    this.#lastSenderTime = senderTime;
    const { ms: least, at } = this.#offset ?? { ms: Number.POSITIVE_INFINITY, at: 0 };
    if (jumped || ms <= least || now - at > OFFSET_FOR_MS) this.#offset = { ms, at: now };
  }
}
