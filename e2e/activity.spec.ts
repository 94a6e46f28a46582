/** How a tab is, as the others see it, and what a hidden one is told. */
import type { Page } from "@playwright/test";
import { expect, joinRoom, settled, test } from "./library.ts";

/** Browsers in tests show every tab: this one says that it does not. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (hidden ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Counts cursor events, one a frame, and samples. */
const countCursors = (page: Page) =>
  page.evaluate(() => {
    const { room, log } = window.skein;
    room?.on("cursor", ({ samples }) => log.push(samples.length));
  });
const countsOf = (page: Page) =>
  page.evaluate(() => {
    const counts = window.skein.log.splice(0).map(Number);
    return { frames: counts.length, samples: counts.reduce((sum, count) => sum + count, 0) };
  });

/** Moves for this long, a sample each 10 ms or so, and resolves with how many there were. */
const moveFor = (page: Page, ms: number) =>
  page.evaluate(
    (ms) =>
      new Promise<number>((resolve) => {
        const end = performance.now() + ms;
        let count = 0;
        const step = () => {
          count += 1;
          window.skein.room?.moveCursor({ x: count, y: 5 });
          if (performance.now() < end) setTimeout(step, 10);
          else resolve(count);
        };
        step();
      }),
    ms,
  );

for (const path of ["direct", "server"] as const) {
  test(`a hidden tab is seen to be, is told less often, and misses nothing (${path})`, async ({
    openTab,
    roomName,
  }) => {
    const [mover, hidden, shown] = [await openTab(), await openTab(), await openTab()];
    const options = { paths: path === "server" ? "server" : "all" } as const;
    await joinRoom(mover, roomName, options);
    const hiddenId = await joinRoom(hidden, roomName, options);
    await joinRoom(shown, roomName, options);
    await Promise.all([mover, hidden, shown].map((page) => settled(page, path, 2)));
    await Promise.all([countCursors(hidden), countCursors(shown)]);
    const seenAs = (page: Page) =>
      page.evaluate(
        (id) => window.skein.room?.getSnapshot().peers.find((peer) => peer.id === id)?.activity,
        hiddenId,
      );
    expect(await seenAs(mover)).toBe("active");
    await setHidden(hidden, true);
    for (const page of [mover, shown]) await expect.poll(() => seenAs(page)).toBe("hidden");

    const moved = await moveFor(mover, 3_000);
    const lastAt = (page: Page) =>
      page.evaluate(() => {
        const { room } = window.skein;
        return room?.getSnapshot().peers.map(({ id }) => room.cursorOf(id)?.x ?? null);
      });
    for (const page of [hidden, shown]) {
      await expect.poll(() => lastAt(page)).toContain(moved);
    }
    const [few, many] = [await countsOf(hidden), await countsOf(shown)];
    // One a second, and what was left when the pointer came to rest.
    expect(few.frames).toBeLessThanOrEqual(6);
    expect(many.frames).toBeGreaterThan(3 * few.frames);
    // As much of the way as two frames a second can hold, and at least a frame's worth each second.
    expect(few.samples).toBeGreaterThan(Math.min(moved, 3 * 32) - 1);

    await setHidden(hidden, false);
    await expect.poll(() => seenAs(mover)).toBe("active");
    const movedAgain = await moveFor(mover, 1_000);
    await expect.poll(() => lastAt(hidden)).toContain(movedAgain);
    expect((await countsOf(hidden)).frames).toBeGreaterThan(6);
  });
}
