/** The page with a hundred cursors, in a browser and looked at. Chromium only. */
import type { Browser, Page } from "@playwright/test";
import { afterCollection } from "../../e2e/heap.ts";
import { pageFiles } from "../../e2e/page-files.ts";
import { traced } from "../trace-events.ts";
import { type FrameCost, frameCost } from "./frame-cost.ts";

/** Nobody is there: every request is answered here. */
const ADDRESS = "http://cursors.test/";

const TRACED = ["-*", "toplevel", "devtools.timeline", "v8.execute"];

/**
 * With all hundred in sight or at the edges, each of which has been out once: what is made once is
 * there. `query` is the page's: `?board` for one that pans.
 */
export async function openCursors(page: Page, query: "" | "?board" = ""): Promise<void> {
  const files = await pageFiles("bench/frame");
  await page.route(`${ADDRESS}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const body = files.get(pathname === "/" ? "/index.html" : pathname);
    if (body === undefined) return route.fulfill({ status: 404 });
    const isScript = pathname.endsWith(".js");
    return route.fulfill({ body, contentType: isScript ? "text/javascript" : "text/html" });
  });
  await page.goto(ADDRESS + query);
  await page.waitForFunction((query) => {
    const overlay = document.querySelector("skein-overlay")?.shadowRoot;
    const count = (selector: string) => overlay?.querySelectorAll(selector).length ?? 0;
    // Where the board pans, who is at an edge is another matter.
    return count(".cursor:not(.hidden)") === 100 && (query !== "" || count(".edge") === 100);
  }, query);
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
