/** The inspector: one broken link among 120 is seen at a glance, by everybody, in every room. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./library.ts";
import { type Library, startLibrary } from "./library-server.ts";
import { pageFiles } from "./page-files.ts";
import type {} from "./pages/inspector/main.ts";
import { meet } from "./visitors.ts";

let sixteen: Library;
test.beforeAll(async () => {
  sixteen = await startLibrary({ files: await pageFiles("e2e/pages/inspector") });
});
test.afterAll(() => sixteen.close());

const breakOne = (page: Page) =>
  page.evaluate(() => window.mesh.set(5, 12, { path: "server", reason: "ice-failed" }));
const verdict = (page: Page) => page.locator("skein-inspector .verdict");

/** How strongly each thread is drawn: its width times how opaque it is. */
const strengths = (page: Page) =>
  page.locator("skein-inspector .graph .link").evaluateAll((threads) =>
    threads.map((thread) => {
      const { strokeWidth, opacity, strokeDasharray, stroke } = getComputedStyle(thread);
      return {
        line: thread.getAttribute("data-line"),
        strength: Number.parseFloat(strokeWidth) * Number(opacity),
        dashes: strokeDasharray,
        stroke,
      };
    }),
  );

test("among 120 links the broken one stands out, by more than its colour", async ({ openTab }) => {
  const page = await openTab({ url: sixteen.url });
  await expect(verdict(page)).toHaveText("All 120 links are well");
  await breakOne(page);
  await expect(verdict(page)).toHaveText("1 of 120 links is broken");
  await expect(page.locator("skein-inspector .graph .badge")).toHaveCount(1);
  await expect(page.locator("skein-inspector .hurt .label")).toHaveText(["Egret", "Merlin"]);
  const drawn = await strengths(page);
  const broken = drawn.filter(({ line }) => line === "broken");
  const others = drawn.filter(({ line }) => line !== "broken");
  expect([broken.length, others.length]).toEqual([1, 119]);
  for (const { strength, dashes, stroke } of others) {
    expect(broken[0]?.strength).toBeGreaterThan(3 * strength);
    expect(dashes).not.toBe(broken[0]?.dashes);
    expect(stroke).not.toBe(broken[0]?.stroke);
  }
  // Why, and what to do, one click away.
  await page.getByRole("button", { name: "Egret – Merlin: ice-failed" }).click();
  const detail = page.getByRole("region", { name: "The chosen link" });
  await expect(detail).toContainText("No pair of addresses worked.");
  await expect(detail).toContainText("offer a TURN server");
  await expect(detail).toBeInViewport();
  expect(await page.evaluate(() => window.refusedByPolicy)).toEqual([]);
});

test("a thread under the pointer is named, and chosen by a click", async ({ openTab }) => {
  const page = await openTab({ url: sixteen.url });
  await breakOne(page);
  const badge = page.locator("skein-inspector .graph .badge");
  await expect(badge).toHaveCount(1);
  await badge.hover({ force: true });
  await expect(page.locator("skein-inspector .pointed-text")).toContainText("Egret – Merlin");
  await badge.click({ force: true });
  await expect(page.locator("skein-inspector .detail-title")).toHaveText("Egret – Merlin");
  await page.locator("skein-inspector .member .disc").nth(5).click();
  await expect(page.locator("skein-inspector tbody tr")).toHaveCount(15);
});

test("by keyboard alone: opened, read, moved and closed", async ({ openTab }) => {
  const page = await openTab({ url: `${sixteen.url}?closed` });
  const pill = page.getByRole("button", { name: "All 15 links are well" });
  await page.keyboard.press("Tab");
  await expect(pill).toBeFocused();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Skein inspector" });
  const grip = page.getByRole("button", { name: "Move the inspector with the arrow keys" });
  await expect(grip).toBeFocused();
  const before = await panel.boundingBox();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowDown");
  const after = await panel.boundingBox();
  expect((before?.x ?? 0) - (after?.x ?? 0)).toBe(24);
  expect((after?.y ?? 0) - (before?.y ?? 0)).toBe(24);
  const row = page.getByRole("row", { name: /^Heron direct/ });
  await row.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("skein-inspector .detail-title")).toHaveText("You – Heron");
  await page.getByRole("tab", { name: "Your links" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "All links" })).toBeFocused();
  await expect(page.getByRole("row")).toHaveCount(121);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(pill).toBeFocused();
});

test("axe finds nothing, in light and dark; nothing is cut off on a phone", async ({ openTab }) => {
  const page = await openTab({ url: sixteen.url });
  await breakOne(page);
  await expect(verdict(page)).toHaveText("1 of 120 links is broken");
  await page.getByRole("button", { name: "Egret – Merlin" }).first().click();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations, passes } = await new AxeBuilder({ page })
      .include("skein-inspector")
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual(
      [],
    );
    expect(passes.length).toBeGreaterThan(10);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  const body = page.locator("skein-inspector .body");
  const sideways = () => body.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  for (const tab of ["Your links", "All links", "Hand-overs"]) {
    await page.getByRole("tab", { name: tab }).click();
    expect(await sideways()).toBe(0);
  }
});

test("in the demo, a third visitor sees a link of two others break", async ({
  site,
  newPerson,
  roomName,
}) => {
  const visitors = [await newPerson(), await newPerson(), await newPerson()] as const;
  const [watcher, cut] = visitors;
  await meet(visitors, `${site.url}?room=${roomName}`);
  await watcher.getByRole("button", { name: "Network" }).click();
  await expect(verdict(watcher)).toHaveText("All 3 links are well", { timeout: 20_000 });
  await cut.locator("#cable").click();
  await expect(verdict(watcher)).toHaveText("2 of 3 links are broken", { timeout: 20_000 });
  // Of these one is not the watcher's own.
  await expect(
    watcher.locator("skein-inspector .culprit").filter({ hasNotText: "You" }),
  ).toHaveCount(1);
  await watcher.getByRole("tab", { name: "Hand-overs" }).click();
  await expect(watcher.locator("skein-inspector .happening").first()).toContainText("→");
});
