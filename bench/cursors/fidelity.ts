/**
 * How true what is drawn is to what the hand did, and how late. Over a simulated link, on a clock of
 * its own: the same numbers for the same seed on every machine.
 */
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { type MovementSample, randomFrom } from "../movement.ts";
import type { MakeDrawer } from "./drawers.ts";
import { HandPath, type Place } from "./hand.ts";
import { type LinkOptions, ROUGH_LINK } from "./link.ts";
import { ourChannel, throttledChannel } from "./senders.ts";

/** Of a 60 Hz screen. */
const FRAME_MS = 1000 / 60;
/** Frames count until the hand has been still for this long, in milliseconds: whoever lags shows it. */
const COUNTED_AFTER_MS = 500;
/** The longest shift looked at, in milliseconds: far beyond any that was found. */
export const MOST_SHIFT_MS = 6_000;
/** Each recording is played over the link this many times, with different luck. */
export const RUNS = 3;
/** Where the simulated clocks begin. */
const START_MS = 100_000;

export interface Way {
  /** `"ours"`, or milliseconds between the positions sent. */
  readonly sent: "ours" | number;
  readonly drawer: MakeDrawer;
}

export interface Fidelity {
  /**
   * Milliseconds: the shift of the hand's path at which the mean distance to what is drawn is least,
   * less the link's mean delay.
   */
  readonly added: number;
  /** Distances at that shift, in pixels. */
  readonly median: number;
  readonly p95: number;
  readonly mean: number;
  /** The most positions that had arrived and waited for their turn in the drawer's own queue. */
  readonly waiting: number;
}

interface Frame extends Place {
  readonly time: number;
  readonly waiting: number;
}

/** What is drawn in each frame in which the hand moves, or did just now. */
function framesOf(
  samples: readonly MovementSample[],
  way: Way,
  link: LinkOptions,
  seed: number,
): Frame[] {
  const clock = new FakeClock(START_MS);
  const random = randomFrom(seed);
  const hand = new HandPath(samples);
  const first = samples[0]?.time ?? 0;
  const drawer = way.drawer(clock);
  const setting = {
    clock,
    random,
    link,
    receive: drawer.receive,
  };
  const channel = way.sent === "ours" ? ourChannel(setting) : throttledChannel(way.sent, setting);
  const frames: Frame[] = [];
  const draw = (): void => {
    const drawn = drawer.frame(clock.now());
    const time = clock.now() - START_MS + first;
    if (drawn !== null && hand.stillFor(time) < COUNTED_AFTER_MS) {
      frames.push({ x: drawn.x, y: drawn.y, time, waiting: drawer.waiting?.() ?? 0 });
    }
  };
  const duration = (samples.at(-1)?.time ?? 0) - first + COUNTED_AFTER_MS;
  const phase = FRAME_MS * random();
  for (const { x, y, time, pressed } of samples) {
    clock.after(time - first, () =>
      channel.move({ x, y, time: clock.now(), pressed, pointerType: "mouse", frame: "" }),
    );
  }
  // A timer for each frame is set by the one before it: the clock keeps its timers in a list.
  const next = (n: number): void => {
    const at = START_MS + phase + n * FRAME_MS;
    if (at > START_MS + duration) return;
    clock.after(at - clock.now(), () => {
      draw();
      next(n + 1);
    });
  };
  next(0);
  clock.advance(duration);
  channel.stop();
  drawer.stop();
  return frames;
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor(share * (ascending.length - 1))] ?? Number.NaN;
}

/** Several recordings, as one. */
export function fidelity(
  recordings: readonly (readonly MovementSample[])[],
  way: Way,
  link: LinkOptions = ROUGH_LINK,
): Fidelity {
  const parts = recordings.flatMap((samples, i) =>
    Array.from({ length: RUNS }, (_, run) => ({
      hand: new HandPath(samples),
      frames: framesOf(samples, way, link, 1 + i * RUNS + run),
    })),
  );
  const all = (shift: number, every = 1) =>
    parts.flatMap(({ hand, frames }) =>
      frames
        .filter((_, i) => i % every === 0)
        .map((frame) => hand.distance(frame, frame.time - shift)),
    );
  const best = leastAt((shift, every) => meanOf(all(shift, every)), MOST_SHIFT_MS);
  const at = all(best);
  return {
    added: best - link.delay,
    median: quantile(at, 0.5),
    p95: quantile(at, 0.95),
    mean: meanOf(at),
    waiting: Math.max(...parts.map(({ frames }) => most(frames.map(({ waiting }) => waiting)))),
  };
}

/** The whole number from 0 to `most` where `cost` is least: coarsely and on a part first. */
function leastAt(cost: (n: number, every: number) => number, most: number): number {
  let best = { n: 0, cost: Number.POSITIVE_INFINITY };
  const look = (from: number, to: number, step: number, every: number): void => {
    best = { n: best.n, cost: Number.POSITIVE_INFINITY };
    for (let n = Math.max(0, from); n <= Math.min(most, to); n += step) {
      const here = cost(n, every);
      if (here < best.cost) best = { n, cost: here };
    }
  };
  look(0, most, 15, 7);
  look(best.n - 30, best.n + 30, 5, 3);
  look(best.n - 6, best.n + 6, 1, 1);
  return best.n;
}
