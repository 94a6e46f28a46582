import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { mappings, ownMapping, type Point } from "./coordinates.ts";

const side = fc.integer({ min: 1, max: 4_096 });
const size = fc.record({ width: side, height: side });

test("a fraction is the same place on boards of any size, to a quarter of a pixel", () => {
  fc.assert(
    fc.property(size, size, fc.double({ min: 0, max: 1, noNaN: true }), (here, there, share) => {
      const at = { x: here.width * share, y: here.height * share };
      const shared = mappings.fraction.toShared(at, here);
      if (shared === null) throw new Error("a board with a size has places");
      const drawn = mappings.fraction.toLocal(shared, there);
      if (drawn === null) throw new Error("a fraction is a place on every board");
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

const size100 = { width: 100, height: 100 };
afterEach(() => vi.unstubAllGlobals());

test("an app's own coordinates go there and back", () => {
  const zoom = 4;
  const own = ownMapping({
    toShared: ({ x, y }) => ({ x: x / zoom + 7, y: y / zoom }),
    fromShared: ({ x, y }, { width }) => ({ x: (x - 7) * zoom, y: Math.min(y * zoom, width) }),
  });
  expect(own.toShared({ x: 40, y: 8 }, size100)).toEqual({ x: 17, y: 2 });
  expect(own.toLocal({ x: 17, y: 2_000 }, size100)).toEqual({ x: 40, y: 100 });
});

test("what an app's functions give is a place only if it is one", () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
  const giving = (point: unknown) => {
    const give = () => point as Point;
    return ownMapping({ toShared: give, fromShared: give });
  };
  for (const no of [
    null,
    undefined,
    {},
    { x: 1 },
    { x: Number.NaN, y: 0 },
    { x: 1, y: 1 / 0 },
    { x: "1", y: 2 },
  ]) {
    expect(giving(no).toShared({ x: 0, y: 0 }, size100)).toBeNull();
    expect(giving(no).toLocal({ x: 0, y: 0 }, size100)).toBeNull();
  }
  const failing = ownMapping({
    toShared: () => null,
    fromShared() {
      throw new Error("the app's own");
    },
  });
  expect(failing.toLocal({ x: 1e38, y: -1e38 }, size100)).toBeNull();
  expect(String(reported)).toContain("the app's own");
});
