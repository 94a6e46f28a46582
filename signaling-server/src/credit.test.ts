import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { CREDIT_BYTES, CREDIT_INTERVAL_MS } from "../../lib/src/signaling/events.ts";
import { Credit } from "./credit.ts";

test("credit is given after so many bytes or so much time, and costs no timer when idle", () => {
  const clock = new FakeClock();
  const given: number[] = [];
  const credit = new Credit(clock, (total) => given.push(total));
  credit.take(10);
  clock.advance(CREDIT_INTERVAL_MS - 1);
  credit.take(5);
  expect(given).toEqual([]);
  clock.advance(1);
  expect(given).toEqual([15]);
  expect(clock.pending).toBe(0);
  credit.take(CREDIT_BYTES - 1);
  credit.take(1);
  expect(given).toEqual([15, 15 + CREDIT_BYTES]);
  expect(clock.pending).toBe(0);
  credit.take(1);
  credit.close();
  expect(clock.pending).toBe(0);
});

test("who sends too much is told nothing until that is over, and then everything", () => {
  const clock = new FakeClock();
  const given: number[] = [];
  const hold = { holdMs: 500 };
  const credit = new Credit(clock, (total) => given.push(total), undefined, hold);
  for (let i = 0; i < 3; i++) credit.take(CREDIT_BYTES);
  expect(clock.pending).toBe(1);
  hold.holdMs = 200;
  clock.advance(500);
  hold.holdMs = 0;
  clock.advance(199);
  expect(given).toEqual([]);
  clock.advance(1);
  expect(given).toEqual([3 * CREDIT_BYTES]);
  credit.take(CREDIT_BYTES);
  expect(given).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test("what is owed for half that time goes with what is written anyway", () => {
  const clock = new FakeClock();
  const given: number[] = [];
  const credit = new Credit(clock, (total) => given.push(total));
  credit.accompany();
  credit.take(10);
  clock.advance(CREDIT_INTERVAL_MS / 2 - 1);
  credit.accompany();
  expect(given).toEqual([]);
  clock.advance(1);
  credit.accompany();
  credit.accompany();
  expect(given).toEqual([10]);
  expect(clock.pending).toBe(0);
});
