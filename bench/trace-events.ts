/** What a trace of Chromium says, as far as it is read here. */
import type { Browser, Page } from "@playwright/test";

export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** The same on the thread's own clock, which stands still while others have the processor. */
  readonly tts?: number;
  readonly tdur?: number;
}

/** Whatever runs JavaScript, and the collection of its garbage: what DevTools counts as scripting. */
export const SCRIPTING: ReadonlySet<string> = new Set([
  "EvaluateScript",
  "FireAnimationFrame",
  "FunctionCall",
  "MajorGC",
  "MinorGC",
  "RunMicrotasks",
  "TimerFire",
]);

/** Traces `page` while `run` goes on. */
export async function traced(
  browser: Browser,
  page: Page,
  categories: readonly string[],
  run: () => Promise<unknown>,
): Promise<readonly TraceEvent[]> {
  await browser.startTracing(page, { categories: [...categories] });
  await run();
  const trace = JSON.parse((await browser.stopTracing()).toString("utf8")) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  return trace.traceEvents;
}
