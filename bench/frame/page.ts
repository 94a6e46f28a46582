/** The page with a hundred cursors, in a browser and looked at. Chromium only. */
import type { Browser, Page } from "@playwright/test";
import { afterCollection } from "../../e2e/heap.ts";
import { pageFiles } from "../../e2e/page-files.ts";
import { traced } from "../trace-events.ts";
import { type FrameCost, frameCost } from "./frame-cost.ts";

/** Nobody is there: every request is answered here. */
const ADDRESS = "http://cursors.test/";

const TRACED = ["-*", "toplevel", "devtools.timeline", "v8.execute"];

export async function openCursors(page: Page): Promise<void> {
  const files = await pageFiles("bench/frame");
  await page.route(`${ADDRESS}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const body = files.get(pathname === "/" ? "/index.html" : pathname);
    if (body === undefined) return route.fulfill({ status: 404 });
    const isScript = pathname.endsWith(".js");
    return route.fulfill({ body, contentType: isScript ? "text/javascript" : "text/html" });
  });
  await page.goto(ADDRESS);
  await page.waitForFunction(
    () =>
      document.querySelector("skein-overlay")?.shadowRoot?.querySelectorAll(".cursor:not(.hidden)")
        .length === 100,
  );
}

/** So many frames, then what they cost. */
export async function traceFrames(
  browser: Browser,
  page: Page,
  frames: number,
): Promise<FrameCost> {
  await passFrames(page, 60);
  return frameCost(await traced(browser, page, TRACED, () => passFrames(page, frames)));
}

/** Resolves after so many animation frames. */
export async function passFrames(page: Page, frames: number): Promise<void> {
  await page.evaluate(
    (frames) =>
      new Promise<void>((resolve) => {
        let left = frames;
        const next = () => (left-- > 0 ? requestAnimationFrame(next) : resolve());
        next();
      }),
    frames,
  );
}

/** Bytes of the page's heap, garbage left out. */
export const heapBytes = (page: Page): Promise<number> =>
  afterCollection(page, async (session) => (await session.send("Runtime.getHeapUsage")).usedSize);
