/**
 * One remote pointer's movement, played back: a jitter buffer of samples, read a little behind their
 * time, and a curve through them. Pure: time and places come in, the place to draw comes out.
 */
import type { CursorSample, PointerKind } from "../../room/types.ts";
import type { Point } from "../coordinates.ts";
import { curveAt, type Knot } from "./curve.ts";
import { AdaptiveDelay } from "./delay.ts";
import { modes, type Tuning } from "./modes.ts";

/** Samples kept: half a second of the fastest mice. Further behind than that nothing is drawn. */
const MOST_KEPT = 512;
/**
 * A pointer reports at least once a frame while it moves. Between samples further apart than this it
 * rested, in milliseconds: three frames, so that a lost sample or two do not stop it.
 */
const REST_MS = 60;
/** Unless it went further than this meanwhile, in pixels: then samples were lost. */
const REST_PX = 24;
/** Nobody loses samples for so long, in milliseconds: it rested, or was elsewhere. */
const LOSS_MS = 160;
/** How long before the sample that ends a rest the pointer began to move: a frame at 60 Hz. */
const START_MS = 16;
/** Further than this after a rest, in pixels, is no movement that was seen: it left and came back. */
const TELEPORT_PX = 100;
/** Faster than this, in pixels a millisecond, no hand moves across a screen … */
const TELEPORT_SPEED = 40;
/** … and shorter jumps than this, in pixels, are a hand's whatever speed two close times make of them. */
const TELEPORT_LEAST_PX = 400;
/** A sample's time may lie this far after its arrival, in milliseconds: clocks are not exact. */
const AHEAD_MS = 50;
/** A frame that lasted longer than this was spent elsewhere: the drawing is simply there after it. */
const LONG_FRAME_MS = 250;
/** A correction below this is over, in pixels. */
const CORRECTED_PX = 0.05;

/** What is to be drawn. */
export interface Drawn extends Point {
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
}

interface Entry extends Knot {
  /** Null: hidden from this time on. */
  readonly sample: CursorSample | null;
  x: number;
  y: number;
  /** It has a place on this page. */
  placed: boolean;
  /** It is not reached by moving there. */
  snaps: boolean;
  /** Its turn came. */
  passed: boolean;
}

export class Playback {
  readonly #toLocal: (sample: CursorSample) => Point | null;
  readonly #tuning: Tuning;
  readonly #delay: AdaptiveDelay;
  /** In the order of time. One before that which is drawn is kept: it shapes the curve. */
  readonly #entries: Entry[] = [];
  /** How many at the end of the entries were not given a place yet. */
  #unmapped = 0;
  /** What is drawn, on the clock of the samples. Never goes back. */
  #playhead = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Where the curve was at the playhead; null when nothing was drawn. */
  #curve: Point | null = null;
  #bent = false;
  /** From the curve to what is drawn: late news bends the curve, and the drawing must not jump. */
  #offX = 0;
  #offY = 0;
  #moving = false;

  /** `toLocal` says where a sample lies, in pixels to draw at; null where it has no place. */
  constructor(toLocal: (sample: CursorSample) => Point | null, tuning: Tuning = modes.balanced) {
    this.#toLocal = toLocal;
    this.#tuning = tuning;
    this.#delay = new AdaptiveDelay(tuning.delay);
  }

  /** A later `read` may give something else, without any news. */
  get moving(): boolean {
    return this.#moving;
  }

  /** How far behind the samples' times it is drawn, in milliseconds. */
  get delay(): number {
    return this.#delay.ms;
  }

  /** How many samples it holds; bounded. */
  get kept(): number {
    return this.#entries.length;
  }

