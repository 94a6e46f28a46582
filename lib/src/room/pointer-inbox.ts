/** A peer's pointer as it arrives: newest wins, times on this page's clock. */
import type { Clock } from "../clock.ts";
import type { PathKind } from "../path/path.ts";
import {
  type CursorBatch,
  type CursorHiddenEntry,
  NUMBER_RANGE,
  SampleOrder,
} from "../wire/index.ts";
import type { CursorSample } from "./types.ts";

/** A clock offset seen longer ago than this no longer counts: clocks drift, paths change. */
const OFFSET_FOR_MS = 30_000;
/**
 * A new offset comes in with this time constant, in milliseconds, and is all but there after three of
 * it: times that step make drawings jump. Larger differences than it would turn times back, and step.
 */
const SLEW_MS = 100;

export class PointerInbox {
  readonly #clock: Clock;
  readonly #order = new SampleOrder();
  #offset: { readonly ms: number; readonly at: number } | null = null;
  /** What samples get of the offset. */
  #slewed = Number.NaN;
  #slewedAt = 0;
  #path: PathKind | null = null;
  #lastSenderTime = 0;
  #last: CursorSample | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Newest sample; null when hidden. */
  get last(): CursorSample | null {
    return this.#last;
  }

  /** It is hidden, whatever its peer says of it. */
  forget(): void {
    this.#last = null;
  }

  /** The new samples of a batch, oldest first. `path`: what carries the peer's frames now. */
  accept(batch: CursorBatch, path: PathKind = "server"): CursorSample[] {
    const now = this.#clock.now();
    const { pressed, pointerType, frame } = batch;
    const fresh: { readonly x: number; readonly y: number; readonly time: number }[] = [];
    batch.samples.forEach(({ x, y, time }, i) => {
      const whole = this.#order.accept(time, (batch.number + i) % NUMBER_RANGE, now);
      if (whole !== undefined) fresh.push({ x, y, time: whole });
    });
    const newest = fresh.at(-1);
    if (newest === undefined) return [];
    if (path !== this.#path) this.#offset = null;
    this.#path = path;
    const offset = this.#learn(newest.time, now);
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
  #learn(senderTime: number, now: number): number {
    const ms = now - senderTime;
    const jumped = Math.abs(senderTime - this.#lastSenderTime) > OFFSET_FOR_MS;
    this.#lastSenderTime = senderTime;
    let offset = this.#offset;
    if (offset === null || jumped || ms <= offset.ms || now - offset.at > OFFSET_FOR_MS) {
      offset = this.#offset = { ms, at: now };
    }
    const left = offset.ms - this.#slewed;
    const share = Math.min(1, (now - this.#slewedAt) / SLEW_MS);
    this.#slewedAt = now;
    this.#slewed = Math.abs(left) < SLEW_MS ? this.#slewed + left * share : offset.ms;
    return this.#slewed;
  }
}
