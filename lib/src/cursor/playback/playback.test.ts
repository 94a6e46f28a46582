import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CursorSample } from "../../room/types.ts";
import { aSample } from "../stand-in-room.ts";
import { type Mode, modes } from "./modes.ts";
import { Playback } from "./playback.ts";

const MODES = Object.keys(modes) as Mode[];
const FRAME_MS = 16;
const identity = ({ x, y }: CursorSample) => ({ x, y });

/** Reads frames from `now` until nothing moves; all that was drawn. */
function rest(playback: Playback, now: number) {
  const drawn = [playback.read(now)];
  while (playback.moving) {
    expect(drawn.length, "frames until it rests").toBeLessThan(200);
    drawn.push(playback.read(now + drawn.length * FRAME_MS));
  }
  return drawn;
}

/** Steps of a hand: milliseconds and pixels since the last sample. */
const steps = fc.array(
  fc.record({
    ms: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 })),
    dx: fc.integer({ min: -60, max: 60 }),
    dy: fc.integer({ min: -60, max: 60 }),
    /** Milliseconds on the way. */
    late: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Arrival {
  readonly at: number;
  readonly sample: CursorSample;
}

/** What arrives of it, in order, as a room says it: late news are not told. */
function arrivals(of: readonly { ms: number; dx: number; dy: number; late: number }[]): Arrival[] {
  let [time, x, y] = [1_000, 0, 0];
  const sent = of.map(({ ms, dx, dy, late }) => {
    time += ms;
    x += dx;
    y += dy;
    return { at: time + late, sample: aSample(x, y, { time }) };
  });
  sent.sort((a, b) => a.at - b.at);
  let newest = 0;
  return sent.filter(({ sample }) => {
    const isNew = sample.time > newest;
    newest = Math.max(newest, sample.time);
    return isNew;
  });
}

