/**
 * `npm run bench:frame [-- --frames N]`
 *
 * What a hundred moving remote cursors cost the page in Chromium, from a trace: milliseconds of
 * scripting for each frame, layouts and long tasks. All of the page's scripting counts: taking in the
 * bytes of a room of a hundred, links and the jitter buffers included, and drawing cursors that cross
 * the edges, with their markers. Exits with 1 when the median frame has more than 2 ms, or there is a
 * layout or a long task.
 */
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { browsers } from "../scripts/browsers.mjs";
import { openCursors, traceFrames } from "./frame/page.ts";

const MOST_SCRIPTING_MS = 2;

const { values } = parseArgs({ options: { frames: { type: "string", default: "600" } } });
const frames = Number(values.frames);
if (!Number.isInteger(frames) || frames < 1) throw new Error("--frames is a whole number.");

const { args = [], executablePath } = (await browsers()).chromium;
const browser = await chromium.launch({ executablePath, args: [...args] });
try {
  const page = await browser.newPage();
  await openCursors(page);
  const cost = await traceFrames(browser, page, frames);
  const rounded = Object.entries(cost).map(([name, value]) => [name, Number(value.toFixed(3))]);
  console.log("Milliseconds of scripting a frame, with 100 moving cursors:");
  console.table(Object.fromEntries(rounded));
  if (cost.median > MOST_SCRIPTING_MS || cost.layouts > 0 || cost.longTasks > 0) {
    process.exitCode = 1;
  }
} finally {
  await browser.close();
}
