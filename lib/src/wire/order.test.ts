import fc from "fast-check";
import { expect, test } from "vitest";
import { FORGET_AFTER_MS, SampleOrder } from "./order.ts";

/** A sample as it is on the wire. */
const wire = (time: number, number: number) => [time % 65536, number % 256] as const;

test("samples that arrive in order are all new, with their times unwrapped", () => {
  fc.assert(
    fc.property(
      fc.nat(1e9),
      fc.array(fc.tuple(fc.nat(9_000), fc.nat(400)), { maxLength: 100 }),
      (start, steps) => {
        const order = new SampleOrder();
        let time = start;
        let number = 0;
        order.accept(...wire(time, number), 0);
        for (const [step, delay] of steps) {
          time += step;
          number += 1;
          // Up to 400 ms late, but never before the last: the order is what matters here.
          const got = order.accept(...wire(time, number), time - start + delay);
          expect(got).toBe((start % 65536) + time - start);
        }
      },
    ),
  );
});

test("whatever order samples arrive in, what is accepted goes forward, and the newest is", () => {
  const delays = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(fc.nat(1e6), delays, fc.nat(20), (start, delays, step) => {
      const arrivals = delays
        .map((delay, i) => ({ time: start + i * step, number: i, at: i * step + delay }))
        .sort((a, b) => a.at - b.at);
      const order = new SampleOrder();
      let newest = -1;
      for (const { time, number, at } of arrivals) {
        const isNew = order.accept(...wire(time, number), at) !== undefined;
        expect(isNew).toBe(number > newest);
        newest = Math.max(newest, number);
      }
    }),
  );
});

test("the same sample on a second path or the reliable lane is not new", () => {
  const order = new SampleOrder();
  expect(order.accept(...wire(70_000, 9), 0)).toBeDefined();
  expect(order.accept(...wire(70_000, 9), 3)).toBeUndefined();
  expect(order.isBefore(...wire(70_000, 9), 3)).toBe(false);
  expect(order.isBefore(...wire(69_999, 8), 3)).toBe(true);
  expect(order.accept(...wire(70_000, 9), FORGET_AFTER_MS + 5_000)).toBeUndefined();
});

test("samples of one millisecond go by their numbers, over the wrap too", () => {
  const order = new SampleOrder();
  order.accept(...wire(500, 255), 0);
  expect(order.accept(...wire(500, 256), 0)).toBe(500);
  expect(order.accept(...wire(500, 255), 0)).toBeUndefined();
});

test("a sender whose clock went wrong is heard again after a silence", () => {
  const order = new SampleOrder();
  order.accept(...wire(40_000, 1), 0);
  expect(order.accept(...wire(20_000, 2), 1_000)).toBeUndefined();
  const later = order.accept(...wire(20_016, 3), FORGET_AFTER_MS + 1);
  expect(later).toBeGreaterThan(40_000);
  expect((later ?? 0) % 65536).toBe(20_016);
});

test("a new incarnation begins anew", () => {
  const order = new SampleOrder();
  order.accept(...wire(40_000, 1), 0);
  order.reset();
  expect(order.accept(...wire(3, 0), 10)).toBe(3);
});
