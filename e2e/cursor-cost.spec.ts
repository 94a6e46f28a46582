/** What a hundred moving cursors cost, as far as it does not depend on how fast the machine is. */
import type { Page } from "@playwright/test";
import { heapBytes, openCursors, passFrames, traceFrames } from "../bench/frame/page.ts";
import { expect, test } from "./fixtures.ts";
import { inForm } from "./form.ts";

/** How long memory is watched. */
const FLAT_SECONDS = inForm("SKEIN_FLAT_SECONDS", { short: 60, full: 600 });
/** Frames between two looks at the heap. */
const LOOK_FRAMES = 120;
/**
 * How much a heap may waver, in bytes. A hundred cursors that kept what they are sent would add some
 * 30 MB a minute.
 */
const WAVER_BYTES = 500_000;
/** A hundred cursors are much for a machine that does other work beside. */
const SLOW = { timeout: 30_000 };

/** Counts what makes a browser lay the page out at once when it is read. */
async function countLayoutReads(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const counted = { reads: 0 };
    Object.assign(window, { counted });
    const named = ["client", "offset", "scroll"].flatMap((of) =>
      ["Left", "Top", "Width", "Height"].map((what) => `${of}${what}`),
    );
    for (const { prototype } of [Element, HTMLElement]) {
      for (const name of [...named, "getBoundingClientRect", "getClientRects"]) {
        const property = Object.getOwnPropertyDescriptor(prototype, name);
        if (property === undefined) continue;
        const { get, value } = property;
        if (get !== undefined) {
          property.get = function () {
            counted.reads += 1;
            return get.call(this);
          };
        } else {
          property.value = function () {
            counted.reads += 1;
            return value.call(this);
          };
        }
        Object.defineProperty(prototype, name, property);
      }
    }
    const { getComputedStyle } = window;
    window.getComputedStyle = (...of) => {
      counted.reads += 1;
      return getComputedStyle(...of);
    };
  });
  return () =>
    page.evaluate(() => (window as unknown as { counted: { reads: number } }).counted.reads);
}

test("a hundred moving cursors lay nothing out, and read no layout", async ({
  newPerson,
  browserName,
  browser,
}) => {
  test.slow();
  const page = await newPerson();
  const reads = await countLayoutReads(page);
  await openCursors(page);
  expect(await reads(), "attaching reads the layout").toBeGreaterThan(0);
  await passFrames(page, 30);
  const before = await reads();
  if (browserName === "chromium") {
    // From Chromium's own trace; other browsers have none that a test can read.
    const { frames, layouts, longTasks } = await traceFrames(browser, page, 120);
    expect(frames).toBeGreaterThan(100);
    expect({ layouts, longTasks }).toEqual({ layouts: 0, longTasks: 0 });
  } else await passFrames(page, 120);
  expect(await reads()).toBe(before);
});

test("a board that pans under them, by hand and following somebody, reads no layout either", async ({
  newPerson,
}) => {
  test.slow();
  const page = await newPerson();
  const reads = await countLayoutReads(page);
  await openCursors(page, "?board");
  const board = page.locator("main");
  const pan = () => board.getAttribute("data-pan");
  await page.mouse.move(200, 300);
  await passFrames(page, 10);
  const before = await reads();
  for (let turn = 0; turn < 20; turn++) {
    await page.mouse.wheel(0, 20);
    await passFrames(page, 1);
  }
  await expect.poll(pan, SLOW).toBe("0 400");
  expect(await reads(), "panning").toBe(before);

  await page.getByRole("button", { name: "Follow" }).press("Enter");
  await expect.poll(pan, SLOW).not.toBe("0 400");
  const following = await reads();
  const seen = new Set<string | null>();
  for (let look = 0; look < 12; look++) {
    await passFrames(page, 10);
    seen.add(await pan());
  }
  expect(seen.size, "it moves along").toBeGreaterThan(6);
  expect(await reads(), "following").toBe(following);
});

test("a hundred moving cursors keep nothing of what they have drawn", async ({
  newPerson,
  browserName,
}) => {
  test.setTimeout((2 * FLAT_SECONDS + 60) * 1_000);
  const page = await newPerson();
  await openCursors(page);
  const elements = () =>
    page.evaluate(
      () => document.querySelector("skein-overlay")?.shadowRoot?.querySelectorAll("*").length,
    );
  const before = await elements();
  if (browserName === "chromium") {
    const heaps: number[] = [];
    const end = Date.now() + FLAT_SECONDS * 1_000;
    do {
      await passFrames(page, LOOK_FRAMES);
      heaps.push(await heapBytes(page));
    } while (Date.now() < end);
    // What is made once is there after the first looks.
    const early = Math.max(...heaps.slice(1, 4));
    const late = Math.min(...heaps.slice(-3));
    expect(late - early, `bytes more, of ${heaps.join(", ")}`).toBeLessThan(WAVER_BYTES);
  } else await passFrames(page, LOOK_FRAMES);
  expect(await elements()).toBe(before);
});
