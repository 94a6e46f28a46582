/** The demo as its visitors meet it. */
import type { Page } from "@playwright/test";
import { encode } from "uqr";
import { expect, test } from "./fixtures.ts";
import { atRest, listen, meet, middleOf, ownBoard as own, violations } from "./visitors.ts";

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

/**
 * For how long a cursor may stand still while its hand moves and the path is cut. A quiet machine shows
 * some 300 ms; four times that, for a loaded one.
 */
const LONGEST_FLINCH_MS = 4 * 300;

/** Notes how long the other's cursor stood still, and how long the page itself drew nothing. */
const watchCursor = (page: Page) =>
  page.evaluate(() => {
    const seen = { still: 0, stall: 0 };
    Object.assign(window, { seen });
    let [drawn, moved, at] = [performance.now(), performance.now(), Number.NaN];
    const look = (now: number) => {
      seen.stall = Math.max(seen.stall, now - drawn);
      drawn = now;
      const cursor = document
        .querySelector("#pane-own skein-overlay")
        ?.shadowRoot?.querySelector(".cursor:not(.hidden)");
      const left = cursor?.getBoundingClientRect().left ?? at;
      seen.still = Math.max(seen.still, now - moved);
      if (left !== at) moved = now;
      at = left;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

/** Notes the longest pause between two moves of one's own pointer. */
const watchHand = (page: Page) =>
  page.evaluate(() => {
    const seen = { pause: 0 };
    Object.assign(window, { seen });
    let last = performance.now();
    addEventListener("pointermove", () => {
      seen.pause = Math.max(seen.pause, performance.now() - last);
      last = performance.now();
    });
  });

const seenBy = (page: Page) =>
  page.evaluate(() => Reflect.get(window, "seen") as Readonly<Record<string, number>>);

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
    // Over a bead in the one pane is over the same bead in the other, which may be of another size.
    await atRest(page);
    const { x, y } = await middleOf(page.locator("#pane-own .bead").nth(3));
    await page.mouse.move(x, y, { steps: 3 });
    const other = await page.locator("#pane-beside .board").boundingBox();
    if (other === null) throw new Error("The second board is not on the page.");
    const there = await middleOf(page.locator("#pane-beside .bead").nth(3));
    await cursorStands(
      page,
      "#pane-beside",
      Math.round(((there.x - other.x) / other.width) * 100),
      Math.round(((there.y - other.y) / other.height) * 100),
    );
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
  // The hand goes on while it is cut, and does not stop for it.
  const area = await own(a).boundingBox();
  if (area === null) throw new Error("The board is not on the page.");
  const circle = async (steps: number) => {
    for (let step = 0; step < steps; step++) {
      const angle = (step / 20) * 2 * Math.PI;
      await a.mouse.move(
        area.x + area.width * (0.5 + 0.3 * Math.cos(angle)),
        area.y + area.height * (0.5 + 0.2 * Math.sin(angle)),
      );
    }
  };
  await circle(20);
  await Promise.all([watchHand(a), watchCursor(b)]);
  await circle(20);
  await toggle.evaluate((element: HTMLElement) => element.click());
  await expect(async () => {
    await circle(20);
    expect(await badge(b).getAttribute("data-path")).toBe("server");
  }).toPass({ timeout: 20_000, intervals: [0] });
  const [{ pause = 0 }, { still = Number.NaN, stall = 0 }] = [await seenBy(a), await seenBy(b)];
  expect(still).toBeLessThanOrEqual(LONGEST_FLINCH_MS + pause + stall);
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

test("who comes and goes is said, and a cursor out of sight is a click or a key away", {
  tag: "@one-browser",
}, async ({ site, newPerson, roomName }) => {
  const [a, b] = [await newPerson(), await newPerson()];
  await a.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const hear = () => {
      for (const region of document.querySelectorAll('[role="status"][aria-live="polite"]')) {
        const text = region.textContent ?? "";
        if (text !== "" && !said.includes(text)) said.push(text);
      }
    };
    new MutationObserver(hear).observe(document, { subtree: true, childList: true });
  });
  const said = () => a.evaluate(() => Reflect.get(window, "said") as string[]);
  await meet([a, b], `${site.url}?room=${roomName}`);
  const name = await b.getByRole("textbox", { name: "Your name" }).inputValue();
  await expect.poll(said, { timeout: 10_000 }).toContain(`${name} joined`);

  const middle = async () => {
    await expect(async () => {
      const at = await cursorOn(a, "#pane-own");
      expect(Math.abs((at?.x ?? -100) - 50)).toBeLessThanOrEqual(2);
      expect(Math.abs((at?.y ?? -100) - 50)).toBeLessThanOrEqual(2);
    }).toPass({ timeout: 10_000 });
  };
  const marker = a.locator("#pane-own skein-overlay .edge:not(.none)");
  await pointAt(b, 50, 50);
  await cursorStands(a, "#pane-own", 50, 50);
  // Out of sight, below the middle of what is seen: where the tools are, which stay free.
  await pointAt(a, 30, 30);
  await a.mouse.wheel(0, -1_500);
  await expect(marker).toBeVisible();
  await expect(async () => {
    const [mark, tools] = [
      await marker.boundingBox(),
      await a.locator("#pane-own .tools").boundingBox(),
    ];
    expect(mark && tools && mark.y + mark.height).toBeLessThanOrEqual(tools?.y ?? 0);
  }).toPass({ timeout: 10_000 });
  await marker.click();
  await middle();
  await expect(marker).toHaveCount(0);

  // Firefox gives keys only to the window in front.
  await a.bringToFront();
  await a.mouse.wheel(1_500, 0);
  await expect(marker).toBeVisible();
  await a.getByRole("button", { name: `Go to ${name}'s cursor` }).focus();
  await a.keyboard.press("Enter");
  await middle();

  await b.close();
  await expect.poll(said).toContain(`${name} left`);
});

test("a new name is seen by the others, as text", { tag: "@one-browser" }, async ({
  site,
  newPerson,
  roomName,
}) => {
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

test("two who draw the same name end up with two", { tag: "@one-browser" }, async ({
  site,
  newPerson,
  roomName,
}) => {
  const [a, b] = [await newPerson(), await newPerson()];
  for (const page of [a, b]) await page.addInitScript(drawTheFirst);
  await meet([a, b], `${site.url}?room=${roomName}`);
  await expect(a.locator("#pane-own .plate-name")).toHaveText("Avocet");
  const name = b.locator("#pane-own .plate-name");
  await expect(name).not.toHaveText("Avocet");
  await expect(a.locator("#people .person-peer .person-name")).toHaveText(await name.innerText());
});

/** Runs before the page's scripts: the first name that is drawn is the first of all. */
function drawTheFirst(): void {
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  let drawn = false;
  crypto.getRandomValues = (array) => {
    if (drawn || !(array instanceof Uint32Array) || array.length !== 1)
      return getRandomValues(array);
    drawn = true;
    return array.fill(0);
  };
}

test("the link and the code carry the room", { tag: "@one-browser" }, async ({
  site,
  newPerson,
  roomName,
}) => {
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
