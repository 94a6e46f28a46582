/**
 * Seeded, human-like pointer movement, for tests and benchmarks: people's recordings are not the
 * project's to publish. Strokes follow the minimum-jerk profile (Flash and Hogan, 1985), take the
 * time that Fitts's law gives their distance and target, miss and correct, with tremor of 8 to 12 Hz
 * on top and pauses between. A browser reports at its screen's rate, and only where the pointer
 * reached another pixel.
 */

export interface MovementSample {
  /** CSS pixels. */
  readonly x: number;
  readonly y: number;
  /** Whole milliseconds. */
  readonly time: number;
  readonly pressed: boolean;
}

export interface MovementOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Reports a second: 60 and 120 are screens, 1000 is a fast mouse's coalesced events. */
  readonly rate?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Fitts's law: a stroke takes FITTS_START_MS + FITTS_BIT_MS × log2(distance ÷ target + 1).
const FITTS_START_MS = 110;
const FITTS_BIT_MS = 80;
/** Quicker strokes than this no hand makes, in milliseconds. */
const LEAST_STROKE_MS = 120;
/** Where a stroke ends: its target missed by this share of the distance (standard deviation). */
const MISS = 0.05;
/** A miss of more pixels than this is corrected by a stroke of its own. */
const CORRECTED_FROM_PX = 4;
/** How far a stroke bows aside, as a share of its length (standard deviation). */
const BOW = 0.06;
/** Most of the tremor, in pixels. */
const TREMOR_PX = 0.9;
const PRESS_MS = { least: 60, most: 160 };
/** Median of the pauses between aims, in milliseconds, and the spread of its logarithm. */
const PAUSE = { median: 150, spread: 1.1 };
/** Shares of what people do when they have arrived. */
const CLICKS = 0.55;
const DRAGS = 0.2;
const WANDERS = 0.45;
/** Share of reports that come late, and of those that come between two frames. */
const LATE = 0.06;
const BETWEEN = 0.07;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From one point to another: where the pointer is `share` of the time into it. */
interface Stroke {
  readonly start: number;
  readonly end: number;
  readonly pressed: boolean;
  at(share: number): Point;
}

class Hand {
  readonly #random: () => number;
  readonly #area: { readonly width: number; readonly height: number };
  readonly #strokes: Stroke[] = [];
  /** Times at which a button goes down or up. */
  readonly clicks: { readonly time: number; readonly pressed: boolean }[] = [];
  #place: Point;
  #time = 0;

  constructor(random: () => number, area: { readonly width: number; readonly height: number }) {
    this.#random = random;
    this.#area = area;
    this.#place = { x: area.width * random(), y: area.height * random() };
  }

  /** Strokes in the order of time, until there are enough for `durationMs`. */
  plan(durationMs: number): readonly Stroke[] {
    while (this.#time < durationMs) {
      const dragged = this.#random() < DRAGS;
      if (dragged) this.#button(true);
      this.#aim(this.#target(), 8 + 60 * this.#random(), dragged);
      if (dragged) this.#button(false);
      else if (this.#random() < CLICKS) this.#click();
      else if (this.#random() < WANDERS) this.#wander();
      this.#time += PAUSE.median * Math.exp(PAUSE.spread * this.#normal());
    }
    return this.#strokes;
  }

  /** Somewhere near as a rule, anywhere at times. */
  #target(): Point {
    const { width, height } = this.#area;
    if (this.#random() < 0.35) return { x: width * this.#random(), y: height * this.#random() };
    const reach = 50 * Math.exp(1.1 * Math.abs(this.#normal()));
    const angle = 2 * Math.PI * this.#random();
    return this.#inside({
      x: this.#place.x + reach * Math.cos(angle) * 2,
      y: this.#place.y + reach * Math.sin(angle),
    });
  }

  #aim(target: Point, size: number, pressed: boolean): void {
    const distance = Math.hypot(target.x - this.#place.x, target.y - this.#place.y);
    const reached = this.#inside({
      x: target.x + MISS * distance * this.#normal(),
      y: target.y + MISS * distance * this.#normal(),
    });
    this.#stroke(reached, size, pressed);
    const missed = Math.hypot(target.x - reached.x, target.y - reached.y);
    if (missed > CORRECTED_FROM_PX) this.#stroke(target, size, pressed);
  }