/** Plays it all, frame by frame. */
function play(playback: Playback, what: readonly Arrival[], each: (now: number) => void): number {
  const waiting = [...what];
  let now = 990;
  while (waiting.length > 0) {
    now += FRAME_MS;
    while ((waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const { at, sample } = waiting.shift() as Arrival;
      playback.add([sample], at);
    }
    each(now);
  }
  return now;
}

describe.each(MODES)("in mode %s", (mode) => {
  const make = (toLocal: ConstructorParameters<typeof Playback>[0] = identity) =>
    new Playback(toLocal, modes[mode]);

  test("ends exactly at the last sample, whatever came before", () => {
    fc.assert(
      fc.property(steps, (of) => {
        const playback = make();
        const what = arrivals(of);
        const now = play(playback, what, (at) => void playback.read(at));
        const last = what.at(-1)?.sample;
        expect(rest(playback, now).at(-1)).toMatchObject({ x: last?.x, y: last?.y });
      }),
      { numRuns: 40 },
    );
  });

  test("draws no place far from where the hand was", () => {
    // A correction of the way can carry it past, by less than what was corrected.
    const foreseen = modes[mode].foresight === 0 ? 0 : 60 * FRAME_MS;
    fc.assert(
      fc.property(steps, (of) => {
        const playback = make();
        const what = arrivals(of);
        const [xs, ys] = [what.map(({ sample }) => sample.x), what.map(({ sample }) => sample.y)];
        const span = Math.max(...xs) - Math.min(...xs) + Math.max(...ys) - Math.min(...ys);
        const near = foreseen + span / 2;
        play(playback, what, (now) => {
          const drawn = playback.read(now) ?? what[0]?.sample ?? { x: 0, y: 0 };
          const isNear =
            drawn.x >= Math.min(...xs) - near &&
            drawn.x <= Math.max(...xs) + near &&
            drawn.y >= Math.min(...ys) - near &&
            drawn.y <= Math.max(...ys) + near;
          expect(isNear).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("a hand that goes one way is never drawn going back", () => {
    if (modes[mode].foresight > 0) return;
    const onward = fc.array(
      fc.record({
        ms: fc.integer({ min: 5, max: 40 }),
        dx: fc.integer({ min: 0, max: 40 }),
        dy: fc.constant(0),
        late: fc.integer({ min: 0, max: 40 }),
      }),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(onward, (of) => {
        const playback = make();
        let x = Number.NEGATIVE_INFINITY;
        play(playback, arrivals(of), (now) => {
          const drawn = playback.read(now);
          if (drawn === null) return;
          // The next sample can bend the end of the curve a little.
          expect(drawn.x).toBeGreaterThanOrEqual(x - 6);
          x = Math.max(x, drawn.x);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("hostile times and places give finite drawings and no more than it may keep", () => {
    const number = fc.oneof(
      fc.double(),
      fc.constantFrom(0, 1e300, -1e300, Number.MAX_VALUE, Number.MIN_VALUE, -0),
      fc.integer({ min: -100, max: 5_000 }),
    );
    const batch = fc.array(fc.record({ x: number, y: number, time: number }), { maxLength: 64 });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const playback = make();
        let now = 1_000;
        for (const samples of batches) {
          now += FRAME_MS;
          playback.add(
            samples.map(({ x, y, time }) => aSample(x, y, { time })),
            now,
          );
          const drawn = playback.read(now);
          if (drawn !== null) {
            expect(Number.isFinite(drawn.x) && Number.isFinite(drawn.y)).toBe(true);
          }
          expect(playback.kept).toBeLessThanOrEqual(512);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a hidden tab, which reads nothing, gathers nothing", () => {
    const playback = make();
    for (let now = 0; now < 60_000; now += 16) {
      playback.add([aSample(now / 10, 0, { time: now })], now);
      expect(playback.kept).toBeLessThan(64);
    }
    expect(rest(playback, 60_000).at(-1)?.x).toBeCloseTo(5_998.4);
  });
});

/** A stream of samples at 60 Hz over a link without jitter, the last at `until`. */
function stream(playback: Playback, from: number, until: number, x: (time: number) => number) {
  for (let now = from; now <= until; now += FRAME_MS) {
    playback.add([aSample(x(now), 0, { time: now })], now);
    playback.read(now);
  }
}

test("over a steady link it is one sample behind, as much as a curve needs", () => {
  const playback = new Playback(identity);
  stream(playback, 0, 16 * 60, (time) => time);
  expect(playback.delay).toBeLessThan(20);
});

test("a jittery link makes it stay further behind, a steady one lets it come nearer again", () => {
  const playback = new Playback(identity, modes.balanced);
  let now = 0;
  const run = (late: (i: number) => number): number => {
    for (let i = 0; i < 600; i++) {
      now += FRAME_MS;
      playback.add([aSample(i, 0, { time: now - late(i) })], now);
      playback.read(now);
    }
    return playback.delay;
  };
  const steady = run(() => 0);
  const jittery = run((i) => (i % 3) * 7);
  expect(jittery).toBeGreaterThan(steady + 5);
  expect(run(() => 0)).toBeLessThan(steady + 5);
});

test("a pointer that rested starts when it started, not when it came to rest", () => {
  const playback = new Playback(identity);
  stream(playback, 0, 160, () => 0);
  for (let now = 176; now < 1_000; now += FRAME_MS) playback.read(now);
  playback.add([aSample(10, 0, { time: 1_000 })], 1_000);
  expect(playback.read(1_000)?.x).toBe(0);
  const drawn = rest(playback, 1_016).map((at) => at?.x);
  expect(drawn.at(-1)).toBe(10);
  expect(drawn.length).toBeLessThan(6);
});

describe("teleports snap", () => {
  const jump = (gap: number, to: number): (number | undefined)[] => {
    const playback = new Playback(identity);
    stream(playback, 0, 320, () => 0);
    for (let now = 336; now < 320 + gap; now += FRAME_MS) playback.read(now);
    playback.add([aSample(to, 0, { time: 320 + gap })], 320 + gap);
    return rest(playback, 320 + gap).map((drawn) => drawn?.x);
  };

  test("a leap after a pause", () => {
    expect(new Set(jump(2_000, 500))).toEqual(new Set([0, 500]));
  });

  test("faster than any hand", () => {
    expect(new Set(jump(16, 5_000))).toEqual(new Set([0, 5_000]));
  });

  test("a quick hand is no leap", () => {
    expect(new Set(jump(48, 300)).size).toBeGreaterThan(2);
  });
});

test("hides when the last movement has been drawn, and comes back where it comes back", () => {
  const playback = new Playback(identity);
  stream(playback, 0, 320, (time) => time);
  playback.hide();
  const drawn = rest(playback, 336);
  expect(drawn.at(-1)).toBeNull();
  expect(drawn.indexOf(null)).toBe(drawn.filter((at) => at !== null).length);
  playback.add([aSample(900, 0, { time: 2_000 })], 2_000);
  expect(new Set(rest(playback, 2_000).map((at) => at?.x))).toEqual(new Set([undefined, 900]));
});

test("hidden before it was ever seen is nothing", () => {
  const playback = new Playback(identity);
  playback.hide();
  expect(playback.read(0)).toBeNull();
  expect(playback.moving).toBe(false);
});

test("less motion: the newest place at once", () => {
  const playback = new Playback(identity, modes.smooth);
  stream(playback, 0, 320, (time) => time);
  playback.add([aSample(999, 3, { time: 336 })], 336);
  expect(playback.read(336, true)).toMatchObject({ x: 999, y: 3 });
  expect(playback.moving).toBe(false);
});

test("pressed when the hand gets there, not when the news come", () => {
  const playback = new Playback(identity, modes.smooth);
  stream(playback, 0, 320, (time) => time);
  playback.add([aSample(336, 0, { time: 336, pressed: true, pointerType: "pen" })], 336);
  expect(playback.read(336)?.pressed).toBe(false);
  expect(rest(playback, 352).at(-1)).toMatchObject({ pressed: true, pointerType: "pen" });
});

test("a new layout moves it to where its samples lie now, without a slide", () => {
  let scale = 1;
  const playback = new Playback(({ x, y }) => (scale === 0 ? null : { x: x * scale, y }));
  stream(playback, 0, 320, () => 50);
  rest(playback, 336);
  scale = 3;
  playback.remap();
  expect(playback.moving).toBe(true);
  expect(rest(playback, 600).map((at) => at?.x)).toEqual([150]);
  scale = 0;
  playback.remap();
  expect(rest(playback, 700)).toEqual([null]);
});

test("samples are asked for their place once, and only when a frame is drawn", () => {
  let asked = 0;
  const playback = new Playback((sample) => {
    asked += 1;
    return identity(sample);
  });
  playback.add([aSample(1, 1, { time: 0 }), aSample(2, 2, { time: 8 })], 8);
  expect(asked).toBe(0);
  rest(playback, 16);
  expect(asked).toBe(2);
});

test("late news bend the way, and the drawing does not jump", () => {
  const playback = new Playback(identity);
  stream(playback, 0, 640, (time) => time / 4);
  // Nothing comes for six frames, then all at once.
  let last = playback.read(640)?.x ?? 0;
  for (let now = 656; now <= 736; now += FRAME_MS) last = playback.read(now)?.x ?? 0;
  const missing = [656, 672, 688, 704, 720, 736];
  playback.add(
    missing.map((time) => aSample(time / 4, 0, { time })),
    737,
  );
  const drawn = rest(playback, 738).map((at) => at?.x ?? Number.NaN);
  // It had missed 24 pixels; a frame shows at most what a fade of a few frames leaves of that.
  expect((drawn[0] ?? 0) - last).toBeLessThan(16);
  expect(drawn.at(-1)).toBe(184);
});
