/**
 * One's own pointer on its way out: samples are gathered into batches for the latest lane, and the
 * last one goes once more on the reliable lane when the pointer rests, so that it always arrives.
 */
import type { Clock } from "../clock.ts";
import {
  cursorBatches,
  encodeCursor,
  encodeEntry,
  NUMBER_RANGE,
  TIME_RANGE_MS,
} from "../wire/index.ts";
import type { CursorSample } from "./types.ts";

/** Between batches: one frame of a 60 Hz screen. */
export const CURSOR_INTERVAL_MS = 16;
/** A pointer that rested this long has its last sample sent reliably. */
export const STILL_AFTER_MS = 100;
/** Who is about to join is told of a cursor that moved within this time. */
export const KNOCK_WITHIN_MS = 2_000;
/** Samples gathered before a batch goes out early: a second of the fastest mice. */
const MAX_GATHERED = 1024;

export interface CursorOutlet {
  /** Whether anybody is there to see it. */
  anybody(): boolean;
  latest(frame: Uint8Array): void;
  reliable(entry: Uint8Array): void;
}

export class CursorSender {
  readonly #clock: Clock;
  readonly #outlet: CursorOutlet;
  #gathered: CursorSample[] = [];
  #number = 0;
  #last: CursorSample | null = null;
  #lastFrame: Uint8Array | null = null;
  #lastSent = Number.NEGATIVE_INFINITY;
  #cancelFlush: (() => void) | null = null;
  #cancelStill: (() => void) | null = null;

  constructor(clock: Clock, outlet: CursorOutlet) {
    this.#clock = clock;
    this.#outlet = outlet;
  }

  /** Where the pointer is; null while hidden. */
  get position(): CursorSample | null {
    return this.#last;
  }

  move(sample: CursorSample): void {
    this.#last = sample;
    if (!this.#outlet.anybody()) {
      // Nothing is sent alone; whoever comes is told where it is.
      this.#lastFrame = null;
      this.#gathered = [];
      return;
    }
    this.#gathered.push(sample);
    if (this.#gathered.length >= MAX_GATHERED) this.#flush();
    const wait = this.#lastSent + CURSOR_INTERVAL_MS - this.#clock.now();
    if (wait <= 0) this.#flush();
    else this.#cancelFlush ??= this.#clock.after(wait, () => this.#flush());
  }

  hide(): void {
    const last = this.#last;
    if (last === null) return;
    this.#flush();
    this.#last = this.#lastFrame = null;
    this.#cancelStill?.();
    this.#cancelStill = null;
    if (!this.#outlet.anybody()) return;
    const time = Math.round(last.time) % TIME_RANGE_MS;
    this.#outlet.reliable(
      encodeEntry({ kind: "cursorHidden", time, number: (this.#number + 255) % NUMBER_RANGE }),
    );
  }

  /** The present position as a frame for a newcomer; null while hidden. */
  present(): Uint8Array | null {
    if (this.#last === null) return null;
    this.#lastFrame ??= this.#encode([this.#last]).at(-1) ?? null;
    return this.#lastFrame;
  }

  /** The same, if it moved lately. */
  presentIfMoving(): Uint8Array | null {
    const moving = this.#last !== null && this.#clock.now() - this.#last.time <= KNOCK_WITHIN_MS;
    return moving ? this.present() : null;
  }

  stop(): void {
    this.#cancelFlush?.();
    this.#cancelStill?.();
    this.#cancelFlush = this.#cancelStill = null;
    this.#gathered = [];
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const samples = this.#gathered;
    if (samples.length === 0) return;
    this.#gathered = [];
    this.#lastSent = this.#clock.now();
    for (const frame of this.#encode(samples)) this.#outlet.latest(frame);
    const last = samples.at(-1);
    // Numbered like the sample that just went out, so that who has that one ignores it.
    if (last !== undefined) this.#lastFrame = this.#encodeOne(last, this.#number + 255);
    this.#cancelStill?.();
    this.#cancelStill = this.#clock.after(STILL_AFTER_MS, () => this.#rest());
  }

  #rest(): void {
    this.#cancelStill = null;
    if (this.#lastFrame === null || !this.#outlet.anybody()) return;
    this.#outlet.reliable(encodeEntry({ kind: "cursor", frame: this.#lastFrame }));
  }

  #encode(samples: readonly CursorSample[]): Uint8Array[] {
    const frames = cursorBatches(samples, this.#number).map(encodeCursor);
    this.#number = (this.#number + samples.length) % NUMBER_RANGE;
    return frames;
  }

  #encodeOne(sample: CursorSample, number: number): Uint8Array | null {
    const [batch] = cursorBatches([sample], number % NUMBER_RANGE);
    return batch === undefined ? null : encodeCursor(batch);
  }
}
