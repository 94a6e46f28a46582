import { describe, expect, test } from "vitest";
import { type MovementSample, movement, randomFrom } from "./movement.ts";

const MINUTE_MS = 60_000;

/** Each sample with the one before it, as people's recordings were looked at. */
function pairs(samples: readonly MovementSample[]) {
  return samples.slice(1).map((sample, i) => {
    const before = samples[i] ?? sample;
    const step = Math.max(Math.abs(sample.x - before.x), Math.abs(sample.y - before.y));
    return { step, time: sample.time - before.time };
  });
}

test("the same seed moves the same, another moves otherwise", () => {
  const of = (seed: number) => movement({ seed, durationMs: 5_000 });
  expect(of(7)).toEqual(of(7));
  expect(of(7)).not.toEqual(of(8));
});

test("random numbers are spread from 0 to 1", () => {
  const random = randomFrom(3);
  const numbers = Array.from({ length: 10_000 }, random);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((a, b) => a + b) / numbers.length).toBeCloseTo(0.5, 1);
});

// The bounds hold the shares found in three one-minute recordings of people, with some room.
describe.each([1, 2, 3, 4, 5, 6])("seed %i looks like a person's minute", (seed) => {
  const samples = movement({ seed, durationMs: MINUTE_MS });
  const steps = pairs(samples);
  const share = (test: (pair: { step: number; time: number }) => boolean) =>
    steps.filter(test).length / steps.length;

  test("a sample for most frames of a 60 Hz screen, with pauses", () => {
    expect(samples.length).toBeGreaterThan(1_500);
    expect(samples.length).toBeLessThan(2_700);
    expect(share(({ time }) => time === 16 || time === 17)).toBeGreaterThan(0.6);
    expect(steps.filter(({ time }) => time > 255).length).toBeGreaterThanOrEqual(5);
    expect(steps.every(({ time }) => time >= 0)).toBe(true);
  });

  test("small steps and quick flicks", () => {
    const between = (least: number, most: number) =>
      share(({ step }) => step >= least && step <= most);
    expect(between(0, 1)).toBeGreaterThan(0.12);
    expect(between(0, 1)).toBeLessThan(0.4);
    expect(between(2, 8)).toBeGreaterThan(0.25);
    expect(between(9, 32)).toBeGreaterThan(0.15);
    expect(between(33, 128)).toBeGreaterThan(0.04);
    expect(between(129, 4_000)).toBeLessThan(0.03);
  });

  test("clicks and drags, all on the screen", () => {
    const presses = samples.filter(({ pressed }, i) => pressed && !samples[i - 1]?.pressed);
    expect(presses.length).toBeGreaterThan(20);
    expect(presses.length).toBeLessThan(120);
    const dragged = samples.filter(({ pressed }, i) => pressed && samples[i - 1]?.pressed);
    expect(dragged.length).toBeGreaterThan(30);
    expect(samples.every(({ x, y }) => x >= 0 && y >= 0 && x < 1366 && y < 768)).toBe(true);
  });
});

test("a fast mouse is reported many times between two frames", () => {
  const steps = pairs(movement({ seed: 1, durationMs: 10_000, rate: 1000 }));
  expect(steps.filter(({ time }) => time === 1).length).toBeGreaterThan(steps.length / 2);
});
