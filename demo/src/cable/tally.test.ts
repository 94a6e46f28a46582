import { expect, test } from "vitest";
import { BEAT_MS, MAX_MISSING, Tally } from "./tally.ts";

test("the longest gap is the network's, not a throttled sender's", () => {
  const tally = new Tally();
  expect(tally.beat({ number: 1, time: 0 }, 1_000)).toBe(null);
  expect(tally.beat({ number: 2, time: BEAT_MS }, 1_000 + BEAT_MS)).toBe(BEAT_MS);
  // Two were lost on the way.
  expect(tally.beat({ number: 5, time: 4 * BEAT_MS }, 1_000 + 4 * BEAT_MS)).toBe(3 * BEAT_MS);
  // The sender slept for a second.
  expect(tally.beat({ number: 6, time: 1_200 }, 2_200)).toBe(BEAT_MS);
  // Late and overtaken: nobody waited for it.
  expect(tally.beat({ number: 4, time: 3 * BEAT_MS }, 2_300)).toBe(null);
  expect(tally.longestGap).toBe(3 * BEAT_MS);
  expect(tally.silence(2_300)).toBe(100);
});

test("missing, late and doubled messages are told apart", () => {
  const tally = new Tally();
  tally.expect(7);
  tally.count(7);
  tally.count(10);
  expect(tally).toMatchObject({ received: 2, lost: 2, doubled: 0, disordered: 0 });
  tally.count(9);
  expect(tally).toMatchObject({ received: 3, lost: 1, disordered: 1 });
  tally.count(9);
  tally.count(10);
  expect(tally).toMatchObject({ received: 5, lost: 1, doubled: 2 });
  tally.restart();
  tally.count(11);
  expect(tally).toMatchObject({ received: 1, lost: 0, doubled: 0, disordered: 0 });
});

test("messages lost before the first to arrive are missed where the sender said what to expect", () => {
  const told = new Tally();
  told.expect(3);
  told.count(5);
  expect(told.lost).toBe(2);
  const untold = new Tally();
  untold.count(5);
  expect(untold.lost).toBe(0);
});

test("numbers from far off are nobody's loss, and no more are missing than are kept", () => {
  const liar = new Tally();
  for (let each = 0; each < 100; each++) liar.count(each * 1_000_000);
  expect(liar).toMatchObject({ received: 100, lost: 0 });
  liar.count(Number.MAX_SAFE_INTEGER);
  expect(liar.lost).toBe(0);
  const persistent = new Tally();
  for (let each = 0; each < 100; each++) persistent.count(each * 900);
  expect(persistent.lost).toBe(MAX_MISSING);
  // Who counts honestly afterwards is measured honestly.
  persistent.restart();
  persistent.count(99 * 900 + 1);
  persistent.count(99 * 900 + 3);
  expect(persistent.lost).toBe(1);
});
