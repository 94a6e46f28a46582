/** What stands beside cursors: chat as it is typed, names, and markers of those out of sight. */
import type { CDPSession, Page } from "@playwright/test";
import { expect, joinRoom, launchBrowser, settled, test } from "./library.ts";

/** A scroller of 600 × 400 pixels whose content is larger, with cursors on it. */
async function attach(page: Page, size = { width: 1_600, height: 2_400 }): Promise<void> {
  await page.evaluate(({ width, height }) => {
    const { room, attachCursors, log } = window.skein;
    const board = document.createElement("div");
    board.id = "board";
    Object.assign(board.style, { overflow: "auto", width: "600px", height: "400px" });
    const content = document.createElement("div");
    Object.assign(content.style, { width: `${width}px`, height: `${height}px` });
    const field = document.createElement("input");
    field.id = "field";
    field.setAttribute("aria-label", "Title");
    content.append(field);
    board.append(content);
    document.body.append(board);
    document.addEventListener("keydown", ({ key }) => log.push(key));
    if (room !== undefined) attachCursors(room, board, { chat: true, coordinates: "pixels" });
  }, size);
}

async function two(
  openTab: () => Promise<Page>,
  roomName: string,
  names: readonly [string, string] = ["Ada", "Bob"],
): Promise<[Page, Page]> {
  const [a, b] = [await openTab(), await openTab()];
  await joinRoom(a, roomName, { presence: { name: names[0] } });
  await joinRoom(b, roomName, { presence: { name: names[1] } });
  await Promise.all([settled(a, "direct", 1), settled(b, "direct", 1)]);
  await Promise.all([attach(a), attach(b)]);
  return [a, b];
}

const said = (page: Page) => page.locator("skein-overlay .cursor:not(.hidden) .said");
const field = (page: Page) => page.getByRole("textbox", { name: "Say something" });
const over = (page: Page, x = 200, y = 150) =>
  page.locator("#board").hover({ position: { x, y }, force: true });

/** The two, and the first has pressed the key that begins a chat, over the board. */
async function slashOver(openTab: () => Promise<Page>, roomName: string): Promise<[Page, Page]> {
  const [a, b] = await two(openTab, roomName);
  await over(a);
  await a.keyboard.press("/");
  return [a, b];
}

