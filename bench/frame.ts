/**
 * `npm run bench:frame [-- --frames N] [-- --edges]`
 *
 * What a hundred moving remote cursors cost the page in Chromium, from a trace: milliseconds of
 * scripting for each frame, layouts and long tasks. All of the page's scripting counts: to draw, and
 * to take in the bytes of a room of a hundred, links and jitter buffers included, with some 0.3 ms of
 * the bench's own in place of a socket. `--edges`: the cursors cross the edges, where markers stand for
 * them. Without it, exits with 1 when drawing takes the median frame more than 2 ms, or there is a
 * layout or a long task.
 */
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { browsers } from "../scripts/browsers.mjs";
import { openCursors, traceFrames } from "./frame/page.ts";

const MOST_SCRIPTING_MS = 2;

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "600" },
    edges: { type: "boolean", default: false },
  },
});
const frames = Number(values.frames);
if (!Number.isInteger(frames) || frames < 1) throw new Error("--frames is a whole number.");

const { args = [], executablePath } = (await browsers()).chromium;
const browser = await chromium.launch({ executablePath, args: [...args] });
try {
  const page = await browser.newPage();
  await openCursors(page, values.edges ? "?edges" : "");
  const cost = await traceFrames(browser, page, frames);
  const rounded = Object.entries(cost).map(([name, value]) => [name, Number(value.toFixed(3))]);
  console.log("Milliseconds of scripting a frame, with 100 moving cursors:");
  console.table(Object.fromEntries(rounded));
  const isTooMuch =
    cost.drawingMedian > MOST_SCRIPTING_MS || cost.layouts > 0 || cost.longTasks > 0;
  if (isTooMuch && !values.edges) process.exitCode = 1;
} finally {
  await browser.close();
}
