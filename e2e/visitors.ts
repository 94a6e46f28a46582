/** What visitors of the demo do and see, for its tests. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

declare global {
  interface Window {
    /** What the page's content security policy had to stop. */
    violations: string[];
    copied: string[];
  }
}

/** Runs before the page's scripts. */
export function listen(): void {
  window.violations = [];
  window.copied = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    window.violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
  // Reading the clipboard needs a permission that not every browser gives to a test.
  Object.defineProperty(navigator, "clipboard", {
    value: { writeText: async (text: string) => void window.copied.push(text) },
  });
}

export const ownBoard = (page: Page): Locator => page.locator("#pane-own .board");
export const violations = (page: Page): Promise<string[]> => page.evaluate(() => window.violations);

/** Nothing changes its size or place any more. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        .map(({ finished }) => finished),
    ),
  );
}

/** Opens one room on several visitors' pages; they have each other in their lists. */
export async function meet(
  pages: readonly Page[],
  url: string,
  size = { width: 1280, height: 800 },
): Promise<void> {
  for (const page of pages) {
    await page.setViewportSize(size);
    await page.addInitScript(listen);
    await page.goto(url);
  }
  for (const page of pages) {
    await expect(page.locator("#count")).toHaveText(String(pages.length));
    // The second pane was company while there was nobody else.
    await expect(page.locator("#stage")).toHaveAttribute("data-panes", "1");
    await atRest(page);
  }
}

/** The middle of an element, in pixels of the window. */
export async function middleOf(element: Locator): Promise<{ x: number; y: number }> {
  const box = await element.boundingBox();
  if (box === null) throw new Error("It is not on the page.");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Where the one cursor of somebody else points on a visitor's own board, in pixels of the window. */
export const cursorTip = (page: Page): Promise<{ x: number; y: number } | null> =>
  page.evaluate(() => {
    const overlay = document.querySelector("#pane-own skein-overlay");
    const cursor = overlay?.shadowRoot?.querySelector(".cursor:not(.hidden)");
    if (!cursor) return null;
    const { left, top } = cursor.getBoundingClientRect();
    return { x: left, y: top };
  });

/** Waits until the other's cursor points at an element's middle. */
export async function pointsAt(page: Page, element: Locator): Promise<void> {
  await expect(async () => {
    const [tip, middle] = [await cursorTip(page), await middleOf(element)];
    expect(Math.abs((tip?.x ?? -1e4) - middle.x)).toBeLessThanOrEqual(3);
    expect(Math.abs((tip?.y ?? -1e4) - middle.y)).toBeLessThanOrEqual(3);
  }).toPass({ timeout: 10_000 });
}
