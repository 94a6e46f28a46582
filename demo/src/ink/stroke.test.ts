import { describe, expect, it } from "vitest";
import { encode, type InkPoint, MAX_POINTS, PLAYBACK_MS, readChunk, Stroke } from "./stroke.ts";

const point = (time: number): InkPoint => ({ x: time, y: -time, pressure: 0.5, time });

describe("ink as it travels", () => {
  it("arrives as it was drawn, to a tenth of a unit", () => {
    const drawn = [
      { x: 1.04, y: -2.06, pressure: 0.333, time: 0 },
      { x: 3, y: 4, pressure: 0, time: 16.6 },
    ];
    const chunk = readChunk({ stroke: 1, width: 5, points: encode(drawn) });
    expect(chunk?.inked).toEqual([
      { x: 1, y: -2.1, pressure: 0.33, time: 0 },
      { x: 3, y: 4, pressure: 0, time: 17 },
    ]);
  });

  it.each([
    null,
    "ink",
    { stroke: 1.5, width: 5, points: [] },
    { stroke: 1, width: 5, points: [1, 2, 3] },
    { stroke: 1, width: 1e9, points: [] },
    { stroke: 1, width: 5, points: [Number.NaN, 0, 0, 0] },
    { stroke: 1, width: 5, points: ["1", 0, 0, 0] },
    { stroke: 1, width: 5, points: [0, 0, 7, 0] },
    { stroke: 1, width: 5, points: Array(4 * 513).fill(0) },
  ])("is refused where it cannot be drawn: %j", (data) => {
    expect(readChunk(data)).toBeNull();
  });
});

describe("Stroke", () => {
  it("grows elsewhere as it was drawn, whenever its chunks come", () => {
    const stroke = new Stroke(5, 0, 1_000, PLAYBACK_MS);
    stroke.add([point(0), point(20), point(40)]);
    expect(stroke.seen(1_000)).toHaveLength(0);
    expect(stroke.seen(1_000 + PLAYBACK_MS + 25)).toHaveLength(2);
    stroke.add([point(60)]);
    stroke.end();
    expect(stroke.isDone(1_000 + PLAYBACK_MS + 50)).toBe(false);
    expect(stroke.isDone(1_000 + PLAYBACK_MS + 60)).toBe(true);
  });

  it("shows at once what comes too late to be played", () => {
    const stroke = new Stroke(5, 0, 1_000, PLAYBACK_MS);
    stroke.add([point(0)]);
    stroke.add([point(30), point(60)]);
    expect(stroke.seen(9_000)).toHaveLength(3);
  });

  it("takes no more than it can draw", () => {
    const stroke = new Stroke(5, 0, 0, 0);
    expect(stroke.add(Array.from({ length: MAX_POINTS + 5 }, (_, time) => point(time)))).toBe(
      false,
    );
    expect(stroke).toHaveLength(MAX_POINTS);
  });
});
