/** What one person points at is what the others see pointed at, however their pages are laid out. */
import type { Page } from "@playwright/test";
import { expect, joinRoom, test } from "./library.ts";

/** Every word is there once, so that a word says where a cursor points. */
const WORDS = Array.from({ length: 240 }, (_, i) => `word${i}`);
const paragraph = (from: number, to: number) => WORDS.slice(from, to).join(" ");
const ARTICLE = `
  <h1 data-skein-anchor="title">title0 title1 title2</h1>
  <p data-skein-anchor="first">${paragraph(0, 80)}</p>
  <ul data-skein-anchor="a list with a name that is longer than fourteen bytes">
    <li>${paragraph(80, 100)}</li>
    <li><b>${paragraph(100, 104)}</b> <i>word104</i> ${paragraph(105, 120)}</li>
  </ul>
  <p>${paragraph(120, 200)}</p>
  <div id="box" data-skein-anchor="box" style="height: 120px; background: silver"></div>
  <p data-skein-anchor="last">${paragraph(200, 240)}</p>`;

interface Layout {
  readonly style?: string;
  readonly html?: string;
  readonly surface?: string;
}

/** Puts the article on a page, as a board with cursors. */
async function show(page: Page, { style = "", html = ARTICLE, surface = "" }: Layout = {}) {
  await page.evaluate(
    ({ style, html, surface }) => {
      const { room, attachCursors } = window.skein;
      if (room === undefined) throw new Error("join first");
      const board = document.createElement("article");
      board.id = surface === "" ? "board" : surface;
      board.innerHTML = html;
      board.style.cssText = style;
      document.body.append(board);
      attachCursors(room, board, { coordinates: "anchor", surface });
    },
    { style, html, surface },
  );
}

/** The box of a word on the page. */
const boxOfWord = (page: Page, word: string) =>
  page.evaluate((word) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = new RegExp(`\\b${word}\\b`).exec((node as Text).data)?.index;
      if (at === undefined) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      node.parentElement?.scrollIntoView({ block: "center" });
      const { left, top, width, height } = range.getBoundingClientRect();
      return { x: left, y: top, width, height };
    }
    throw new Error(`no ${word}`);
  }, word);

/** Moves the mouse onto a word, over its last letter but one. */
async function pointAt(page: Page, word: string): Promise<{ x: number; y: number }> {
  const box = await boxOfWord(page, word);
  const at = { x: box.x + box.width * (1 - 1.5 / word.length), y: box.y + box.height / 2 };
  await page.mouse.move(at.x, at.y);
  return at;
}

/**
 * The word that lies under a point of the window, or else under the tip of the one cursor drawn, as the
 * browser itself finds it. Null while none shows. Scrolled to first: only what is in sight can be found.
 */
const wordUnder = (page: Page, point: { x: number; y: number } | null) =>
  page.evaluate((point) => {
    let at = point;
    if (at === null) {
      const cursor = [...document.querySelectorAll("skein-overlay")]
        .map((host) => host.shadowRoot?.querySelector(".cursor:not(.hidden)"))
        .find((cursor) => cursor);
      if (!cursor) return null;
      cursor.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
      at = cursor.getBoundingClientRect();
    }
    const caret = document.caretPositionFromPoint(at.x, at.y);
    const data = (caret?.offsetNode as Text | undefined)?.data;
    if (data === undefined) return document.elementFromPoint(at.x, at.y)?.id ?? null;
    const from = data.slice(0, caret?.offset).search(/\S*$/);
    return /^\S*/.exec(data.slice(from))?.[0] ?? null;
  }, point);
const pointedAt = (page: Page) => wordUnder(page, null);

async function two(
  openTab: (options?: object) => Promise<Page>,
  roomName: string,
  options: readonly [object, object] = [{}, {}],
): Promise<[Page, Page]> {
  const [one, other] = [await openTab(options[0]), await openTab(options[1])];
  await joinRoom(one, roomName, { paths: "server" });
  await joinRoom(other, roomName, { paths: "server" });
  return [one, other];
}

const SAMPLE = ["title1", "word0", "word3", "word41", "word79", "word80", "word104", "word119"];
const ALL = [...SAMPLE, "word120", "word160", "word199", "word239"];

