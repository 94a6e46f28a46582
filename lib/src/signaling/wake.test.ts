import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { watchWake } from "./wake.ts";

afterEach(() => vi.unstubAllGlobals());

describe("watchWake", () => {
  it("stays quiet while time passes as it should", () => {
    const clock = new FakeClock();
    const onWake = vi.fn();
    watchWake(clock, onWake, () => clock.now());
    clock.advance(60_000);
    expect(onWake).not.toHaveBeenCalled();
  });

  it("notices that the machine slept, even where the monotonic clock slept too", () => {
    const clock = new FakeClock();
    let asleep = 0;
    const onWake = vi.fn();
    watchWake(clock, onWake, () => clock.now() + asleep);
    clock.advance(10_000);
    asleep = 3_600_000;
    clock.advance(2_000);
    expect(onWake).toHaveBeenCalledTimes(1);
    clock.advance(60_000);
    expect(onWake).toHaveBeenCalledTimes(1);
  });

  it("notices a network that came back, and leaves no listener or timer", () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    const clock = new FakeClock();
    const onWake = vi.fn();
    const undo = watchWake(clock, onWake);
    page.dispatchEvent(new Event("online"));
    expect(onWake).toHaveBeenCalledTimes(1);
    undo();
    page.dispatchEvent(new Event("online"));
    expect(onWake).toHaveBeenCalledTimes(1);
    expect(clock.pending).toBe(0);
  });

  it("may be undone from within", () => {
    const clock = new FakeClock();
    let asleep = 0;
    const undo = watchWake(
      clock,
      () => undo(),
      () => clock.now() + asleep,
    );
    asleep = 60_000;
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});
