/**
 * `npm run bench:inspector [-- --seconds N]`
 *
 * What an open inspector costs a page: a stand-in room of 16 in Chromium, whose figures change with
 * every reading and of whose links one breaks each second, traced over the DevTools protocol. Scripting
 * is what the main thread spends in JavaScript and its garbage collection, by the thread's own clock,
 * divided among frames of a 60 Hz screen. What the 15 others tell of their links
 * arrives each second, each at a moment of its own; the stand-in's own work is counted as well. Exits with 1 when the mean is 1 ms a frame or more.
 */
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { startLibrary } from "../e2e/library-server.ts";
import { pageFiles } from "../e2e/page-files.ts";
import type {} from "../e2e/pages/inspector/main.ts";
import { browsers } from "../scripts/browsers.mjs";
import { SCRIPTING, type TraceEvent, traced } from "./trace-events.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" } } });
const seconds = Number(values.seconds);
if (!(seconds >= 2 && seconds <= 120)) throw new Error("--seconds is a number from 2 to 120.");

const FRAME_US = 1_000_000 / 60;
const MOST_MS_A_FRAME = 1;

/** What answers an event counts as well: the inspector is told by events. */
const COUNTED: ReadonlySet<string> = new Set([...SCRIPTING, "EventDispatch"]);
const TRACED = ["devtools.timeline", "v8", "disabled-by-default-v8.gc"];

interface Cost {
  readonly mean: number;
  readonly p99: number;
  readonly worst: number;
}

/** Scripting in milliseconds a frame. Of events within others only the outermost counts. */
function costOf(events: readonly TraceEvent[], durationUs: number): Cost {
  const scripting = events
    .filter(({ name, ph }) => ph === "X" && COUNTED.has(name))
    .sort((a, b) => a.ts - b.ts);
  const frames = new Float64Array(Math.ceil(durationUs / FRAME_US) + 1);
  const begin = scripting[0]?.ts ?? 0;
  const ends = new Map<string, number>();
  for (const { pid, tid, ts, dur = 0, tdur = dur } of scripting) {
    const thread = `${pid} ${tid}`;
    if (ts < (ends.get(thread) ?? 0)) continue;
    ends.set(thread, ts + dur);
    const frame = Math.min(frames.length - 1, Math.floor((ts - begin) / FRAME_US));
    frames[frame] = (frames[frame] ?? 0) + tdur / 1_000;
  }
  const sorted = frames.toSorted();
  const sum = sorted.reduce((total, ms) => total + ms, 0);
  return {
    mean: sum / (durationUs / FRAME_US),
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    worst: sorted.at(-1) ?? 0,
  };
}

const library = await startLibrary({ files: await pageFiles("e2e/pages/inspector") });
const { executablePath, args = [] } = (await browsers()).chromium;
const browser = await chromium.launch({ executablePath, args: [...args] });

async function measure(open: boolean): Promise<Cost> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(`${library.url}?closed&tables`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  await page.evaluate((open) => {
    if (open) window.inspector.open();
    let turn = 0;
    setInterval(() => {
      const [a, b] = [1 + (turn % 7), 8 + (turn % 5)];
      window.mesh.set(a, b, { path: "server", reason: "ice-failed" });
      setTimeout(() => window.mesh.set(a, b, { path: "direct", reason: null }), 700);
      turn++;
    }, 1_000);
  }, open);
  // What is compiled once is compiled by then.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  const events = await traced(browser, page, TRACED, () =>
    page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), seconds * 1_000),
  );
  await page.close();
  return costOf(events, seconds * 1_000_000);
}

const costs = { closed: await measure(false), open: await measure(true) };
await browser.close();
await library.close();

const ms = (value: number): string => `${value.toFixed(3)} ms`;
console.log(`Scripting a frame, a room of 16, ${seconds} s at 60 frames a second:`);
for (const [name, { mean, p99, worst }] of Object.entries(costs)) {
  console.log(`  ${name.padEnd(6)}  mean ${ms(mean)}  p99 ${ms(p99)}  worst ${ms(worst)}`);
}
if (costs.open.mean >= MOST_MS_A_FRAME) {
  console.error(`The mean is not under ${MOST_MS_A_FRAME} ms a frame.`);
  process.exitCode = 1;
}
