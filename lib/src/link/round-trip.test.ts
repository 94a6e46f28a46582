import { expect, test } from "vitest";
import { seededRandom } from "../path/memory.ts";
import { RoundTrip } from "./round-trip.ts";

test("knows nothing before the first sample", () => {
  const roundTrip = new RoundTrip();
  expect(roundTrip.smoothed).toBeNull();
  expect(roundTrip.limit).toBeNull();
});

test("the first sample counts half as its own variation", () => {
  const roundTrip = new RoundTrip();
  roundTrip.sample(100);
  expect(roundTrip.smoothed).toBe(100);
  expect(roundTrip.limit).toBe(300);
});

test("a steady path keeps half a round trip of grace", () => {
  const roundTrip = new RoundTrip();
  for (let n = 0; n < 100; n++) roundTrip.sample(80);
  expect(roundTrip.smoothed).toBeCloseTo(80);
  expect(roundTrip.limit).toBeCloseTo(120);
});

test("no answer within even jitter passes the limit", () => {
  const random = seededRandom(7);
  const roundTrip = new RoundTrip();
  for (let n = 0; n < 20; n++) roundTrip.sample(300 + random() * 100);
  for (let n = 0; n < 2_000; n++) {
    const ms = 300 + random() * 100;
    expect(ms).toBeLessThan(roundTrip.limit ?? 0);
    roundTrip.sample(ms);
  }
});
