/** What a trace of Chromium says of the frames of one page. */

import { SCRIPTING, type TraceEvent } from "../trace-events.ts";

/** A task longer than this many microseconds is a long one. */
const LONG_TASK_US = 50_000;

const isTask = (name: string): boolean => name.endsWith("RunTask");

export interface FrameCost {
  readonly frames: number;
  /** Milliseconds of the processor's time for scripting, for each frame: from its beginning to that of the next. */
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
  readonly layouts: number;
  readonly longTasks: number;
}

export function frameCost(events: readonly TraceEvent[]): FrameCost {
  const frames = events.filter(({ name }) => name === "FireAnimationFrame");
  // The page's main thread is the one that runs the animation frames.
  const thread = frames[0];
  if (thread === undefined) throw new Error("The trace has no animation frames.");
  const own = events
    .filter(({ pid, tid, ph }) => pid === thread.pid && tid === thread.tid && ph === "X")
    .sort((a, b) => a.ts - b.ts);
  // All callbacks of one frame run in one task.
  const starts = own.flatMap(({ name, ts, dur = 0 }) =>
    isTask(name) && frames.some((frame) => frame.ts >= ts && frame.ts <= ts + dur) ? [ts] : [],
  );
  const costs = starts.map(() => 0);
  let frame = 0;
  let end = 0;
  for (const { name, ts, dur = 0, tts = ts, tdur = dur } of own) {
    if (!SCRIPTING.has(name) || tts + tdur <= end) continue;
    while ((starts[frame + 1] ?? Number.POSITIVE_INFINITY) <= ts) frame += 1;
    // Events lie inside one another: only what is not counted yet.
    costs[frame] = (costs[frame] ?? 0) + (tts + tdur - Math.max(tts, end)) / 1000;
    end = tts + tdur;
  }
  const ascending = [...costs].sort((a, b) => a - b);
  const at = (share: number) => ascending[Math.floor(share * (ascending.length - 1))] ?? Number.NaN;
  return {
    frames: starts.length,
    mean: costs.reduce((sum, cost) => sum + cost, 0) / costs.length,
    median: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    most: at(1),
    layouts: own.filter(({ name }) => name === "Layout").length,
    longTasks: own.filter(({ name, dur = 0, tdur = dur }) => isTask(name) && tdur > LONG_TASK_US)
      .length,
  };
}
