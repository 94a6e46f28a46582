import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { Meter } from "./meter.ts";

const FRAMES = { perSecond: 10, atOnce: 20, owed: 5 };
const BYTES = { perSecond: 100, atOnce: 200, owed: 50 };
const times = <T>(count: number, take: () => T) => Array.from({ length: count }, take);

test("so many at once, then over, then beyond; time makes it good again", () => {
  const clock = new FakeClock();
  const meter = new Meter(clock, FRAMES, BYTES);
  expect(new Set(times(20, () => meter.take(1)))).toEqual(new Set(["within"]));
  expect(new Set(times(5, () => meter.take(1)))).toEqual(new Set(["over"]));
  expect(meter.exceeded).toBeNull();
  expect(meter.take(1)).toBe("beyond");
  expect(meter.exceeded).toBe("frames");
  expect(meter.waitMs).toBe(600);
  clock.advance(600);
  expect(meter.waitMs).toBe(0);
  expect(meter.take(1)).toBe("over");
  clock.advance(60_000);
  expect(meter.take(1)).toBe("within");
});

test("few frames of many bytes are as much", () => {
  const meter = new Meter(new FakeClock(), FRAMES, BYTES);
  expect(meter.take(200)).toBe("within");
  expect(meter.take(50)).toBe("over");
  expect(meter.waitMs).toBe(500);
  expect(meter.take(1)).toBe("beyond");
  expect(meter.exceeded).toBe("bytes");
});

test("whatever comes when: never more is within than twice what may come at once and the rate", () => {
  const step = fc.record({ ms: fc.nat(3_000), frames: fc.nat(30), bytes: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = new FakeClock();
      const meter = new Meter(clock, FRAMES, BYTES);
      let frames = 0;
      let bytes = 0;
      let ms = 0;
      for (const each of steps) {
        clock.advance(each.ms);
        ms += each.ms;
        for (let i = 0; i < each.frames; i++) {
          if (meter.take(each.bytes) !== "within") continue;
          frames++;
          bytes += each.bytes;
        }
      }
      expect(frames).toBeLessThanOrEqual(2 * FRAMES.atOnce + (ms / 1000) * FRAMES.perSecond);
      expect(bytes).toBeLessThanOrEqual(2 * BYTES.atOnce + (ms / 1000) * BYTES.perSecond);
    }),
  );
});
