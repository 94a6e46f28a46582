import { describe, expect, test } from "vitest";
import { weigh } from "./cursor-bytes.ts";
import { movement } from "./movement.ts";

const MINUTE_MS = 60_000;
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

describe.each([60, 120, 1000])("movement reported %i times a second", (rate) => {
  test.each(seeds)("seed %i: 10 bytes for one sample, 20 for any four", (seed) => {
    const samples = movement({ seed, durationMs: MINUTE_MS / 4, rate });
    expect(weigh(samples, 1)).toMatchObject({ batches: samples.length, max: 10 });
    const four = weigh(samples, 4);
    expect(four.max, JSON.stringify(four.worst)).toBeLessThanOrEqual(20);
    expect(four.batches).toBeGreaterThan(samples.length / 2);
  });
});

test("fractions of a laptop's screen cost 20 bytes for four on average", () => {
  for (const seed of seeds) {
    const samples = movement({ seed, durationMs: MINUTE_MS / 4 });
    const surface = { width: 1366, height: 768 };
    expect(weigh(samples, 1, surface).max).toBe(10);
    expect(weigh(samples, 4, surface).mean).toBeLessThan(20);
  }
});