const TEXTS: readonly (readonly [string, string, string])[] = [
  ["Arabic", "مرحبا، انظر هنا!", "rtl"],
  ["Hebrew with a number", "שלום 42 לך", "rtl"],
  ["emoji of several parts", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 1️⃣", "ltr"],
];

for (const [what, text, direction] of TEXTS) {
  test(`chat in ${what} is seen as it is typed, the right way round`, async ({
    openTab,
    roomName,
  }) => {
    const [ada, bob] = await slashOver(openTab, roomName);
    await expect(field(ada)).toBeVisible();
    await ada.keyboard.insertText(text);
    await expect(said(bob)).toHaveText(text);
    const shown = await said(bob).evaluate((element) => getComputedStyle(element).direction);
    expect(shown).toBe(direction);
    await ada.keyboard.press("Escape");
    await expect(said(bob)).toHaveText("");
    await expect(field(ada)).toHaveCount(0);
  });
}

test("a letter at a time, following the pointer; no key reaches the page", async ({
  openTab,
  roomName,
}) => {
  const [ada, bob] = await slashOver(openTab, roomName);
  for (const [key, text] of [
    ["h", "h"],
    ["/", "h/"],
    ["Backspace", "h"],
    ["i", "hi"],
  ] as const) {
    await ada.keyboard.press(key);
    await expect(said(bob)).toHaveText(text);
  }
  const before = await field(ada).boundingBox();
  await over(ada, 300, 250);
  await expect
    .poll(async () => {
      const now = await field(ada).boundingBox();
      return [(now?.x ?? 0) - (before?.x ?? 0), (now?.y ?? 0) - (before?.y ?? 0)].map(Math.round);
    })
    .toEqual([100, 100]);
  await expect
    .poll(async () => {
      const [board, cursor] = await Promise.all([
        bob.locator("#board").boundingBox(),
        bob.locator("skein-overlay .cursor").boundingBox(),
      ]);
      return [(cursor?.x ?? 0) - (board?.x ?? 0), (cursor?.y ?? 0) - (board?.y ?? 0)].map(
        Math.round,
      );
    })
    .toEqual([300, 250]);
  expect(await ada.evaluate(() => window.skein.log)).toEqual(["/"]);
});

test("Enter keeps the text for a while and makes room for the next; then it goes", async ({
  openTab,
  roomName,
}) => {
  const [ada, bob] = await slashOver(openTab, roomName);
  await ada.keyboard.type("first");
  await ada.keyboard.press("Enter");
  await expect(field(ada)).toHaveValue("");
  await expect(field(ada)).toHaveAttribute("placeholder", "first");
  await expect(said(bob)).toHaveText("first");
  await ada.keyboard.type("second");
  await expect(said(bob)).toHaveText("second");
  await ada.keyboard.press("Enter");
  await expect(said(bob)).toHaveText("second");
  // By itself, within some five seconds.
  await expect(field(ada)).toHaveCount(0, { timeout: 10_000 });
  await expect(said(bob)).toHaveText("");
});

test("a slash in a field of the page is a slash, and elsewhere gives the focus back at the end", async ({
  openTab,
  roomName,
}) => {
  const [ada] = await two(openTab, roomName);
  await ada.locator("#field").click();
  await ada.keyboard.press("/");
  await expect(ada.locator("#field")).toHaveValue("/");
  await expect(field(ada)).toHaveCount(0);
  await ada.locator("#board").evaluate((board) => {
    board.tabIndex = 0;
    board.focus();
  });
  await over(ada);
  await ada.keyboard.press("/");
  await expect(field(ada)).toBeVisible();
  await ada.keyboard.press("Escape");
  expect(await ada.evaluate(() => document.activeElement?.id)).toBe("board");
});

test("by the keyboard alone: from what has the focus on the board", async ({
  openTab,
  roomName,
}) => {
  const [ada, bob] = await two(openTab, roomName);
  await ada.locator("#board").evaluate((board) => {
    board.tabIndex = 0;
    board.focus();
  });
  await ada.keyboard.press("/");
  await expect(field(ada)).toBeVisible();
  await ada.keyboard.type("no mouse");
  await expect(said(bob)).toHaveText("no mouse");
  await ada.keyboard.press("Escape");
  await expect(bob.locator("skein-overlay .cursor:not(.hidden)")).toHaveCount(0);
});

test("is cut at 200 code points, never inside a character", async ({ openTab, roomName }) => {
  const [ada, bob] = await slashOver(openTab, roomName);
  const family = "👩‍👩‍👧‍👦";
  await ada.keyboard.insertText(family.repeat(40));
  await expect(field(ada)).toHaveValue(family.repeat(28));
  await expect(said(bob)).toHaveText(family.repeat(28));
  const box = await said(bob).boundingBox();
  expect(box?.width).toBeLessThanOrEqual(264);
  expect(box?.height).toBeLessThanOrEqual(120);
});

test("what an input method composes is not said before it is settled, and its keys are its own", async ({
  openTab,
  roomName,
  browserName,
}) => {
  const [ada, bob] = await slashOver(openTab, roomName);
  await ada.keyboard.insertText("a ");
  await expect(said(bob)).toHaveText("a");
  if (browserName === "chromium") {
    const session: CDPSession = await ada.context().newCDPSession(ada);
    for (const text of ["n", "ni", "に"]) {
      await session.send("Input.imeSetComposition", { text, selectionStart: 1, selectionEnd: 1 });
    }
    await expect(field(ada)).toHaveValue("a に");
    await session.send("Input.insertText", { text: "日" });
  } else {
    // No protocol composes there: the events that an input method causes.
    await field(ada).evaluate((input: HTMLInputElement) => {
      input.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
      input.value = "a に";
      input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
      for (const key of ["Enter", "Escape"]) {
        input.dispatchEvent(
          new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true }),
        );
      }
      input.value = "a 日";
      input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
      input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "日" }));
    });
  }
  await expect(field(ada)).toHaveValue("a 日");
  await expect(said(bob)).toHaveText("a 日");
});

