import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { ECHO_INTERVAL_MS, Liveness } from "./liveness.ts";

function setUp() {
  const clock = new FakeClock();
  const echoes: number[] = [];
  let silent = 0;
  const liveness = new Liveness(
    clock,
    (number) => echoes.push(number),
    () => silent++,
  );
  return { clock, echoes, liveness, silent: () => silent };
}

describe("Liveness", () => {
  it("measures the round trip of an echo, and smooths it", () => {
    const { clock, liveness } = setUp();
    expect(liveness.rtt).toBeNull();
    liveness.check();
    clock.advance(40);
    expect(liveness.answered(1)).toBe(true);
    expect(liveness.rtt).toBe(40);
    liveness.check();
    clock.advance(80);
    liveness.answered(2);
    expect(liveness.rtt).toBe(50);
  });

  it("takes no answer twice, and none to a question it never asked", () => {
    const { clock, liveness } = setUp();
    liveness.check();
    clock.advance(40);
    liveness.answered(1);
    clock.advance(1000);
    liveness.answered(1);
    expect(liveness.answered(7)).toBe(false);
    expect(liveness.rtt).toBe(40);
  });

  it("asks every five seconds while it is answered", () => {
    const { clock, echoes, liveness, silent } = setUp();
    liveness.check();
    for (let i = 0; i < 3; i++) {
      liveness.heard();
      clock.advance(ECHO_INTERVAL_MS);
    }
    expect(echoes).toEqual([1, 2, 3, 4]);
    expect(silent()).toBe(0);
  });

  it("says so once when nothing comes back", () => {
    const { clock, liveness, silent } = setUp();
    liveness.check();
    clock.advance(ECHO_INTERVAL_MS - 1);
    expect(silent()).toBe(0);
    clock.advance(60_000);
    expect(silent()).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it("asks once more before it judges, when this page itself stood still", () => {
    const { clock, echoes, liveness, silent } = setUp();
    liveness.check();
    clock.jump(60_000);
    expect(silent()).toBe(0);
    expect(echoes).toEqual([1, 2]);
    clock.advance(ECHO_INTERVAL_MS);
    expect(silent()).toBe(1);
  });

  it("leaves no timer when stopped", () => {
    const { clock, liveness } = setUp();
    liveness.check();
    liveness.stop();
    expect(clock.pending).toBe(0);
  });
});
