import fc from "fast-check";
import { expect, test } from "vitest";
import { mappings } from "./coordinates.ts";

const side = fc.integer({ min: 1, max: 4_096 });
const size = fc.record({ width: side, height: side });

test("a fraction is the same place on boards of any size, to a quarter of a pixel", () => {
  fc.assert(
    fc.property(size, size, fc.double({ min: 0, max: 1, noNaN: true }), (here, there, share) => {
      const at = { x: here.width * share, y: here.height * share };
      const shared = mappings.fraction.toShared(at, here);
      if (shared === null) throw new Error("a board with a size has places");
      const drawn = mappings.fraction.toLocal(shared, there);
      expect(Math.abs(drawn.x - there.width * share)).toBeLessThanOrEqual(0.25);
      expect(Math.abs(drawn.y - there.height * share)).toBeLessThanOrEqual(0.25);
    }),
  );
});

test("an element without a size has no places", () => {
  expect(mappings.fraction.toShared({ x: 3, y: 3 }, { width: 0, height: 9 })).toBeNull();
});

test("pixels are whole and do not depend on the size", () => {
  const shared = mappings.pixels.toShared({ x: 812.4, y: 433.6 }, { width: 100, height: 100 });
  expect(shared).toEqual({ x: 812, y: 434 });
  expect(mappings.pixels.toLocal({ x: 812, y: 434 }, { width: 7, height: 7 })).toEqual(shared);
});
