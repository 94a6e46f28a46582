/** Fingers and pens, as the others see them. */
import type { Page } from "@playwright/test";
import { expect, joinRoom, test } from "./library.ts";

/** A board that fills the window, with gestures of its own: the browser does not scroll it. */
async function openBoard(page: Page, roomName: string): Promise<void> {
  await joinRoom(page, roomName, { paths: "server" });
  await page.evaluate(() => {
    const { room, attachCursors, log } = window.skein;
    const board = document.createElement("div");
    board.id = "board";
    board.style.cssText = "position: fixed; inset: 0; touch-action: none";
    document.body.append(board);
    if (room) attachCursors(room, board, { coordinates: "pixels" });
    room?.on("cursor", ({ samples }) => void log.push(...samples));
  });
}

/** The one cursor drawn: where its tip is, and whether it looks pressed. Null while none shows. */
const drawn = (page: Page) =>
  page.evaluate(() => {
    const overlay = document.querySelector("skein-overlay")?.shadowRoot;
    const cursor = overlay?.querySelector(".cursor:not(.hidden)");
    if (!cursor) return null;
    const { left, top } = cursor.getBoundingClientRect();
    return {
      x: Math.round(left),
      y: Math.round(top),
      pressed: cursor.classList.contains("pressed"),
    };
  });

/** One event of a pointer that Playwright has no device for. */
interface Stroke {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly pressed: boolean;
  readonly pointerType: "touch" | "pen";
  /** Of a second finger. */
  readonly second?: boolean;
  /** Places passed since the event before. */
  readonly between?: readonly (readonly [x: number, y: number])[];
}

const dispatch = (page: Page, ...strokes: Stroke[]) =>
  page.evaluate((strokes) => {
    const board = document.querySelector("#board");
    for (const { type, x, y, pressed, pointerType, second = false, between = [] } of strokes) {
      const init = {
        pointerType,
        pointerId: second ? 32 : 31,
        isPrimary: !second,
        buttons: pressed ? 1 : 0,
        bubbles: type !== "pointerleave",
      };
      const at = ([clientX, clientY]: readonly [number, number]) =>
        new PointerEvent("pointermove", { ...init, clientX, clientY });
      board?.dispatchEvent(
        new PointerEvent(type, {
          ...init,
          clientX: x,
          clientY: y,
          coalescedEvents: between.map(at),
        }),
      );
    }
  }, strokes);

test("a tap is seen, and is gone a moment later", async ({ openTab, roomName, browserName }) => {
  const [phone, other] = [
    // Firefox has no touch screen to Playwright.
    await openTab(browserName === "chromium" ? { hasTouch: true } : {}),
    await openTab(),
  ];
  await openBoard(phone, roomName);
  await openBoard(other, roomName);
  if (browserName === "chromium") await phone.touchscreen.tap(120, 240);
  else {
    const tap = { x: 120, y: 240, pointerType: "touch" } as const;
    await dispatch(
      phone,
      { ...tap, type: "pointerdown", pressed: true },
      { ...tap, type: "pointerup", pressed: false },
      { ...tap, type: "pointerleave", pressed: false },
    );
  }
  await expect.poll(() => drawn(other)).toMatchObject({ x: 120, y: 240 });
  await expect.poll(() => drawn(other)).toBe(null);
  const log = await other.evaluate(() => window.skein.log);
  expect(log.at(0)).toMatchObject({ x: 120, y: 240, pressed: true, pointerType: "touch" });
  expect(log.at(-1)).toMatchObject({ x: 120, y: 240, pressed: false, pointerType: "touch" });
});

