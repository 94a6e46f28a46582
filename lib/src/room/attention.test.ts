import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { Attention, HIDDEN_AFTER_MS, IDLE_AFTER_MS, LATENESS_LOOK_MS } from "./attention.ts";

class Page extends EventTarget {
  visibilityState = "visible";
  readonly notPassive: unknown[] = [];

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    const [type, , options] = args;
    if (typeof options === "object" && options.passive !== true) this.notPassive.push(type);
    super.addEventListener(...args);
  }
}

let page: Page;
let clock: FakeClock;
let attention: Attention;
let told: string[];

const input = (type = "keydown") => page.dispatchEvent(new Event(type));
const show = (visible: boolean) => {
  page.visibilityState = visible ? "visible" : "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  page = new Page();
  clock = new FakeClock();
  told = [];
  attention = new Attention(clock, () => {
    const { pace } = attention.entry;
    told.push(`${attention.activity} ${pace}`);
  });
});
afterEach(() => {
  attention.stop();
  expect(clock.pending).toBe(0);
  vi.unstubAllGlobals();
});

describe("in a page", () => {
  beforeEach(() => {
    vi.stubGlobal("document", page);
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    attention.start();
  });

  test("active at first, idle after a minute without input, active with the next one", () => {
    expect(attention.activity).toBe("active");
    expect(attention.isWorthTelling).toBe(false);
    clock.advance(IDLE_AFTER_MS - 1);
    input("pointermove");
    clock.advance(IDLE_AFTER_MS - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["idle 0"]);
    expect(attention.isWorthTelling).toBe(true);
    input("wheel");
    input("wheel");
    expect(told).toEqual(["idle 0", "active 0"]);
    clock.advance(IDLE_AFTER_MS);
    expect(told).toEqual(["idle 0", "active 0", "idle 0"]);
  });

  test("hidden for a second it says so and asks for one a second; shown, it is active at once", () => {
    show(false);
    clock.advance(HIDDEN_AFTER_MS - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["hidden 6"]);
    clock.advance(10 * IDLE_AFTER_MS);
    expect(told).toEqual(["hidden 6"]);
    show(true);
    expect(told).toEqual(["hidden 6", "active 0"]);
  });

  test("who switches between tabs quickly tells nobody", () => {
    for (let i = 0; i < 20; i++) {
      show(false);
      clock.advance(HIDDEN_AFTER_MS - 1);
      show(true);
      clock.advance(300);
    }
    expect(told).toEqual([]);
  });

  test("idle and then hidden and shown for a moment", () => {
    clock.advance(IDLE_AFTER_MS);
    show(false);
    clock.advance(HIDDEN_AFTER_MS);
    show(true);
    show(false);
    expect(told).toEqual(["idle 0", "hidden 6", "active 0"]);
  });

  test("a tab that opens behind others says so", () => {
    attention.stop();
    page.visibilityState = "hidden";
    attention.start();
    clock.advance(HIDDEN_AFTER_MS);
    expect(told).toEqual(["hidden 6"]);
  });

  test("its listeners are passive, and none is left when it stops", () => {
    expect(page.notPassive).toEqual([]);
    attention.stop();
    show(false);
    input();
    clock.advance(IDLE_AFTER_MS);
    expect(told).toEqual([]);
  });

  test("a hidden tab's late timers say nothing of it", () => {
    show(false);
    clock.advance(HIDDEN_AFTER_MS);
    for (let i = 0; i < 50; i++) {
      attention.heard();
      clock.jump(1_000);
    }
    expect(told).toEqual(["hidden 6"]);
  });
});

describe("late", () => {
  /** Frames arrive, and everything is so late. */
  const run = (looks: number, lateMs: number) => {
    for (let i = 0; i < looks; i++) {
      attention.heard();
      attention.heard();
      clock.jump(LATENESS_LOOK_MS + lateMs);
    }
  };

  test("a tab that keeps up asks for nothing, nor does one that stalled once or slept", () => {
    run(100, 5);
    run(1, 200);
    run(100, 5);
    expect(told).toEqual([]);
    run(1, 3_600_000);
    run(100, 5);
    expect(told.at(-1) ?? "active 0").toBe("active 0");
    expect(told.length).toBeLessThanOrEqual(2);
  });

  test("a slow tab asks for less, in steps, and for all again once it keeps up", () => {
    run(50, 80);
    expect(told).toEqual(["active 1", "active 2"]);
    run(200, 80);
    expect(told).toHaveLength(2);
    run(50, 0);
    expect(told.slice(2)).toEqual(["active 1", "active 0"]);
  });

  test("however slow, it asks for four a second; and it is not chatty when it wavers", () => {
    run(100, 2_000);
    expect(told.at(-1)).toBe("active 4");
    const before = told.length;
    for (let i = 0; i < 50; i++) run(1, i % 2 === 0 ? 60 : 140);
    expect(told.length - before).toBeLessThanOrEqual(2);
  });

  test("without frames there is no timer", () => {
    expect(clock.pending).toBe(0);
    run(1, 0);
    expect(clock.pending).toBe(0);
  });
});

test("outside a browser it is always active", () => {
  attention.start();
  clock.advance(10 * IDLE_AFTER_MS);
  expect(attention.activity).toBe("active");
  expect(told).toEqual([]);
});
