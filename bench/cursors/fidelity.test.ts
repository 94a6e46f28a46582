/** What playback must hold, on generated movement. On recordings: `npm run bench:cursors`. */
import { beforeAll, describe, expect, test } from "vitest";
import { movement } from "../movement.ts";
import { tweened } from "./drawers.ts";
import { type Fidelity, fidelity, type Way } from "./fidelity.ts";
import { ours, usual, usualAtOurRate } from "./settings.ts";
import { FRAME_MS, type Measured, ourP95At, violations } from "./verdict.ts";

const HALF_A_MINUTE_MS = 30_000;
const recordings = [101].map((seed) => movement({ seed, durationMs: HALF_A_MINUTE_MS }));

const measure = (ways: Readonly<Record<string, Way>>): Record<string, Fidelity> =>
  Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, fidelity(recordings, way)]));

describe("through a link with 40 ms delay, 20 ms jitter and 5 % loss", () => {
  let measured: Measured;
  beforeAll(() => {
    measured = {
      ours: measure(ours),
      usual: measure(usual),
      usualAtOurRate: measure(usualAtOurRate),
    };
  }, 120_000);

  test("ours is at most half as far off as what is usual, and no further at the same rate", () => {
    expect(violations(measured)).toEqual([]);
  });

  test("`latency` adds less than a frame; each further setting adds more and is truer", () => {
    const { latency, balanced, smooth } = measured.ours as Record<string, Fidelity>;
    expect(latency?.added).toBeLessThan(FRAME_MS);
    expect(balanced?.added).toBeGreaterThan(latency?.added ?? Number.NaN);
    expect(smooth?.added).toBeGreaterThan(balanced?.added ?? Number.NaN);
    expect(balanced?.p95).toBeLessThan(latency?.p95 ?? Number.NaN);
    expect(smooth?.p95).toBeLessThan(balanced?.p95 ?? Number.NaN);
  });
});

test("the same numbers each time", () => {
  const [recording] = recordings;
  const again = () => fidelity([recording?.slice(0, 200) ?? []], ours["balanced"] as Way);
  expect(again()).toEqual(again());
});

test("over a perfect link what is tweened is as late as the tween makes it", () => {
  const link = { delay: 40, jitter: 0, loss: 0 };
  const way: Way = { sent: 80, drawer: tweened(80) };
  // Half an interval until it is sent, half of one until the tween has caught up.
  const { added } = fidelity(recordings.slice(0, 1), way, link);
  expect(added).toBeGreaterThan(60);
  expect(added).toBeLessThan(100);
});

test("what does not hold is said", () => {
  const of = (added: number, p95: number): Fidelity => ({
    added,
    p95,
    median: 0,
    mean: 0,
    waiting: 0,
  });
  const ours = { latency: of(20, 12), balanced: of(30, 5) };
  expect(ourP95At(25, ours)).toBe(12);
  expect(ourP95At(10, ours)).toBe(Number.POSITIVE_INFINITY);
  expect(violations({ ours, usual: { a: of(90, 11) }, usualAtOurRate: {} })).toHaveLength(1);
  expect(violations({ ours, usual: { a: of(90, 9) }, usualAtOurRate: { b: of(21, 11) } })).toEqual([
    expect.stringContaining('"a"'),
    expect.stringContaining('"b"'),
    expect.stringContaining("latency"),
  ]);
});
