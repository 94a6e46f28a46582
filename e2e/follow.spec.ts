/** Following somebody's view, in windows of different sizes. */
import type { Page } from "@playwright/test";
import { expect, joinRoom, settled, test } from "./library.ts";

/** Numbered lines on a page much longer than any window, and following on it. */
async function layOut(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.body.style.margin = "0";
    for (let i = 0; i < 200; i++) {
      const line = document.createElement("p");
      line.textContent = `Line ${i}`;
      Object.assign(line.style, { height: "40px", margin: "0" });
      document.body.append(line);
    }
    const { room, followView } = window.skein;
    if (room !== undefined) window.skein.views = followView(room);
  });
}

/** Numbers of the first and the last line that can be seen. */
const seenBy = (page: Page) =>
  page.evaluate(() => {
    const { scrollTop, clientHeight } = document.documentElement;
    return { first: scrollTop / 40, last: (scrollTop + clientHeight) / 40 };
  });
const scroll = (page: Page, top: number) => page.evaluate((top) => window.scrollTo(0, top), top);
const follow = (page: Page, id: string) =>
  page.evaluate((id) => window.skein.views?.follow(id), id);
const followedBy = (page: Page) => page.evaluate(() => window.skein.views?.following);
const followersOf = (page: Page) => page.evaluate(() => window.skein.views?.followers);

/** Whether all that the one in the smaller window sees, the other one sees too. */
async function seesWithin(small: Page, large: Page): Promise<boolean> {
  const [inner, outer] = [await seenBy(small), await seenBy(large)];
  return inner.first >= outer.first - 0.1 && inner.last <= outer.last + 0.1;
}

/** Resolves once the page has stood still for half a second, with where it stands. */
const atRest = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let [at, since] = [window.scrollY, performance.now()];
        const look = (now: number) => {
          if (window.scrollY !== at) [at, since] = [window.scrollY, now];
          if (now - since >= 500) resolve(at);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );

test("a follower sees what they see, whatever the size of its window, until its own hand takes over", async ({
  openTab,
  roomName,
}) => {
  const large = await openTab({ viewport: { width: 1200, height: 900 } });
  const small = await openTab({ viewport: { width: 500, height: 400 } });
  const [largeId] = [await joinRoom(large, roomName), await joinRoom(small, roomName)];
  await Promise.all([settled(large, "direct", 1), settled(small, "direct", 1)]);
  await Promise.all([layOut(large), layOut(small)]);
  await scroll(large, 3_000);
  await follow(small, largeId);
  await expect.poll(() => followersOf(large)).toHaveLength(1);
  await expect.poll(() => seesWithin(small, large)).toBe(true);
  // Both begin and end together.
  for (const top of [0, 100_000]) {
    await scroll(large, top);
    await expect
      .poll(() => small.evaluate(() => [window.scrollY, 8_000 - innerHeight - window.scrollY]))
      .toContain(0);
    await expect.poll(() => seesWithin(small, large)).toBe(true);
  }
  for (const act of ["wheel", "key", "pointer", "touch"] as const) {
    await scroll(large, 4_000);
    await expect.poll(() => seesWithin(small, large)).toBe(true);
    await small.mouse.move(100, 100);
    if (act === "wheel") await small.mouse.wheel(0, 50);
    else if (act === "key") await small.keyboard.press("PageDown");
    else if (act === "pointer") await small.mouse.click(100, 100);
    else
      await small.evaluate(() =>
        document.body.dispatchEvent(new Event("touchmove", { bubbles: true })),
      );
    await expect.poll(() => followedBy(small)).toBe(null);
    await expect.poll(() => followersOf(large)).toEqual([]);
    const own = await atRest(small);
    await scroll(large, 500);
    expect(await atRest(small)).toBe(own);
    await follow(small, largeId);
    await expect.poll(() => followersOf(large)).toHaveLength(1);
  }
});

test("whoever is followed and leaves is followed no more", async ({ openTab, roomName }) => {
  const [leaving, staying] = [await openTab(), await openTab()];
  const id = await joinRoom(leaving, roomName);
  await joinRoom(staying, roomName);
  await Promise.all([layOut(leaving), layOut(staying)]);
  await follow(staying, id);
  await scroll(leaving, 2_000);
  await expect.poll(() => seesWithin(staying, leaving)).toBe(true);
  await leaving.evaluate(() => window.skein.room?.leave());
  await expect.poll(() => followedBy(staying)).toBe(null);
});

test("two who follow each other come to rest, and whoever lets go leads", async ({
  openTab,
  roomName,
}) => {
  const a = await openTab({ viewport: { width: 1000, height: 800 } });
  const b = await openTab({ viewport: { width: 500, height: 350 } });
  const [idOfA, idOfB] = [await joinRoom(a, roomName), await joinRoom(b, roomName)];
  await Promise.all([settled(a, "direct", 1), settled(b, "direct", 1)]);
  await Promise.all([layOut(a), layOut(b)]);
  await scroll(a, 1_000);
  await scroll(b, 5_000);
  await Promise.all([follow(a, idOfB), follow(b, idOfA)]);
  await expect.poll(() => followersOf(a)).toEqual([idOfB]);
  await expect.poll(() => followersOf(b)).toEqual([idOfA]);
  await Promise.all([atRest(a), atRest(b)]);
  await a.mouse.move(100, 100);
  await a.mouse.wheel(0, -200);
  await expect.poll(() => followedBy(a)).toBe(null);
  await atRest(a);
  await expect.poll(() => seesWithin(b, a)).toBe(true);
});