test("hostile chat is cut, is text, and turns nothing around", async ({ openTab, roomName }) => {
  const [ada, bob] = await two(openTab, roomName);
  await over(ada);
  await expect(bob.locator("skein-overlay .cursor:not(.hidden)")).toHaveCount(1);
  const send = (data: unknown) =>
    ada.evaluate((data) => window.skein.room?.sendLatest("skein:chat", data), data);
  const before = await bob.evaluate(() => document.documentElement.scrollWidth);
  await send({ text: `\u202e<img src=x onerror=1>\n${"W".repeat(2_000)}`, surface: "" });
  await expect(said(bob)).toHaveText(/^<img src=x onerror=1> W{177}$/);
  expect(await said(bob).evaluate((element) => element.childElementCount)).toBe(0);
  expect(await bob.evaluate(() => document.documentElement.scrollWidth)).toBe(before);
  await send({ text: "elsewhere", surface: "another board" });
  await expect(said(bob)).toHaveText("");
});

test("a name of 10,000 characters is one line with an ellipsis, also in a marker", async ({
  openTab,
  roomName,
}) => {
  const [ada, bob] = await two(openTab, roomName, ["W".repeat(10_000), "Bob"]);
  await over(ada);
  const name = bob.locator("skein-overlay .cursor:not(.hidden) .name");
  await expect(name).toHaveText(/^W{31}…$/);
  const tag = await bob.locator("skein-overlay .tag").boundingBox();
  expect(tag?.width).toBeLessThanOrEqual(160);
  expect(tag?.height).toBeLessThanOrEqual(24);
  await bob.locator("#board").evaluate((board) => board.scrollTo(0, 1_500));
  const marker = bob.locator("skein-overlay .edge:not(.none)");
  await expect(marker.locator(".letter")).toHaveText("W");
  await marker.hover();
  await expect(marker.locator(".label")).toHaveText(/^W{31}…$/);
  const label = await marker.locator(".label").boundingBox();
  expect(label?.width).toBeLessThanOrEqual(160);
  expect(label?.height).toBeLessThanOrEqual(26);
});

test("a marker at the edge brings the board to who is out of sight, in a click that the board does not see", async ({
  openTab,
  roomName,
}) => {
  const [ada, bob] = await two(openTab, roomName);
  await ada.locator("#board").evaluate((board) => board.scrollTo(900, 1_500));
  await over(ada, 300, 200);
  const marker = bob.locator("skein-overlay .edge:not(.none)");
  await expect(marker).toHaveCount(1);
  await expect(marker.locator(".letter")).toHaveText("A");
  const [board, at] = [await bob.locator("#board").boundingBox(), await marker.boundingBox()];
  if (board === null || at === null) throw new Error("nothing to see");
  // In the corner towards it, and within the board.
  expect(at.x + at.width).toBeGreaterThan(board.x + 500);
  expect(at.y + at.height).toBeGreaterThan(board.y + 300);
  expect(at.x + at.width).toBeLessThanOrEqual(board.x + 600);
  expect(at.y + at.height).toBeLessThanOrEqual(board.y + 400);
  await bob.evaluate(() => {
    const { log } = window.skein;
    document.querySelector("#board")?.addEventListener("click", () => log.push("click"));
  });
  await marker.click();
  await expect(marker).toHaveCount(0);
  const cursor = bob.locator("skein-overlay .cursor:not(.hidden)");
  await expect(cursor).toBeInViewport();
  // The middle of what is in sight, when the scrolling has come to its end.
  await expect
    .poll(async () => {
      const box = await cursor.boundingBox();
      return [(box?.x ?? 0) - board.x, (box?.y ?? 0) - board.y].map(
        (value, axis) => Math.abs(value - (axis === 0 ? 300 : 200)) < 20,
      );
    })
    .toEqual([true, true]);
  expect(await bob.evaluate(() => window.skein.log)).not.toContain("click");
});

test("nothing about a cursor moves by itself where less motion is asked for", async ({
  openTab,
  roomName,
  browserName,
}) => {
  // Playwright cannot ask Firefox for it; the user's own setting can.
  const calm =
    browserName === "firefox"
      ? await launchBrowser("firefox", { firefoxUserPrefs: { "ui.prefersReducedMotion": 1 } })
      : null;
  const options = calm === null ? { reducedMotion: "reduce" as const } : { browser: calm };
  const [ada, bob] = await two(() => openTab(options), roomName);
  await over(ada);
  await expect(bob.locator("skein-overlay .cursor:not(.hidden)")).toHaveCount(1);
  const durations = await bob.locator("skein-overlay").evaluate((host) =>
    [...(host.shadowRoot?.querySelectorAll("*") ?? [])].flatMap((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return [transitionDuration, animationName];
    }),
  );
  expect(new Set(durations)).toEqual(new Set(["0s", "none"]));
  await calm?.close();
});
