/** What axe finds in the demo: nothing, whatever state it is in. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { atRest, meet, middleOf, ownBoard } from "./visitors.ts";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

async function axeFindsNothing(page: Page, state: string): Promise<void> {
  await atRest(page);
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
  expect(found, state).toEqual([]);
  expect(passes.length).toBeGreaterThan(20);
}

async function look(page: Page, colorScheme: "light" | "dark", size = DESKTOP): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize(size);
}

test("axe finds nothing, in light and dark, on a desktop and on a phone", async ({
  site,
  newPerson,
}) => {
  // Four times every rule.
  test.setTimeout(120_000);
  const page = await newPerson();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(site.url);
  await expect(page.locator("#count")).toHaveText("2");
  await page.getByRole("toolbar", { name: "Tools" }).getByRole("button", { name: "React" }).click();
  for (const colorScheme of ["light", "dark"] as const) {
    for (const size of [DESKTOP, PHONE]) {
      await look(page, colorScheme, size);
      await axeFindsNothing(page, `${colorScheme}, ${size.width} pixels wide`);
    }
  }
});

test("axe finds nothing with visitors, chat, following, the network view and cuts", async ({
  site,
  newPerson,
  roomName,
}) => {
  test.setTimeout(180_000);
  const [ada, bob] = [await newPerson(), await newPerson()];
  await meet([ada, bob], `${site.url}?room=${roomName}`);
  const { x, y } = await middleOf(ownBoard(bob));
  await bob.mouse.move(x, y, { steps: 3 });
  await expect(ada.locator("#pane-own skein-overlay .name")).toBeVisible();
  await look(ada, "dark");
  await axeFindsNothing(ada, "with a visitor");

  await look(ada, "light");
  await ada.bringToFront();
  await ada.getByRole("button", { name: "Say something" }).click();
  await expect(ada.getByRole("textbox", { name: /beside your cursor/ })).toBeFocused();
  await axeFindsNothing(ada, "chat open");
  await ada.keyboard.press("Escape");

  await ada.locator(".follow").click();
  await expect(ada.locator("button.following")).toBeVisible();
  await axeFindsNothing(ada, "following");
  await ada.locator("button.following").click();

  await ada.locator("#network").click();
  await expect(ada.locator("#drawer").getByRole("heading").first()).toBeVisible();
  await look(ada, "dark", PHONE);
  await axeFindsNothing(ada, "network view on a phone");
  await look(ada, "light");
  await axeFindsNothing(ada, "network view");
  await ada.keyboard.press("Escape");
  await expect(ada.locator("#drawer")).toBeHidden();
  await expect(ada.locator("#network")).toBeFocused();

  await ada.locator("#cable").click();
  await expect(ada.locator("#people .path")).toHaveAttribute("data-silent", "");
  await axeFindsNothing(ada, "just cut");
  await ada.locator("#cable-socket").click();
  await expect(ada.locator("#status")).toHaveAttribute("data-status", "reconnecting", {
    timeout: 20_000,
  });
  await axeFindsNothing(ada, "cut off from everything");
});

test("axe finds nothing where the room cannot be reached", async ({
  site,
  newPerson,
  roomName,
}) => {
  const page = await newPerson();
  await page.routeWebSocket(/\/skein\//, (socket) => socket.close());
  await page.goto(`${site.url}?room=${roomName}`);
  await expect(page.locator("#problem")).toContainText("It is tried again");
  for (const colorScheme of ["light", "dark"] as const) {
    await look(page, colorScheme, PHONE);
    await axeFindsNothing(page, `a problem, ${colorScheme}`);
  }
});
