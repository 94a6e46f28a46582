/** Cursors as people see them, in windows of different sizes. */
import type { Page } from "@playwright/test";
import { expect, joinRoom, settled, test } from "./library.ts";

/** Lays a board over a part of the window, and attaches cursors to it. */
async function attach(page: Page, board: { width: string; height: string }): Promise<void> {
  await page.evaluate(({ width, height }) => {
    const { room, attachCursors } = window.skein;
    const element = document.createElement("div");
    element.id = "board";
    Object.assign(element.style, { position: "absolute", left: "10%", top: "10%", width, height });
    document.body.append(element);
    if (room !== undefined) attachCursors(room, element);
  }, board);
}

/** The tip of the one cursor drawn, as fractions of the board; null while none shows. */
const drawnAt = (page: Page) =>
  page.evaluate(() => {
    const overlay = document.querySelector("#board skein-overlay")?.shadowRoot;
    const cursor = overlay?.querySelector(".cursor:not(.hidden)");
    const board = document.querySelector("#board")?.getBoundingClientRect();
    if (!cursor || !board) return null;
    const { left, top } = cursor.getBoundingClientRect();
    return {
      x: Math.round(((left - board.left) / board.width) * 100) / 100,
      y: Math.round(((top - board.top) / board.height) * 100) / 100,
    };
  });

test("a cursor stands at the same relative place in windows of different sizes, and hides", async ({
  openTab,
  roomName,
}) => {
  const wide = await openTab({ viewport: { width: 1280, height: 800 } });
  const narrow = await openTab({ viewport: { width: 400, height: 700 } });
  await joinRoom(wide, roomName);
  await joinRoom(narrow, roomName);
  await Promise.all([settled(wide, "direct", 1), settled(narrow, "direct", 1)]);
  await attach(wide, { width: "80%", height: "600px" });
  await attach(narrow, { width: "80%", height: "300px" });
  for (const [x, y] of [
    [0.25, 0.75],
    [0.9, 0.1],
    [0.5, 0.5],
  ] as const) {
    for (const [from, to] of [
      [wide, narrow],
      [narrow, wide],
    ] as const) {
      const board = await from.locator("#board").boundingBox();
      if (board === null) throw new Error("no board");
      await from.mouse.move(board.x + board.width * x, board.y + board.height * y);
      await expect.poll(() => drawnAt(to)).toEqual({ x, y });
    }
  }
  await wide.mouse.move(2, 2);
  await expect.poll(() => drawnAt(narrow)).toBe(null);
  await narrow.mouse.move(2, 2);
  await expect.poll(() => drawnAt(wide)).toBe(null);
});

test("a peer that leaves takes its cursor along", async ({ openTab, roomName }) => {
  const [leaving, staying] = [await openTab(), await openTab()];
  await joinRoom(leaving, roomName);
  await joinRoom(staying, roomName);
  await attach(leaving, { width: "80%", height: "300px" });
  await attach(staying, { width: "80%", height: "300px" });
  await leaving.locator("#board").hover();
  await expect.poll(() => drawnAt(staying)).not.toBe(null);
  await leaving.evaluate(() => window.skein.room?.leave());
  await expect.poll(() => drawnAt(staying)).toBe(null);
  expect(await staying.locator("skein-overlay .cursor").count()).toBe(0);
});

const NAMES: readonly (readonly [string, string, RegExp])[] = [
  [
    "with markup shows as text",
    "<img src=x onerror=1><b>B</b>",
    /^<img src=x onerror=1><b>B<\/b>$/,
  ],
  ["of 10,000 characters is cut, and breaks no layout", "W".repeat(10_000), /^W{31}…$/],
];

for (const [what, name, shown] of NAMES) {
  test(`a name ${what}`, async ({ openTab, roomName }) => {
    const [named, watching] = [
      await openTab(),
      await openTab({ viewport: { width: 360, height: 640 } }),
    ];
    await joinRoom(named, roomName, { presence: { name } });
    await joinRoom(watching, roomName);
    await attach(named, { width: "80%", height: "300px" });
    await attach(watching, { width: "80%", height: "300px" });
    const sizeOf = () =>
      watching.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.scrollHeight,
      ]);
    const before = await sizeOf();
    for (const position of [
      { x: 1, y: 1 },
      { x: 500, y: 299 },
    ]) {
      await named.locator("#board").hover({ position });
      await expect.poll(() => drawnAt(watching)).not.toBe(null);
      const label = watching.locator("skein-overlay .name");
      await expect(label).toHaveText(shown);
      expect(await label.evaluate((element) => element.childElementCount)).toBe(0);
      const box = await label.boundingBox();
      expect(Math.round(box?.width ?? 0)).toBeLessThanOrEqual(160);
      expect(Math.round(box?.height ?? 0)).toBeLessThanOrEqual(24);
      expect(await sizeOf()).toEqual(before);
    }
  });
}
