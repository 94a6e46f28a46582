import fc from "fast-check";
import { expect, test } from "vitest";
import { EDGE_INSET_PX, edgePlaces } from "./edges.ts";

const visible = { left: 100, top: 200, width: 600, height: 400 };
const at = (who: string, x: number, y: number) => ({ who, at: { x, y } });

test("a marker stands at the edge nearest to the one out of sight, and points there", () => {
  expect(edgePlaces([at("east", 900, 400)], visible)).toEqual([
    { who: ["east"], x: 600 - EDGE_INSET_PX, y: 200, degrees: 0 },
  ]);
  expect(edgePlaces([at("below", 300, 5_000)], visible)).toEqual([
    { who: ["below"], x: 200, y: 400 - EDGE_INSET_PX, degrees: 90 },
  ]);
  const [corner] = edgePlaces([at("corner", 0, 100)], visible);
  expect(corner).toMatchObject({ x: EDGE_INSET_PX, y: EDGE_INSET_PX, degrees: -135 });
});

test("several at one place are one marker, the first of them in front", () => {
  const places = edgePlaces([at("a", 900, 300), at("b", 950, 320), at("c", 900, 500)], visible);
  expect(places.map(({ who }) => who)).toEqual([["a", "b"], ["c"]]);
});

test("every one is at exactly one place, all of them in sight and apart", () => {
  const point = fc.record({
    x: fc.integer({ min: -9_999, max: 9_999 }),
    y: fc.integer({ min: -9_999, max: 9_999 }),
  });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), (points) => {
      const places = edgePlaces(
        points.map((at, who) => ({ who, at })),
        visible,
      );
      expect(places.flatMap(({ who }) => who).sort((a, b) => a - b)).toEqual(
        points.map((_, i) => i),
      );
      for (const { x, y } of places) {
        expect(x).toBeGreaterThanOrEqual(EDGE_INSET_PX);
        expect(y).toBeGreaterThanOrEqual(EDGE_INSET_PX);
        expect(x).toBeLessThanOrEqual(visible.width - EDGE_INSET_PX);
        expect(y).toBeLessThanOrEqual(visible.height - EDGE_INSET_PX);
      }
      for (const [i, a] of places.entries())
        for (const b of places.slice(0, i))
          expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(43);
    }),
  );
});

test("what is too small in sight is not covered with markers", () => {
  expect(edgePlaces([at("a", 900, 300)], { ...visible, height: 90 })).toEqual([]);
});
