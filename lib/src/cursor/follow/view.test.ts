import fc from "fast-check";
import { expect, test } from "vitest";
import { checkedView, eased, type ViewRect } from "./view.ts";

const at = (x: number, y: number, width = 1, height = 1): ViewRect => ({ x, y, width, height });

test("a view moves softly, never past its goal, and comes to rest on it", () => {
  const goal = at(100, -50, 2, 3);
  let now = at(0, 0);
  let left = Number.POSITIVE_INFINITY;
  let frames = 0;
  while (now !== goal) {
    now = eased(now, goal, 16);
    expect(goal.x - now.x).toBeLessThan(left);
    expect(now.x).toBeLessThanOrEqual(goal.x);
    left = goal.x - now.x;
    frames += 1;
  }
  // Half of it within a tenth of a second, all of it within some two.
  expect(frames).toBeGreaterThan(10);
  expect(frames).toBeLessThan(125);
});

test("a frame that comes late does not jump", () => {
  const { x } = eased(at(0, 0), at(100, 0), 60_000);
  expect(x).toBeGreaterThan(50);
  expect(x).toBeLessThan(80);
});

test("what a stranger says it sees is a rectangle, or nothing", () => {
  expect(checkedView({ x: -1, y: 2, width: 3, height: 4, more: 5 })).toEqual(at(-1, 2, 3, 4));
  const bad = [
    undefined,
    null,
    7,
    "x",
    [],
    {},
    { x: 0, y: 0, width: 0, height: 1 },
    { x: 0, y: 0, width: 1, height: -1 },
    { x: "0", y: 0, width: 1, height: 1 },
    { x: Number.NaN, y: 0, width: 1, height: 1 },
    { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 1 },
  ];
  for (const data of bad) expect(checkedView(data)).toBeNull();
  fc.assert(
    fc.property(fc.anything(), (data) => {
      const view = checkedView(data);
      if (view !== null) expect(Object.values(view).every(Number.isFinite)).toBe(true);
    }),
  );
});
