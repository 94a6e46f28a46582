import fc from "fast-check";
import { expect, test } from "vitest";
import { colorOf } from "../../lib/src/room/color.ts";
import { PEER_COLORS } from "../../lib/src/signaling/events.ts";
import { joinNumber } from "./join-number.ts";

test("as many members as there are hues have different colours, whoever came and went before", () => {
  const step = fc.record({ wait: fc.nat({ max: 40 }), leaves: fc.option(fc.nat({ max: 15 })) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let present: { join: number }[] = [];
      let last = 1_700_000_000_000;
      for (const { wait, leaves } of steps) {
        if (leaves !== null) present = present.filter((_, index) => index !== leaves);
        if (present.length === PEER_COLORS) continue;
        const join = joinNumber(last + 1 + wait, present);
        expect(join).toBeGreaterThan(last);
        expect(join).toBeLessThanOrEqual(last + wait + PEER_COLORS);
        present.push({ join });
        last = join;
        expect(new Set(present.map((each) => colorOf(each.join))).size).toBe(present.length);
      }
    }),
  );
});

test("two have opposite hues, and three or four are far apart too", () => {
  const present = [{ join: 1_700_000_000_007 }];
  const apart: number[] = [];
  for (let i = 0; i < 3; i++) {
    const join = joinNumber(1_700_000_000_100 + i * 100, present);
    const steps = present.map((other) =>
      Math.abs((join % PEER_COLORS) - (other.join % PEER_COLORS)),
    );
    apart.push(Math.min(...steps.map((step) => Math.min(step, PEER_COLORS - step))));
    present.push({ join });
  }
  expect(apart).toEqual([8, 4, 4]);
});

test("a room with more members than hues takes the number as it comes", () => {
  const present = Array.from({ length: PEER_COLORS }, (_, join) => ({ join }));
  expect(joinNumber(1_700_000_000_000, present)).toBe(1_700_000_000_000);
});
