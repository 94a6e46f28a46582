/** The demo as its visitors meet it. */
import type { Page } from "@playwright/test";
import { encode } from "uqr";
import { expect, test } from "./fixtures.ts";
import { atRest, listen, meet, ownBoard as own, violations } from "./visitors.ts";

const badge = (page: Page) => page.locator("#people .person-peer .path");

/** Where the one cursor of somebody else stands on a board, in hundredths; null while there is none. */
const cursorOn = (page: Page, pane: string) =>
  page.evaluate((pane) => {
    const board = document.querySelector(`${pane} .board`);
    const cursor = board
      ?.querySelector("skein-overlay")
      ?.shadowRoot?.querySelector(".cursor:not(.hidden)");
    if (!board || !cursor) return null;
    const area = board.getBoundingClientRect();
    const { left, top } = cursor.getBoundingClientRect();
    return {
      x: Math.round(((left - area.left) / area.width) * 100),
      y: Math.round(((top - area.top) / area.height) * 100),
    };
  }, pane);

/** Waits until it stands there, give or take the rounding of browsers. */
async function cursorStands(page: Page, pane: string, x: number, y: number): Promise<void> {
  await expect(async () => {
    const at = await cursorOn(page, pane);
    expect(Math.abs((at?.x ?? -100) - x)).toBeLessThanOrEqual(1);
    expect(Math.abs((at?.y ?? -100) - y)).toBeLessThanOrEqual(1);
  }).toPass({ timeout: 10_000 });
}

/** Puts the mouse at these hundredths of a board, once the panes have stopped changing their size. */
async function pointAt(page: Page, x: number, y: number): Promise<void> {
  await atRest(page);
  const box = await own(page).boundingBox();
  if (box === null) throw new Error("The board is not on the page.");
  await page.mouse.move(box.x + (box.width * x) / 100, box.y + (box.height * y) / 100);
}

for (const [width, height] of [
  [1280, 800],
  [360, 740],
] as const) {
  test(`the first visitor finds two panes with two real peers, at ${width} pixels`, async ({
    site,
    newPerson,
  }) => {
    const page = await newPerson();
    await page.setViewportSize({ width, height });
    await page.addInitScript(listen);
    await page.goto(site.url);
    await expect(page.locator("#stage")).toHaveAttribute("data-panes", "2");
    await expect(page.locator("#count")).toHaveText("2");
    await pointAt(page, 40, 60);
    await cursorStands(page, "#pane-beside", 40, 60);
    // Two real peers in one page, so there is a path between them.
    await expect(badge(page)).toHaveAttribute("data-path", "direct");
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  test(`two visitors see each other, first by server, then directly, at ${width} pixels`, async ({
    site,
    newPerson,
    roomName,
  }) => {
    const [a, b] = [await newPerson(), await newPerson()];
    await a.addInitScript(() => {
      const paths: string[] = [];
      Object.assign(window, { pathsSeen: paths });
      const look = () => {
        const path = document
          .querySelector("#people .person-peer .path")
          ?.getAttribute("data-path");
        if (path && paths.at(-1) !== path) paths.push(path);
      };
      new MutationObserver(look).observe(document, {
        subtree: true,
        childList: true,
        attributes: true,
      });
    });
    await meet([a, b], `${site.url}?room=${roomName}`, { width, height });
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      await pointAt(from, 30, 70);
      await cursorStands(to, "#pane-own", 30, 70);
      await expect(badge(to)).toHaveAttribute("data-path", "direct");
      await expect(badge(to)).toContainText("direct");
      expect(await violations(to)).toEqual([]);
    }
    const seen = await a.evaluate(() => Reflect.get(window, "pathsSeen") as string[]);
    expect(seen[0]).toBe("server");
    expect(seen.at(-1)).toBe("direct");
  });
}

test("a cut cable turns the badge to server while the cursor keeps moving, and mends", async ({
  site,
  newPerson,
  roomName,
}) => {
  const [a, b] = [await newPerson(), await newPerson()];
  await meet([a, b], `${site.url}?room=${roomName}`);
  for (const page of [a, b]) await expect(badge(page)).toHaveAttribute("data-path", "direct");
  const toggle = a.locator("#cable");
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-checked", "true");
  for (const x of [20, 40, 60, 80]) {
    await pointAt(a, x, 50);
    await cursorStands(b, "#pane-own", x, 50);
  }
  for (const page of [a, b]) await expect(badge(page)).toHaveAttribute("data-path", "server");
  await toggle.click();
  for (const page of [a, b]) {
    await expect(badge(page)).toHaveAttribute("data-path", "direct", { timeout: 20_000 });
  }
  await pointAt(a, 10, 10);
  await cursorStands(b, "#pane-own", 10, 10);
});

test("a new name is seen by the others, as text", async ({ site, newPerson, roomName }) => {
  const [a, b] = [await newPerson(), await newPerson()];
  await meet([a, b], `${site.url}?room=${roomName}`);
  const field = a.getByRole("textbox", { name: "Your name" });
  for (const name of ["Ada", "<img src=x onerror=1>"]) {
    await field.fill(name);
    await field.press("Enter");
    await expect(b.locator("#people .person-peer .person-name")).toHaveText(name);
    await expect(a.locator("#pane-own .plate-name")).toHaveText(name);
  }
  await pointAt(a, 50, 50);
  await expect(b.locator("#pane-own skein-overlay .name")).toHaveText("<img src=x onerror=1>");
  expect(await violations(b)).toEqual([]);
});

test("the link and the code carry the room", async ({ site, newPerson, roomName }) => {
  const page = await newPerson();
  await page.addInitScript(listen);
  await page.goto(`${site.url}?room=${roomName}`);
  const link = await page.getByRole("textbox", { name: "Link to this room" }).inputValue();
  expect(new URL(link).searchParams.get("room")).toBe(roomName);
  await page.locator("#copy").click();
  await expect(page.locator("#copy")).toHaveText("Copied");
  expect(await page.evaluate(() => window.copied)).toEqual([link]);
  const code = page.getByRole("img", { name: /QR code/ });
  await expect(code).toBeVisible();
  // Every dark square of the code is where it belongs for this very link.
  const drawn = await code.locator("path").getAttribute("d");
  const { data } = encode(link, { ecc: "M", border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}`] : [])));
  expect(drawn?.match(/M\d+ \d+/g)).toEqual(squares);
  // And who opens it is in the same room.
  const other = await newPerson();
  await other.goto(link);
  await expect(other.locator("#room-name")).toHaveText(roomName);
  await expect(page.locator("#count")).toHaveText("2");
});

test("Trusted Types are on: text does not become markup", async ({ site, page }) => {
  await page.addInitScript(listen);
  await page.goto(site.url);
  await expect(page.locator("#count")).toHaveText("2");
  expect(await violations(page)).toEqual([]);
  const outcome = await page.evaluate(() => {
    try {
      document.createElement("div").innerHTML = "<b>x</b>";
      return "assigned";
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(outcome).toBe("TypeError");
});
