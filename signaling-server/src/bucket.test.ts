import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { Bucket } from "./bucket.ts";

test("a burst at once, then so many a second", () => {
  const clock = new FakeClock();
  const bucket = new Bucket(clock, 3, 2);
  const taken = (tries: number) => Array.from({ length: tries }, () => bucket.take());
  expect(taken(4)).toEqual([true, true, true, false]);
  expect(bucket.full).toBe(false);
  clock.advance(500);
  expect(taken(2)).toEqual([true, false]);
  clock.advance(60_000);
  expect(bucket.full).toBe(true);
  expect(taken(4)).toEqual([true, true, true, false]);
});
