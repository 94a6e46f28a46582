import { describe, expect, it } from "vitest";
import { Camera, HOME, MAX_ZOOM, MIN_ZOOM } from "./camera.ts";

function frames() {
  const due: ((now: number) => void)[] = [];
  let now = 0;
  const camera = new Camera({
    now: () => now,
    requestFrame: (run) => due.push(run),
    cancelFrame: () => due.splice(0),
  });
  const pass = (ms: number) => {
    now += ms;
    for (const run of due.splice(0)) run(now);
  };
  return { camera, pass };
}

const rounded = ({ x, y }: { x: number; y: number }) => ({ x: Math.round(x), y: Math.round(y) });

describe("Camera", () => {
  it("shows all of home in every size, in the middle", () => {
    for (const size of [
      { width: 340, height: 560 },
      { width: 1900, height: 900 },
    ]) {
      const { camera } = frames();
      camera.resize(size);
      const { x, y, width, height } = camera.view;
      expect(x).toBeLessThanOrEqual(HOME.x);
      expect(y).toBeLessThanOrEqual(HOME.y);
      expect(rounded({ x: x + width / 2, y: y + height / 2 })).toEqual({
        x: HOME.x + HOME.width / 2,
        y: HOME.y + HOME.height / 2,
      });
    }
  });

  it("tells how large the board is drawn beside home, in every size", () => {
    for (const width of [340, 1900]) {
      const { camera } = frames();
      camera.resize({ width, height: 700 });
      expect(camera.level).toBe(1);
      camera.zoomBy(1.5);
      expect(camera.level).toBeCloseTo(1.5);
      camera.panBy(40, 10);
      expect(camera.level).toBeCloseTo(1.5);
    }
  });

  it("keeps the place under the hand while zooming, as far as zoom goes", () => {
    const { camera } = frames();
    camera.resize({ width: 800, height: 600 });
    camera.panBy(37, -11);
    const at = { x: 120, y: 450 };
    const before = camera.toBoard(at);
    for (const factor of [1.7, 0.2, 1000]) {
      camera.zoomBy(factor, at);
      expect(rounded(camera.toBoard(at))).toEqual(rounded(before));
    }
    expect(camera.zoom).toBe(MAX_ZOOM);
    camera.zoomBy(0);
    expect(camera.zoom).toBe(MIN_ZOOM);
  });

  it("moves the board with the hand", () => {
    const { camera } = frames();
    camera.resize({ width: 800, height: 600 });
    camera.zoomBy(2);
    const under = camera.toBoard({ x: 100, y: 100 });
    camera.panBy(40, 25);
    expect(rounded(camera.toScreen(under))).toEqual({ x: 140, y: 125 });
  });

  it("keeps the middle when its size changes, once somebody moved it", () => {
    const { camera } = frames();
    camera.resize({ width: 800, height: 600 });
    camera.panBy(100, 0);
    const middle = rounded(camera.toBoard({ x: 400, y: 300 }));
    const { zoom } = camera;
    camera.resize({ width: 400, height: 900 });
    expect(rounded(camera.toBoard({ x: 200, y: 450 }))).toEqual(middle);
    expect(camera.zoom).toBe(zoom);
  });

  it("glides to a place, unless a hand takes it on the way", () => {
    const { camera, pass } = frames();
    camera.resize({ width: 800, height: 600 });
    camera.goTo({ x: 500, y: 500 });
    pass(1_000);
    expect(rounded(camera.toBoard({ x: 400, y: 300 }))).toEqual({ x: 500, y: 500 });
    camera.goHome();
    pass(100);
    camera.panBy(10, 10);
    const { view } = camera;
    pass(1_000);
    expect(camera.view).toEqual(view);
  });

  it("brings a place back into sight, and leaves one that is seen", () => {
    const { camera } = frames();
    camera.resize({ width: 800, height: 600 });
    const { view } = camera;
    camera.follow({ x: 0, y: 0 });
    expect(camera.view).toEqual(view);
    camera.follow({ x: 2_000, y: 0 });
    const { x } = camera.toScreen({ x: 2_000, y: 0 });
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(800);
  });

  it("does not leave the board", () => {
    const { camera } = frames();
    camera.resize({ width: 800, height: 600 });
    camera.panBy(1e9, -1e9);
    expect(camera.view.x).toBe(-8_000);
    expect(camera.view.y + camera.view.height).toBeCloseTo(8_000);
  });
});
