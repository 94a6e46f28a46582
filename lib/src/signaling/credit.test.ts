import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { Credit } from "./credit.ts";
import { CLIENT_CREDIT_INTERVAL_MS, CREDIT_BYTES } from "./events.ts";

function setUp() {
  const clock = new FakeClock();
  const given: number[] = [];
  return { clock, given, credit: new Credit(clock, (total) => given.push(total)) };
}

describe("Credit", () => {
  it("counts what is sent until the other side confirms it", () => {
    const { credit } = setUp();
    credit.sent(100);
    credit.sent(50);
    expect(credit.buffered).toBe(150);
    expect(credit.granted(100)).toBe(true);
    expect(credit.buffered).toBe(50);
  });

  it("refuses confirmation of what was never sent, and of less than before", () => {
    const { credit } = setUp();
    credit.sent(100);
    credit.granted(60);
    expect(credit.granted(101)).toBe(false);
    expect(credit.granted(59)).toBe(false);
    expect(credit.buffered).toBe(40);
  });

  it("gives the total after a second, in one message for many frames", () => {
    const { clock, given, credit } = setUp();
    for (let i = 0; i < 10; i++) {
      credit.received(10);
      clock.advance(5);
    }
    expect(given).toEqual([]);
    clock.advance(CLIENT_CREDIT_INTERVAL_MS);
    expect(given).toEqual([100]);
    expect(clock.pending).toBe(0);
  });

  it("gives at once after 32 KiB", () => {
    const { clock, given, credit } = setUp();
    credit.received(CREDIT_BYTES - 1);
    credit.received(1);
    expect(given).toEqual([CREDIT_BYTES]);
    expect(clock.pending).toBe(0);
  });

  it("gives from the arrival itself when the last time is long ago, whatever timers do", () => {
    const { clock, given, credit } = setUp();
    clock.advance(CLIENT_CREDIT_INTERVAL_MS);
    credit.received(10);
    expect(given).toEqual([10]);
    expect(clock.pending).toBe(0);
  });

  it("leaves no timer when stopped", () => {
    const { clock, credit } = setUp();
    credit.received(10);
    credit.stop();
    expect(clock.pending).toBe(0);
  });
});