const LAYOUTS: readonly (readonly [string, Layout, object])[] = [
  ["in a narrow window", {}, { viewport: { width: 360, height: 640 } }],
  ["with other type", { style: "font: italic 27px/2 serif; text-align: justify" }, {}],
  ["in columns", { style: "columns: 3; font: 11px sans-serif" }, {}],
  ["zoomed by CSS", { style: "zoom: 1.75" }, {}],
  ["scaled by a transform", { style: "transform: scale(0.6); transform-origin: 0 0" }, {}],
  [
    "in a scroller",
    { style: "height: 300px; overflow: auto; font: 20px monospace; padding: 2em" },
    {},
  ],
  ["zoomed by the browser", {}, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
];

for (const [how, layout, window] of LAYOUTS) {
  test(`two pages point at the same word, one ${how}`, async ({ openTab, roomName }) => {
    const [plain, other] = await two(openTab, roomName, [{}, window]);
    await show(plain);
    await show(other, layout);
    for (const word of ALL) {
      await pointAt(plain, word);
      await expect.poll(() => pointedAt(other), word).toBe(word);
    }
    for (const word of SAMPLE) {
      await pointAt(other, word);
      await expect.poll(() => pointedAt(plain), word).toBe(word);
    }
  });
}

test("columns stay as the browser has balanced them", async ({ openTab, roomName }) => {
  const page = await openTab();
  await joinRoom(page, roomName, { paths: "server" });
  await show(page, { style: "columns: 3; font: 11px sans-serif" });
  // Firefox balances these otherwise each time it must, and then an observed size has changed again.
  const heights = await page.evaluate(async () => {
    const board = document.querySelector("#board") as HTMLElement;
    const seen: number[] = [];
    const sizes = new ResizeObserver(() => seen.push(board.offsetHeight));
    sizes.observe(board);
    for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
    return seen;
  });
  expect(heights, "told once, as every observer is of a first size").toHaveLength(1);
});

test("a cursor stays at its word when the page that shows it is laid out anew", async ({
  openTab,
  roomName,
}) => {
  const [one, other] = await two(openTab, roomName);
  await show(one);
  await show(other, { style: "height: 500px; overflow: auto" });
  await pointAt(one, "word150");
  await expect.poll(() => pointedAt(other)).toBe("word150");
  const changes = [
    () => {
      document.body.style.font = "22px serif";
    },
    () => document.querySelector("h1")?.before("A line that was not there before. ".repeat(9)),
    () => {
      const board = document.querySelector<HTMLElement>("#board");
      if (board) board.style.width = "300px";
    },
    () => document.querySelector("[data-skein-anchor=first]")?.remove(),
  ];
  for (const change of [changes[0], changes[2]]) {
    if (change !== undefined) await other.evaluate(change);
    await expect.poll(() => pointedAt(other)).toBe("word150");
  }
  // What stands before an anchor may differ altogether.
  await pointAt(one, "word210");
  await expect.poll(() => pointedAt(other)).toBe("word210");
  for (const change of changes) {
    await other.evaluate(change);
    await expect.poll(() => pointedAt(other)).toBe("word210");
  }
});

test("content that moves under a still pointer is pointed at anew", async ({
  openTab,
  roomName,
}) => {
  const [one, other] = await two(openTab, roomName);
  // One word a line.
  const style = "width: 140px; height: 400px; overflow: auto; font: 20px/24px monospace";
  const html = WORDS.map((word) => `<span>${word}</span>`).join(" ");
  await show(one, { style, html });
  await show(other, { html });
  await pointAt(one, "word20");
  await expect.poll(() => pointedAt(other)).toBe("word20");
  await one.evaluate(() =>
    document.querySelector("#board")?.scrollBy({ top: 72, behavior: "instant" }),
  );
  await expect.poll(() => pointedAt(other)).toBe("word23");
  // Somebody writes above: the browser would otherwise scroll on by as much.
  await one.evaluate(() => {
    const board = document.querySelector<HTMLElement>("#board");
    const line = document.createElement("div");
    line.style.height = "48px";
    if (board) board.style.overflowAnchor = "none";
    board?.prepend(line);
  });
  await expect.poll(() => pointedAt(other)).toBe("word21");
});

test("an element without text is pointed at by its own fraction", async ({ openTab, roomName }) => {
  const [one, other] = await two(openTab, roomName, [
    {},
    { viewport: { width: 400, height: 700 } },
  ]);
  await show(one);
  await show(other, { style: "direction: rtl; padding: 40px" });
  const box = one.locator("#box");
  await box.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await box.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await one.mouse.move(x + width * 0.25, y + height * 0.75);
  const drawn = () =>
    other.evaluate(() => {
      const cursor = document
        .querySelector("skein-overlay")
        ?.shadowRoot?.querySelector(".cursor:not(.hidden)");
      const box = document.querySelector("#box")?.getBoundingClientRect();
      if (!cursor || !box) return null;
      const { left, top } = cursor.getBoundingClientRect();
      return [(left - box.left) / box.width, (top - box.top) / box.height].map((n) => n.toFixed(2));
    });
  await expect.poll(drawn).toEqual(["0.25", "0.75"]);
});

test("a cursor at what a page does not have is hidden there, and comes back with it", async ({
  openTab,
  roomName,
}) => {
  const [one, other] = await two(openTab, roomName);
  await show(one);
  await show(other, { html: ARTICLE.replace('="last"', '="other"') });
  await pointAt(one, "word210");
  await pointAt(one, "word3");
  await expect.poll(() => pointedAt(other)).toBe("word3");
  await pointAt(one, "word210");
  await expect.poll(() => pointedAt(other)).toBe(null);
  await other.evaluate(() =>
    document.querySelector("[data-skein-anchor=other]")?.setAttribute("data-skein-anchor", "last"),
  );
  await expect.poll(() => pointedAt(other)).toBe("word210");
});

test("whatever a peer sends as a place is harmless", async ({ openTab, roomName }) => {
  const [hostile, page] = await two(openTab, roomName);
  await show(page);
  const sizeOf = () => page.evaluate(() => [document.body.scrollWidth, document.body.scrollHeight]);
  const before = await sizeOf();
  for (const frame of [
    "",
    "\u001e",
    "\u001efirst",
    "\u001ffirst",
    "\u001f*",
    '\u001e"]',
    "\u001e#",
  ]) {
    for (const n of [0, -1, 3e38, -3e38, 1e9 + 0.5]) {
      await hostile.evaluate(
        ([frame, n]) => window.skein.room?.moveCursor({ x: n, y: -n, frame }),
        [frame, n] as const,
      );
    }
  }
  await hostile.evaluate(() =>
    window.skein.room?.moveCursor({ x: 32 * 4, y: 16, frame: "\u001efirst" }),
  );
  await expect.poll(() => pointedAt(page)).toBe("word0");
  expect(await sizeOf()).toEqual(before);
  await hostile.evaluate(() =>
    window.skein.room?.moveCursor({ x: 3e38, y: 16, frame: "\u001efirst" }),
  );
  await expect.poll(() => pointedAt(page)).toBe("word79");
});

test("two surfaces of one room do not mix, side by side and inside one another", async ({
  openTab,
  roomName,
}) => {
  const [one, other] = await two(openTab, roomName);
  const style = "width: 300px; min-height: 100px; margin: 20px";
  for (const page of [one, other]) {
    await show(page, { surface: "left", html: "left0 left1 left2", style });
    await show(page, { surface: "right", html: "right0 right1 right2", style });
    await page.evaluate(() => {
      const { room, attachCursors } = window.skein;
      const card = document.createElement("section");
      card.id = "card";
      card.textContent = "card0 card1 card2";
      document.querySelector("#right")?.append(card);
      if (room) attachCursors(room, card, { coordinates: "anchor", surface: "card" });
    });
  }
  /** By surface: whether a cursor shows on it. */
  const shown = () =>
    other.evaluate(() =>
      ["left", "right", "card"].filter((id) =>
        document
          .querySelector(`#${id} > skein-overlay`)
          ?.shadowRoot?.querySelector(".cursor:not(.hidden)"),
      ),
    );
  for (const word of ["left1", "right2", "card1", "right0", "left0"]) {
    await pointAt(one, word);
    await expect.poll(() => pointedAt(other)).toBe(word);
    expect(await shown()).toEqual([word.slice(0, -1)]);
  }
  await one.mouse.move(900, 700);
  await expect.poll(shown).toEqual([]);
});

test("a drag goes on outside the board until the button is released", async ({
  openTab,
  roomName,
}) => {
  const [one, other] = await two(openTab, roomName);
  for (const page of [one, other]) {
    await page.evaluate(() => {
      const { room, attachCursors, log } = window.skein;
      const board = document.createElement("div");
      board.style.cssText =
        "position: absolute; left: 100px; top: 100px; width: 200px; height: 200px";
      document.body.append(board);
      if (room) attachCursors(room, board, { coordinates: "pixels" });
      room?.on("cursor", ({ samples }) => void log.push(...samples));
    });
  }
  await one.mouse.move(150, 150);
  await one.mouse.down();
  await one.mouse.move(500, 400, { steps: 4 });
  const last = () => other.evaluate(() => window.skein.log.at(-1));
  await expect.poll(last).toMatchObject({ x: 400, y: 300, pressed: true, pointerType: "mouse" });
  await one.mouse.up();
  const peer = () =>
    other.evaluate(() => {
      const { room } = window.skein;
      return room?.cursorOf(room.getSnapshot().peers[0]?.id ?? "") ?? null;
    });
  await expect.poll(peer).toBe(null);
});
