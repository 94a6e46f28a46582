/** How what arrives is drawn: as ours is, or as is usual. */
import perfectCursors from "perfect-cursors";
import type { Tuning } from "../../lib/src/cursor/playback/modes.ts";
import { Playback } from "../../lib/src/cursor/playback/playback.ts";
import type { FakeClock } from "../../lib/src/fake-clock.ts";
import type { CursorSample } from "../../lib/src/room/types.ts";
import type { Place } from "./hand.ts";

export interface Drawer {
  receive(samples: readonly CursorSample[]): void;
  /** What the frame at `now` shows; null before anything came. */
  frame(now: number): Place | null;
  /** Positions that arrived and wait for those before them to be drawn. */
  waiting?(): number;
  stop(): void;
}

export type MakeDrawer = (clock: FakeClock) => Drawer;

export const played =
  (tuning: Tuning): MakeDrawer =>
  (clock) => {
    const playback = new Playback(({ x, y }) => ({ x, y }), tuning);
    return {
      receive: (samples) => playback.add(samples, clock.now()),
      frame: (now) => playback.read(now),
      stop() {},
    };
  };

/** From where it is drawn straight to the newest position, in the time between two of them. */
export const tweened =
  (duration: number): MakeDrawer =>
  (clock) => {
    let tween: { readonly from: Place; readonly to: Place; readonly start: number } | null = null;
    const at = (now: number): Place | null => {
      if (tween === null) return null;
      const { from, to, start } = tween;
      const share = Math.min(1, Math.max(0, (now - start) / duration));
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    };
    return {
      receive(samples) {
        const to = samples.at(-1);
        if (to !== undefined) tween = { from: at(clock.now()) ?? to, to, start: clock.now() };
      },
      frame: at,
      stop() {},
    };
  };

/**
 * The `perfect-cursors` package, its clock, timers and animation frames in our hands. It draws each
 * position for as long as it took to come, one after the other, and sees the end of one only in the
 * frame after: while a hand moves without a pause it falls behind, by half a frame a position.
 */
export const perfected: MakeDrawer = (clock) => {
  let drawn: Place | null = null;
  let frames: (() => void)[] = [];
  const own = {
    requestAnimationFrame: globalThis.requestAnimationFrame,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    now: performance.now,
  };
  const timers = new Map<number, () => void>();
  let ids = 0;
  Object.assign(globalThis, {
    requestAnimationFrame: (frame: () => void) => frames.push(frame),
    setTimeout: (task: () => void, ms: number) => {
      ids += 1;
      timers.set(ids, clock.after(ms, task));
      return ids;
    },
    clearTimeout: (id: number) => timers.get(id)?.(),
  });
  performance.now = () => clock.now();
  const cursor = new perfectCursors.PerfectCursor(([x = 0, y = 0]) => {
    drawn = { x, y };
  });
  return {
    receive(samples) {
      const newest = samples.at(-1);
      if (newest !== undefined) cursor.addPoint([newest.x, newest.y]);
    },
    waiting: () => cursor.queue.length,
    frame() {
      const due = frames;
      frames = [];
      for (const frame of due) frame();
      return drawn;
    },
    stop() {
      cursor.dispose();
      const { now, ...globals } = own;
      Object.assign(globalThis, globals);
      performance.now = now;
    },
  };
};
