import { expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { ConnectionBudget, type Need } from "./budget.ts";

function setUp(limits: { maxAlive?: number; maxPerMinute?: number } = {}) {
  const clock = new FakeClock();
  let collect = () => {};
  const followed: boolean[] = [];
  const budget = new ConnectionBudget({
    clock,
    ...limits,
    finalisation: (onFinalised) => {
      collect = () => {
        onFinalised(followed.shift() ?? false);
      };
      return { register: (_, forced) => followed.push(forced) };
    },
  });
  const make = (need?: Need) => {
    const answer = budget.take(need);
    if (answer === "ok") budget.follow({}, need);
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
  const optional = { optional: true };
  const alive = setUp({ maxAlive: 4 });
  expect([alive.make(optional), alive.make(optional)]).toEqual(["ok", "ok"]);
  expect(alive.make(optional)).toBe("too-many-connections");
  expect([alive.make(), alive.make()]).toEqual(["ok", "ok"]);

  const often = setUp({ maxPerMinute: 4 });
  expect([often.make(optional), often.make(), often.make(optional)]).toEqual([
    "ok",
    "ok",
    "too-many-connections",
  ]);
  often.clock.advance(60_000);
  expect(often.make(optional)).toBe("ok");
});

it("lets others have half at most, in a minute and alive, whatever they want", () => {
  const { clock, make, collect } = setUp({ maxAlive: 20 });
  const hostile = Array.from({ length: 20 }, () => ({ forcedBy: {} }));
  const made = () => hostile.filter((need) => make(need) === "ok").length;
  expect(made()).toBe(10);
  clock.advance(60_000);
  expect(made()).toBe(0);
  expect(Array.from({ length: 10 }, () => make())).not.toContain("too-many-connections");
  collect();
  clock.advance(60_000);
  expect(made()).toBe(1);
});

it("divides that half between those who want some, and keeps a share for the next", () => {
  const { make } = setUp();
  const take = (need: Need) => {
    let count = 0;
    while (make(need) === "ok") count += 1;
    return count;
  };
  const [one, two, three] = [{ forcedBy: {} }, { forcedBy: {} }, { forcedBy: {} }];
  expect([take(one), take(two), take(three)]).toEqual([7, 5, 3]);
  // What we want ourselves is still to be had.
  expect(take({})).toBe(15);
});

it("lets a whole mesh join at once", () => {
  const { make } = setUp();
  for (let n = 0; n < 15; n++) expect(make({ forcedBy: {} })).toBe("ok");
});