  /** Samples that arrived at `now`, oldest first. */
  add(samples: readonly CursorSample[], now: number): void {
    let first = true;
    for (const sample of samples) {
      if (!Number.isFinite(sample.time)) continue;
      const time = Math.min(sample.time, now + AHEAD_MS);
      if (time < (this.#entries.at(-1)?.time ?? time)) this.#restart();
      const last = this.#entries.at(-1);
      if (first) this.#learn(last, time, now);
      first = false;
      // Of two samples in one millisecond the later one counts.
      if (last?.time === time && last.sample !== null) {
        this.#entries.pop();
        this.#unmapped = Math.max(0, this.#unmapped - 1);
      }
      this.#push(sample, time);
    }
    // A hidden tab reads nothing, and must not gather what it will never draw.
    this.#dropBefore(now - this.#delay.ms - LONG_FRAME_MS);
  }

  /** It is gone when the newest sample's turn comes. */
  hide(): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.sample !== null) this.#push(null, last.time);
  }

  /** The layout changed: every sample's place is asked for anew. */
  remap(): void {
    this.#unmapped = this.#entries.length;
    this.#curve = null;
    this.#moving = this.#unmapped > 0;
  }

  /**
   * What to draw at `now`; null while hidden. `still`: the newest place at once, for people who asked
   * for less motion.
   */
  read(now: number, still = false): Drawn | null {
    const newest = this.#entries.at(-1);
    if (newest === undefined) return null;
    this.#map();
    const elapsed = Math.max(0, now - this.#readAt);
    this.#readAt = now;
    if (this.#playhead >= newest.time) this.#delay.settle();
    else this.#delay.advance(elapsed);
    this.#keepPlace();
    const due = still ? newest.time : now - this.#delay.ms;
    this.#playhead = Math.max(this.#playhead, due);
    this.#pass();
    const at = this.#at(this.#playhead);
    this.#curve = at;
    this.#fade(still ? Number.POSITIVE_INFINITY : elapsed);
    const resting = this.#playhead >= newest.time + this.#tuning.foresight;
    this.#moving = !resting || this.#offX !== 0 || this.#offY !== 0;
    if (at === null) return null;
    return { ...at, x: at.x + this.#offX, y: at.y + this.#offY };
  }

  #push(sample: CursorSample | null, time: number): void {
    this.#entries.push({
      sample,
      time,
      x: 0,
      y: 0,
      placed: false,
      snaps: false,
      passed: false,
    });
    if (this.#entries.length > MOST_KEPT) this.#entries.shift();
    this.#unmapped = Math.min(this.#unmapped + 1, this.#entries.length);
    this.#bent = this.#moving = true;
  }

  /** The sender's clock is another one from here on. */
  #restart(): void {
    this.#entries.length = this.#unmapped = 0;
    this.#playhead = Number.NEGATIVE_INFINITY;
    this.#curve = null;
  }

