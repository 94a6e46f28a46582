/** The demo's board: several people, each with a view of their own, do things on it together. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { cursorTip, meet, middleOf, ownBoard, pointsAt, violations } from "./visitors.ts";

// Several browsers open the demo, some of them twice.
test.describe.configure({ timeout: 120_000 });

const bead = (page: Page, number: number) => page.locator("#pane-own .bead").nth(number);
const tool = (page: Page, name: string) =>
  page.getByRole("toolbar", { name: "Tools" }).getByRole("button", { name });
const placeOf = (page: Page, number: number) =>
  bead(page, number).evaluate((element) => (element as HTMLElement).style.transform);

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Presses the button and moves; it is still pressed then. */
async function drag(page: Page, from: Point, by: Point): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by.x, from.y + by.y, { steps: 6 });
}

test("views of different zoom and place show the same board, and what is done on it", async ({
  site,
  newPerson,
  roomName,
}) => {
  const [ada, bob] = [await newPerson(), await newPerson()];
  const url = `${site.url}?room=${roomName}`;
  await meet([ada, bob], url);
  await bob.setViewportSize({ width: 900, height: 700 });

  // Bob zooms in at a place, and pans.
  const { x, y } = await middleOf(ownBoard(bob));
  await bob.mouse.move(x - 40, y - 40);
  await bob.keyboard.down("Control");
  await bob.mouse.wheel(0, -300);
  await bob.keyboard.up("Control");
  await bob.mouse.wheel(60, 25);
  await expect(bob.locator(".level")).not.toHaveText(
    (await ada.locator(".level").textContent()) ?? "",
  );

  // The others' pointer is over the same bead, however it is seen, and after one's own zoom as well.
  const { x: overX, y: overY } = await middleOf(bead(ada, 3));
  await ada.mouse.move(overX, overY);
  await pointsAt(bob, bead(bob, 3));
  await tool(bob, "Zoom out").click();
  await pointsAt(bob, bead(bob, 3));

  // Ink is seen while it is drawn, and goes by itself.
  const ink = bob.locator("#pane-own path.ink");
  await drag(ada, { x: overX + 60, y: overY + 90 }, { x: 120, y: 30 });
  await expect(ink).toHaveAttribute("d", /^M/);
  await ada.mouse.up();
  await expect(ada.locator("#pane-own path.ink")).toHaveCount(1);

  // A bead goes where it is dragged, for everybody.
  const before = await placeOf(bob, 5);
  await drag(ada, await middleOf(bead(ada, 5)), { x: 70, y: -50 });
  await expect.poll(() => placeOf(bob, 5)).not.toBe(before);
  await ada.mouse.up();
  await expect.poll(async () => (await placeOf(bob, 5)) === (await placeOf(ada, 5))).toBe(true);

  // A reaction rises for everybody.
  await tool(ada, "React").click();
  await ada.getByRole("button", { name: "Party" }).click();
  await expect(bob.locator("#pane-own .reaction")).toHaveText("🎉");

  // Whoever comes later finds the bead where it was left.
  const eve = await newPerson();
  await eve.setViewportSize({ width: 360, height: 740 });
  await eve.goto(url);
  await expect.poll(async () => (await placeOf(eve, 5)) === (await placeOf(ada, 5))).toBe(true);

  await expect(ink).toHaveCount(0);
  expect([...(await violations(ada)), ...(await violations(bob))]).toEqual([]);
});

test("everything works by keyboard alone, and following somebody too", async ({
  site,
  newPerson,
  roomName,
}) => {
  const [ada, bob] = [await newPerson(), await newPerson()];
  await meet([ada, bob], `${site.url}?room=${roomName}`);
  const press = async (...keys: string[]) => {
    for (const key of keys) await ada.keyboard.press(key);
  };
  const tabTo = async (isThere: () => Promise<boolean>, key = "Tab") => {
    for (let presses = 0; presses < 20; presses++) {
      if (await isThere()) return;
      await press(key);
    }
    throw new Error("Tab does not get there.");
  };
  const focused = (selector: string) => () =>
    ada.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector);

  // Firefox tells only the window in front that it has the focus.
  await ada.bringToFront();
  await tabTo(focused("#pane-own .board"));
  await press("ArrowRight", "Shift+ArrowDown");
  await expect.poll(() => cursorTip(bob)).not.toBeNull();
  await press("Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Enter");
  await expect(bob.locator("#pane-own path.ink")).toHaveAttribute("d", /^M/);
  await press("1");
  await expect(bob.locator("#pane-own .reaction")).toHaveText("👋");
  await press("/");
  await ada.keyboard.type("hello");
  await press("Enter");
  await expect(bob.locator("#pane-own skein-overlay").getByText("hello")).toBeVisible();
  await press("Escape");
  await expect.poll(focused("#pane-own .board")).toBe(true);

  await tabTo(focused(".bead"));
  const before = await placeOf(bob, 1);
  await press("PageDown", "ArrowLeft");
  await expect.poll(() => placeOf(bob, 1)).not.toBe(before);

  await tabTo(focused(".tool"));
  await press("ArrowRight", "Enter");
  await expect(tool(ada, "Hand")).toHaveAttribute("aria-pressed", "true");

  // Ada sees what Bob sees, until she moves her own view.
  await tabTo(focused(".follow"));
  await press("Enter");
  const out = ada.getByRole("button", { name: /^Following/ });
  await expect(out).toBeVisible();
  await expect(bob.locator("#people .person-peer .person-note")).toHaveText("follows you");
  await tool(bob, "Zoom in").click();
  await tool(bob, "Zoom in").click();
  const level = (await bob.locator(".level").textContent()) ?? "";
  await expect(ada.locator(".level")).toHaveText(level);
  // Back to the top of the page, and on to the board.
  await tabTo(focused("#copy"), "Shift+Tab");
  await tabTo(focused("#pane-own .board"));
  await press("-");
  await expect(out).toBeHidden();
  await expect(bob.locator(".level")).toHaveText(level);
});
