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
/** Longer than anybody takes from knocking to being announced. */
const HIDDEN_LATELY_MS = 10_000;
/** Samples gathered before a batch goes out early: a second of the fastest mice. */
const MAX_GATHERED = 1024;

export interface CursorOutlet {
  /** Whether anybody is there to see it. */
  anybody(): boolean;
  latest(frame: Uint8Array): void;
  /** False when there is no room for it now; it is offered again then. */
  reliable(entry: Uint8Array): boolean;
}

export class CursorSender {
  readonly #clock: Clock;
  readonly #outlet: CursorOutlet;
  #gathered: CursorSample[] = [];
  #number = 0;
  #last: CursorSample | null = null;
  #lastFrame: Uint8Array | null = null;
  #lastSent = Number.NEGATIVE_INFINITY;
  #hidden: { readonly entry: Uint8Array; readonly at: number } | null = null;
  #cancelFlush: (() => void) | null = null;
  /** Of what goes reliably: the final sample, or that the pointer is hidden. */
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
    this.#hidden = null;
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
    const whole = Math.round(last.time) % TIME_RANGE_MS;
    const time = whole < 0 ? whole + TIME_RANGE_MS : whole;
    const number = (this.#number + NUMBER_RANGE - 1) % NUMBER_RANGE;
    const entry = encodeEntry({ kind: "cursorHidden", time, number });
    this.#hidden = { entry, at: this.#clock.now() };
    this.#settle(entry);
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

  /** For a newcomer that was told of the pointer when it knocked and not that it is hidden since. */
  hiddenLately(): Uint8Array | null {
    const { entry, at } = this.#hidden ?? { entry: null, at: 0 };
    return this.#clock.now() - at <= HIDDEN_LATELY_MS ? entry : null;
  }

  /** Forgets the pointer and leaves no timer. */
  stop(): void {
    this.#cancelFlush?.();
    this.#cancelStill?.();
    this.#cancelFlush = this.#cancelStill = null;
    this.#gathered = [];
    // Where the pointer will be when the room begins again, nobody knows.
    this.#last = this.#lastFrame = this.#hidden = null;
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
    const frame =
      last === undefined ? null : this.#encodeOne(last, this.#number + NUMBER_RANGE - 1);
    this.#lastFrame = frame;
    if (frame === null) return;
    this.#afterRest(() => this.#settle(encodeEntry({ kind: "cursor", frame })));
  }

  /** What is true from now on goes reliably, again and again until there is room for it. */
  #settle(entry: Uint8Array): void {
    this.#cancelStill?.();
    this.#cancelStill = null;
    if (!this.#outlet.anybody() || this.#outlet.reliable(entry)) return;
    this.#afterRest(() => this.#settle(entry));
  }

  #afterRest(task: () => void): void {
    this.#cancelStill?.();
    this.#cancelStill = this.#clock.after(STILL_AFTER_MS, task);
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