  /** With which delay these samples would have been there in time. */
  #learn(last: Entry | undefined, time: number, now: number): void {
    const rested = last === undefined || last.sample === null || time - last.time > REST_MS;
    this.#delay.learn(now - (rested ? time - START_MS : last.time));
  }

  #map(): void {
    for (let i = this.#entries.length - this.#unmapped; i < this.#entries.length; i++) {
      const entry = this.#entries[i] as Entry;
      const place = entry.sample === null ? null : this.#toLocal(entry.sample);
      entry.placed = place !== null && Number.isFinite(place.x) && Number.isFinite(place.y);
      if (entry.placed && place !== null) ({ x: entry.x, y: entry.y } = place);
      entry.snaps = isTeleport(this.#entries[i - 1], entry);
    }
    this.#unmapped = 0;
  }

  /** After news: the drawing stays where it is, and moves to the new curve from there. */
  #keepPlace(): void {
    if (!this.#bent) return;
    this.#bent = false;
    const now = this.#curve === null ? null : this.#at(this.#playhead);
    if (now === null || this.#curve === null) return;
    this.#offX += this.#curve.x - now.x;
    this.#offY += this.#curve.y - now.y;
  }

  /** The playhead went on. */
  #pass(): void {
    for (const entry of this.#entries) {
      if (entry.time > this.#playhead) break;
      if (!entry.passed && entry.snaps) this.#offX = this.#offY = 0;
      entry.passed = true;
    }
    this.#dropBefore(this.#playhead);
  }

  #dropBefore(time: number): void {
    const entries = this.#entries;
    let count = 0;
    while ((entries[count + 2]?.time ?? Number.POSITIVE_INFINITY) <= time) count++;
    if (count > 0) entries.splice(0, count);
    this.#unmapped = Math.min(this.#unmapped, entries.length);
  }

  #at(time: number): Drawn | null {
    const entries = this.#entries;
    let i = 0;
    while ((entries[i + 1]?.time ?? Number.POSITIVE_INFINITY) <= time) i++;
    const from = entries[i];
    if (from === undefined || from.sample === null || !from.placed) return null;
    const { pressed, pointerType } = from.sample;
    const { x, y } = this.#placeAt(time, i);
    return { x, y, pressed, pointerType };
  }

  /** On the curve from entry `i`, which has a place. */
  #placeAt(time: number, i: number): Point {
    const [before, from, to, after] = this.#around(i);
    if (from === undefined || time <= from.time) return from ?? ORIGIN;
    if (to === undefined) return foreseen(time, before, from, this.#tuning.foresight);
    if (!leads(from, to)) return from;
    const start = startOf(from, to);
    if (time <= start.time) return from;
    // A pointer that rests before or after has no speed there.
    const enter =
      start !== from
        ? { ...from, time: start.time - START_MS }
        : before !== undefined && leads(before, from)
          ? startOf(before, from)
          : undefined;
    const leave =
      after === undefined || !leads(to, after)
        ? undefined
        : startOf(to, after) === to
          ? after
          : { ...to, time: to.time + START_MS };
    return curveAt(time, start, to, enter, leave);
  }

  #around(i: number): readonly (Entry | undefined)[] {
    return [-1, 0, 1, 2].map((by) => this.#entries[i + by]);
  }

  #fade(elapsed: number): void {
    const left = elapsed > LONG_FRAME_MS ? 0 : Math.exp(-elapsed / this.#tuning.fade);
    this.#offX *= left;
    this.#offY *= left;
    if (Math.hypot(this.#offX, this.#offY) < CORRECTED_PX) this.#offX = this.#offY = 0;
  }
}

const ORIGIN: Point = { x: 0, y: 0 };

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Whether the pointer moved from one entry to the next. */
function leads(from: Entry | undefined, to: Entry | undefined): boolean {
  return from?.placed === true && to?.placed === true && !to.snaps && to.time > from.time;
}

function isTeleport(from: Entry | undefined, to: Entry): boolean {
  if (from === undefined || !from.placed || !to.placed) return true;
  const way = distance(from, to);
  const ms = to.time - from.time;
  return (
    (ms > LOSS_MS && way > TELEPORT_PX) || (way > TELEPORT_LEAST_PX && way > TELEPORT_SPEED * ms)
  );
}

/**
 * Where the pointer may be by now, `foresight` milliseconds at most after the newest sample: it goes
 * on as before at first, and is back at the sample in the end.
 */
function foreseen(
  time: number,
  before: Entry | undefined,
  newest: Entry,
  foresight: number,
): Point {
  const ahead = time - newest.time;
  if (ahead >= foresight || before === undefined || !leads(before, newest)) return newest;
  const start = startOf(before, newest);
  const reach = (ahead * (1 - ahead / foresight) ** 2) / (newest.time - start.time);
  return {
    x: newest.x + (newest.x - start.x) * reach,
    y: newest.y + (newest.y - start.y) * reach,
  };
}

/** Whence and when the movement to an entry began: after a rest it did so late. */
function startOf(from: Entry, to: Entry): Knot {
  const ms = to.time - from.time;
  const rested = ms > LOSS_MS || (ms > REST_MS && distance(from, to) < REST_PX);
  return rested ? { x: from.x, y: from.y, time: to.time - START_MS } : from;
}