  /** Slow reading movement: short strokes without an aim. */
  #wander(): void {
    for (let i = 1 + Math.floor(5 * this.#random()); i > 0; i--) {
      const to = { x: this.#place.x + 24 * this.#normal(), y: this.#place.y + 16 * this.#normal() };
      this.#stroke(this.#inside(to), 2, false);
    }
  }

  #stroke(to: Point, size: number, pressed: boolean): void {
    const from = this.#place;
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const length = Math.hypot(dx, dy);
    const difficulty = Math.log2(length / size + 1);
    const hurry = 0.8 + 0.5 * this.#random();
    const ms = Math.max(LEAST_STROKE_MS, hurry * (FITTS_START_MS + FITTS_BIT_MS * difficulty));
    const bow = BOW * this.#normal();
    this.#strokes.push({
      start: this.#time,
      end: this.#time + ms,
      pressed,
      at(share) {
        const done = share ** 3 * (10 - 15 * share + 6 * share ** 2);
        const aside = bow * Math.sin(Math.PI * done);
        return { x: from.x + dx * done - dy * aside, y: from.y + dy * done + dx * aside };
      },
    });
    this.#time += ms;
    this.#place = to;
  }

  #click(): void {
    this.#time += 100 * this.#random();
    this.#button(true);
    this.#time += PRESS_MS.least + (PRESS_MS.most - PRESS_MS.least) * this.#random();
    this.#button(false);
  }

  #button(pressed: boolean): void {
    this.clicks.push({ time: Math.round(this.#time), pressed });
  }

  #inside({ x, y }: Point): Point {
    const { width, height } = this.#area;
    return { x: Math.min(Math.max(x, 0), width - 1), y: Math.min(Math.max(y, 0), height - 1) };
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }
}

/** What a page would be told of the pointer; the same for the same options. */
export function movement(options: MovementOptions): MovementSample[] {
  const { seed, durationMs, rate = 60, width = 1366, height = 768 } = options;
  const random = randomFrom(seed);
  const hand = new Hand(random, { width, height });
  const strokes = hand.plan(durationMs);
  const place = placeAt(strokes, random);
  /** A screen holds the pointer at its edge. */
  const held = (n: number, size: number) => Math.min(Math.max(Math.round(n), 0), size - 1);

  const samples: MovementSample[] = [];
  const report = (time: number, pressed: boolean, button: boolean): void => {
    const exact = place(time);
    const x = held(exact.x, width);
    const y = held(exact.y, height);
    const last = samples.at(-1);
    if (!button && last?.x === x && last.y === y) return;
    samples.push({ x, y, time, pressed });
  };
  const clicks = [...hand.clicks];
  let pressed = false;
  for (const time of reportTimes(random, durationMs, rate)) {
    for (let click = clicks[0]; click !== undefined && click.time <= time; click = clicks[0]) {
      clicks.shift();
      pressed = click.pressed;
      report(click.time, pressed, true);
    }
    report(time, pressed, false);
  }
  return samples;
}

/** Where the hand is, asked in the order of time. */
function placeAt(strokes: readonly Stroke[], random: () => number): (time: number) => Point {
  const hz = 8 + 4 * random();
  const phases = [2 * Math.PI * random(), 2 * Math.PI * random()] as const;
  let current = 0;
  return (time) => {
    while (time > (strokes[current]?.end ?? Number.POSITIVE_INFINITY)) current++;
    const stroke = strokes[Math.min(current, strokes.length - 1)];
    if (stroke === undefined) throw new RangeError("no strokes planned");
    const share = (time - stroke.start) / (stroke.end - stroke.start);
    const { x, y } = stroke.at(Math.min(Math.max(share, 0), 1));
    // A hand at rest lies on the table: it trembles while it moves.
    const tremor = share > 0 && share < 1 ? TREMOR_PX * Math.sin(Math.PI * share) : 0;
    const angle = (2 * Math.PI * hz * time) / 1000;
    return {
      x: x + tremor * Math.sin(angle + phases[0]),
      y: y + tremor * Math.sin(angle * 1.13 + phases[1]),
    };
  };
}

/** Whole milliseconds at which a browser reports, ascending. */
function* reportTimes(random: () => number, durationMs: number, rate: number): Generator<number> {
  const frame = 1000 / rate;
  let at = frame * random();
  let last = -1;
  while (at < durationMs) {
    const irregular = random();
    // A late frame stands in for those it held up; one between comes beside its neighbours.
    if (irregular < LATE) at += frame * Math.ceil(3 * random());
    else if (irregular < LATE + BETWEEN) {
      const between = Math.floor(at - frame * random());
      if (between > last) yield between;
      last = Math.max(last, between);
    }
    const time = Math.floor(at);
    if (time > last) yield time;
    last = Math.max(last, time);
    at += frame;
  }
}
