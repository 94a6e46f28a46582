/**
 * One's own pointer on its way out: samples are gathered into batches for the latest lane, and the
 * last one goes once more on the reliable lane when the pointer rests, so that it always arrives.
 */
import type { Clock } from "../clock.ts";
import { surfaceOf } from "../signaling/interest.ts";
import {
  cursorBatches,
  encodeCursor,
  encodeEntry,
  MAX_BATCH_SAMPLES,
  NUMBER_RANGE,
  TIME_RANGE_MS,
} from "../wire/index.ts";
import { Turns, type TurnsOptions } from "./turns.ts";
import type { CursorSample } from "./types.ts";

/** A pointer that rested this long has its last sample sent reliably. */
export const STILL_AFTER_MS = 100;
/** Who is about to join is told of a cursor that moved within this time. */
export const KNOCK_WITHIN_MS = 2_000;
/** Longer than anybody takes from knocking to being announced. */
const HIDDEN_LATELY_MS = 10_000;
/** Samples kept for those who are told least often: a second of the fastest mice. */
const MAX_RECENT = 1024;

export interface CursorOutlet<R> extends TurnsOptions<R> {
  latest(frame: Uint8Array, receivers: readonly R[]): void;
  /** To everybody. False when there is no room for it now; it is offered again then. */
  reliable(entry: Uint8Array): boolean;
}

export class CursorSender<R extends object> {
  readonly #clock: Clock;
  readonly #outlet: CursorOutlet<R>;
  readonly #turns: Turns<R>;
  #recent: CursorSample[] = [];
  /** Of the next sample. */
  #number = 0;
  #last: CursorSample | null = null;
  #movedAt = 0;
  #hidden: { readonly entry: Uint8Array; readonly at: number } | null = null;
  /** Of what goes reliably: the final sample, or that the pointer is hidden. */
  #cancelSettle: (() => void) | null = null;

  constructor(clock: Clock, outlet: CursorOutlet<R>) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#turns = new Turns(clock, outlet, (receivers, lack) => {
      for (const frame of this.#encode(thinned(this.#recent.slice(-lack)))) {
        outlet.latest(frame, receivers);
      }
      this.#settleAfter(STILL_AFTER_MS);
    });
  }

  move(sample: CursorSample): void {
    const leaves = this.#last !== null && surfaceOf(this.#last.frame) !== surfaceOf(sample.frame);
    // The way to the edge, before what says that it is elsewhere.
    if (leaves) this.#turns.flush();
    this.#last = sample;
    this.#number = (this.#number + 1) % NUMBER_RANGE;
    this.#movedAt = this.#clock.now();
    this.#hidden = null;
    // Nothing is sent alone; whoever comes is told where it is.
    if (this.#outlet.receivers().length === 0) return;
    if (leaves) this.#leave();
    this.#recent.push(sample);
    if (this.#recent.length > 2 * MAX_RECENT) this.#recent = this.#recent.slice(-MAX_RECENT);
    this.#turns.next();
  }

  hide(): void {
    const last = this.#last;
    if (last === null) return;
    this.#last = null;
    const whole = Math.round(last.time) % TIME_RANGE_MS;
    const time = whole < 0 ? whole + TIME_RANGE_MS : whole;
    const number = (this.#number + NUMBER_RANGE - 1) % NUMBER_RANGE;
    const entry = encodeEntry({ kind: "cursorHidden", time, number });
    this.#hidden = { entry, at: this.#clock.now() };
    this.#settle();
  }

  /** The present position as a frame for a newcomer; null while hidden. */
  present(): Uint8Array | null {
    // Numbered like the sample that went out, so that who has that one ignores it.
    return this.#last === null ? null : (this.#encode([this.#last])[0] ?? null);
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
    this.#turns.stop();
    this.#unsettle();
    this.#recent = [];
    // Where the pointer will be when the room begins again, nobody knows.
    this.#last = this.#hidden = null;
  }

  /** Reliably: who watches the surface it left, and no other, must see it go. */
  #leave(): void {
    const frame = this.present();
    if (frame !== null) this.#outlet.reliable(encodeEntry({ kind: "cursor", frame }));
  }

  /** What is true from now on goes reliably, again and again until there is room for it. */
  #settle(): void {
    this.#unsettle();
    const frame = this.present();
    const wait = frame === null ? 0 : this.#movedAt + STILL_AFTER_MS - this.#clock.now();
    if (wait > 0) {
      this.#settleAfter(wait);
      return;
    }
    // First the way there, for those who are told less often: afterwards it would be old.
    this.#turns.flush();
    this.#unsettle();
    this.#recent = [];
    const entry = frame === null ? this.#hidden?.entry : encodeEntry({ kind: "cursor", frame });
    if (entry === undefined || this.#outlet.receivers().length === 0) return;
    if (!this.#outlet.reliable(entry)) this.#settleAfter(STILL_AFTER_MS);
  }

  #unsettle(): void {
    this.#cancelSettle?.();
    this.#cancelSettle = null;
  }

  #settleAfter(ms: number): void {
    this.#cancelSettle ??= this.#clock.after(ms, () => this.#settle());
  }

  /** The last of these samples is the last that there was. */
  #encode(samples: readonly CursorSample[]): Uint8Array[] {
    const first = this.#number - samples.length + NUMBER_RANGE;
    return cursorBatches(samples, first).map(encodeCursor);
  }
}

/** Every n-th sample, the last one among them, where one frame could not hold them all. */
function thinned(samples: readonly CursorSample[]): readonly CursorSample[] {
  const step = Math.ceil(samples.length / MAX_BATCH_SAMPLES);
  return samples.filter((_, i) => (samples.length - 1 - i) % step === 0);
}
