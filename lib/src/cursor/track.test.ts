import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RoomTypes } from "../room/types.ts";
import { aPeer, aSample, StandInRoom } from "./stand-in-room.ts";
import { type TrackOptions, trackCursors } from "./track.ts";

let now = 1_000;
let stand: StandInRoom;
const ada = aPeer("a");

beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => now);
  stand = new StandInRoom();
  stand.setPeers(ada);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Reads frames until nothing moves any more; what the last one gave. */
function rest(tracked: ReturnType<typeof trackCursors<RoomTypes>>) {
  let drawn = tracked.read();
  for (let frames = 0; tracked.active; frames++) {
    expect(frames).toBeLessThan(200);
    now += 16;
    drawn = tracked.read();
  }
  return drawn;
}

test("gives who is where, and rests exactly at the newest sample", () => {
  const tracked = trackCursors(stand.room);
  expect(tracked.read()).toEqual([]);
  expect(tracked.active).toBe(false);
  for (let i = 0; i < 20; i++) {
    now += 16;
    stand.cursor(ada, aSample(10 * i, 5, { time: now, pressed: true, pointerType: "pen" }));
    expect(tracked.active).toBe(true);
    const x = tracked.read()[0]?.x;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(10 * i);
  }
  expect(rest(tracked)).toEqual([{ peer: ada, x: 190, y: 5, pressed: true, pointerType: "pen" }]);
});

test("wakes a sleeping app once, and lets go when asked", () => {
  const tracked = trackCursors(stand.room);
  const woken = vi.fn();
  const off = tracked.onWake(woken);
  stand.cursor(ada, aSample(1, 1, { time: now }));
  stand.cursor(ada, aSample(2, 1, { time: now + 1 }));
  expect(woken).toHaveBeenCalledTimes(1);
  rest(tracked);
  off();
  now += 500;
  stand.cursor(ada, aSample(3, 1, { time: now }));
  expect(woken).toHaveBeenCalledTimes(1);
  tracked.stop();
  expect(stand.listeners).toBe(0);
  expect(tracked.read()).toEqual([]);
});

test("who is here and still is there at once; who hides or leaves is not", () => {
  stand.cursors.set("a", aSample(7, 8));
  const tracked = trackCursors(stand.room);
  expect(rest(tracked)).toMatchObject([{ x: 7, y: 8 }]);
  stand.cursor(ada);
  expect(rest(tracked)).toEqual([]);
  now += 100;
  stand.cursor(ada, aSample(9, 9, { time: now }));
  expect(rest(tracked)).toMatchObject([{ x: 9 }]);
  stand.setPeers();
  expect(tracked.active).toBe(true);
  expect(rest(tracked)).toEqual([]);
});

test("a peer's new look comes with its cursor", () => {
  stand.cursors.set("a", aSample(7, 8));
  const tracked = trackCursors(stand.room);
  rest(tracked);
  const renamed = aPeer("a", { presence: { name: "Countess" } });
  stand.setPeers(renamed);
  expect(rest(tracked)[0]?.peer).toBe(renamed);
});

test("only of its own surface", () => {
  const tracked = trackCursors(stand.room, { surface: "board" });
  stand.cursor(ada, aSample(1, 1, { time: now }));
  expect(rest(tracked)).toEqual([]);
  stand.cursor(ada, aSample(2, 2, { time: now, frame: "board" }));
  expect(rest(tracked)).toMatchObject([{ x: 2 }]);
  stand.cursor(ada, aSample(3, 3, { time: now }));
  expect(rest(tracked)).toEqual([]);
});

test("maps to the canvas, and anew after a zoom", () => {
  let zoom = 2;
  const tracked = trackCursors(stand.room, {
    toLocal: ({ x, y }) => (x < 0 ? null : { x: x * zoom, y: y * zoom }),
  });
  stand.cursor(ada, aSample(10, 20, { time: now }));
  expect(rest(tracked)).toMatchObject([{ x: 20, y: 40 }]);
  zoom = 3;
  tracked.refresh();
  expect(tracked.active).toBe(true);
  expect(rest(tracked)).toMatchObject([{ x: 30, y: 60 }]);
  now += 50;
  stand.cursor(ada, aSample(-1, 0, { time: now }));
  expect(rest(tracked)).toEqual([]);
});

describe("misuse says what to do", () => {
  test.each([
    [{ chat: true }, "not-supported"],
    [{ mode: "fast" }, "bad-argument"],
    [{ mode: "toString" }, "bad-argument"],
    [{ surface: 3 }, "bad-argument"],
    [{ toLocal: "x" }, "bad-argument"],
  ])("%j: %s", (options, code) => {
    expect(() => trackCursors(stand.room, options as unknown as TrackOptions)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
