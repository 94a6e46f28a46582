import { expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { ConnectionBudget } from "./budget.ts";

function setUp(limits: { maxAlive?: number; maxPerMinute?: number } = {}) {
  const clock = new FakeClock();
  let collect = () => {};
  const followed: object[] = [];
  const budget = new ConnectionBudget({
    clock,
    ...limits,
    finalisation: (onFinalised) => {
      collect = () => {
        followed.shift();
        onFinalised();
      };
      return { register: (target) => followed.push(target) };
    },
  });
  const make = () => {
    const answer = budget.take();
    if (answer === "ok") budget.follow({});
    return answer;
  };
  return { clock, budget, make, collect: () => collect(), followed };
}

it("allows 30 in any minute", () => {
  const { clock, budget, make } = setUp();
  for (let n = 0; n < 30; n++) {
    expect(make()).toBe("ok");
    clock.advance(1000);
  }
  expect(make()).toBe("too-many-connections");
  expect(budget.waitMs).toBe(30_000);
  clock.advance(29_999);
  expect(make()).toBe("too-many-connections");
  clock.advance(1);
  expect(budget.waitMs).toBe(0);
  expect(make()).toBe("ok");
  expect(make()).toBe("too-many-connections");
});

it("counts connections until they are finalised, and says when one is", () => {
  const { clock, budget, make, collect } = setUp({ maxAlive: 2 });
  let freed = 0;
  const off = budget.onFreed(() => freed++);
  expect([make(), make(), make()]).toEqual(["ok", "ok", "too-many-connections"]);
  clock.advance(3_600_000);
  expect(make()).toBe("too-many-connections");
  expect(budget.waitMs).toBe(Number.POSITIVE_INFINITY);
  collect();
  expect(freed).toBe(1);
  expect(budget.alive).toBe(1);
  expect(make()).toBe("ok");
  off();
  collect();
  expect(freed).toBe(1);
});

it("gets the place back of a connection that could not be made", () => {
  const { budget, make } = setUp({ maxAlive: 1 });
  expect(budget.take()).toBe("ok");
  budget.giveBack();
  expect(budget.alive).toBe(0);
  expect(make()).toBe("ok");
});

it("leaves half of everything to those that need it", () => {
  const alive = setUp({ maxAlive: 4 });
  expect([alive.budget.take(true), alive.budget.take(true)]).toEqual(["ok", "ok"]);
  expect(alive.budget.take(true)).toBe("too-many-connections");
  expect([alive.make(), alive.make()]).toEqual(["ok", "ok"]);

  const often = setUp({ maxPerMinute: 4 });
  expect([often.budget.take(true), often.make(), often.budget.take(true)]).toEqual([
    "ok",
    "ok",
    "too-many-connections",
  ]);
  often.clock.advance(60_000);
  expect(often.budget.take(true)).toBe("ok");
});