test("one finger drags the cursor, a second one ends that", async ({
  openTab,
  roomName,
  browserName,
}) => {
  const [phone, other] = [
    await openTab(browserName === "chromium" ? { hasTouch: true } : {}),
    await openTab(),
  ];
  await openBoard(phone, roomName);
  await openBoard(other, roomName);
  /** Puts fingers where they are to be; real ones where the browser has them. */
  const fingers = await handOf(phone, browserName);
  await fingers([[50, 60]]);
  await fingers([[80, 90]]);
  await expect.poll(() => drawn(other)).toEqual({ x: 80, y: 90, pressed: true });
  await fingers([
    [80, 90],
    [300, 300],
  ]);
  await expect.poll(() => drawn(other)).toBe(null);
  await fingers([
    [70, 80],
    [350, 350],
  ]);
  await fingers([[350, 350]]);
  await fingers([]);
  // The next single finger is one again; nothing of the gesture was sent meanwhile.
  await fingers([[200, 210]]);
  await expect.poll(() => drawn(other)).toEqual({ x: 200, y: 210, pressed: true });
  const places = await other.evaluate(() =>
    (window.skein.log as { x: number; y: number }[]).map(({ x, y }) => `${x},${y}`),
  );
  expect([...new Set(places)]).toEqual(["50,60", "80,90", "200,210"]);
});

type Fingers = readonly (readonly [x: number, y: number])[];

async function handOf(page: Page, browserName: string): Promise<(to: Fingers) => Promise<void>> {
  if (browserName === "chromium") {
    const devtools = await page.context().newCDPSession(page);
    let down = 0;
    return async (to) => {
      const type = to.length > down ? "touchStart" : to.length < down ? "touchEnd" : "touchMove";
      down = to.length;
      await devtools.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: to.map(([x, y], id) => ({ x, y, id })),
      });
    };
  }
  let before: Fingers = [];
  return async (to) => {
    const strokes: Stroke[] = [];
    for (const i of [0, 1]) {
      const [x, y] = to[i] ?? before[i] ?? [0, 0];
      const was = before[i] !== undefined;
      const is = to[i] !== undefined;
      const type = is ? (was ? "pointermove" : "pointerdown") : "pointerup";
      if (was || is)
        strokes.push({ type, x, y, pressed: is, pointerType: "touch", second: i === 1 });
    }
    before = to;
    await dispatch(page, ...strokes);
  };
}

test("a pen's every sample between two frames arrives, with its pressure on and off", async ({
  openTab,
  roomName,
}) => {
  const [tablet, other] = [await openTab(), await openTab()];
  await openBoard(tablet, roomName);
  await openBoard(other, roomName);
  const pen = { pointerType: "pen" } as const;
  await dispatch(tablet, { ...pen, type: "pointermove", x: 10, y: 10, pressed: false });
  await expect.poll(() => drawn(other)).toEqual({ x: 10, y: 10, pressed: false });
  await dispatch(
    tablet,
    { ...pen, type: "pointerdown", x: 20, y: 20, pressed: true },
    {
      ...pen,
      type: "pointermove",
      x: 60,
      y: 20,
      pressed: true,
      between: [
        [30, 25],
        [40, 30],
        [50, 25],
        [60, 20],
      ],
    },
  );
  await expect.poll(() => drawn(other)).toEqual({ x: 60, y: 20, pressed: true });
  await dispatch(tablet, { ...pen, type: "pointerup", x: 60, y: 20, pressed: false });
  await expect.poll(() => drawn(other)).toEqual({ x: 60, y: 20, pressed: false });
  await dispatch(tablet, { ...pen, type: "pointerleave", x: 60, y: 20, pressed: false });
  await expect.poll(() => drawn(other)).toBe(null);
  const log = await other.evaluate(() =>
    (window.skein.log as { x: number; y: number; pressed: boolean; pointerType: string }[]).map(
      ({ x, y, pressed, pointerType }) => `${pointerType} ${x},${y}${pressed ? " down" : ""}`,
    ),
  );
  expect([...new Set(log)]).toEqual([
    "pen 10,10",
    "pen 20,20 down",
    "pen 30,25 down",
    "pen 40,30 down",
    "pen 50,25 down",
    "pen 60,20 down",
    "pen 60,20",
  ]);
});
