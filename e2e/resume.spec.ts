/** A socket that is lost, and a server that forgets: the room goes on as if nothing had been. */
import type { Page } from "@playwright/test";
import { startCable } from "./cable.ts";
import {
  expect,
  joinRoom,
  keepLog,
  type Library,
  logOf,
  settled,
  startLibrary,
  test,
} from "./library.ts";

const statusOf = (page: Page) => page.evaluate(() => window.skein.room?.getSnapshot().status);

const untilStatus = (page: Page, status: string): Promise<unknown> =>
  page.evaluate((status) => window.skein.room?.waitFor((s) => s.status === status), status);

/** Sends `from` to `to - 1` as messages; resolves when all are acknowledged, without waiting here. */
async function say(page: Page, from: number, to: number): Promise<() => Promise<unknown>> {
  const said = await page.evaluateHandle(
    ([from, to]) => {
      const sent = [];
      for (let n = from; n < to; n++) sent.push(window.skein.room?.send("chat", n));
      return { sent: Promise.all(sent) };
    },
    [from, to] as const,
  );
  return () => said.evaluate(({ sent }) => sent);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const paths of ["server", "all"] as const) {
  test(`a cut socket resumes under the same id, nobody leaves, nothing is lost (paths: ${paths})`, async ({
    openTab,
    library,
    roomName,
  }) => {
    const cable = await startCable(library.url);
    try {
      const [cut, whole] = [await openTab({ url: cable.url }), await openTab()];
      const id = await joinRoom(cut, roomName, { paths });
      await joinRoom(whole, roomName, { paths });
      const path = paths === "server" ? "server" : "direct";
      await Promise.all([settled(cut, path, 1), settled(whole, path, 1)]);
      await Promise.all([keepLog(cut), keepLog(whole)]);
      const settledSends = [await say(whole, 0, 100), await say(cut, 0, 100)];
      const down = untilStatus(cut, "reconnecting");
      cable.block();
      await down;
      // Both go on talking while one of them has no socket.
      settledSends.push(await say(whole, 100, 200), await say(cut, 100, 200));
      cable.unblock();
      await untilStatus(cut, "connected");
      settledSends.push(await say(whole, 200, 300), await say(cut, 200, 300));
      for (const settledSend of settledSends) {
        expect(await settledSend()).toEqual(Array.from({ length: 100 }, () => ({ missed: [] })));
      }
      expect(await logOf(cut)).toEqual(numbers(300));
      expect(await logOf(whole)).toEqual(numbers(300));
      const self = () => window.skein.room?.getSnapshot().self?.id;
      expect(await cut.evaluate(self)).toBe(id);
    } finally {
      await cable.close();
    }
  });

  test(`a server that restarts and remembers nothing is not noticed (paths: ${paths})`, {
    tag: "@own-server",
  }, async ({ openTab, roomName }) => {
    let library: Library = await startLibrary();
    try {
      const [a, b] = [await openTab({ url: library.url }), await openTab({ url: library.url })];
      const ids = [await joinRoom(a, roomName, { paths }), await joinRoom(b, roomName, { paths })];
      const path = paths === "server" ? "server" : "direct";
      await Promise.all([settled(a, path, 1), settled(b, path, 1)]);
      await Promise.all([keepLog(a), keepLog(b)]);
      const sends = [await say(a, 0, 100), await say(b, 0, 100)];
      const down = [untilStatus(a, "reconnecting"), untilStatus(b, "reconnecting")];
      const { port } = new URL(library.url);
      await library.close();
      await Promise.all(down);
      sends.push(await say(a, 100, 200), await say(b, 100, 200));
      library = await startLibrary({ port: Number(port) });
      await Promise.all([untilStatus(a, "connected"), untilStatus(b, "connected")]);
      sends.push(await say(a, 200, 300), await say(b, 200, 300));
      for (const settledSend of sends) {
        expect(await settledSend()).toEqual(Array.from({ length: 100 }, () => ({ missed: [] })));
      }
      for (const [n, tab] of [a, b].entries()) {
        expect(await logOf(tab)).toEqual(numbers(300));
        expect(await tab.evaluate(() => window.skein.room?.getSnapshot().self?.id)).toBe(ids[n]);
        expect(await statusOf(tab)).toBe("connected");
        await settled(tab, path, 1);
      }
    } finally {
      await library.close();
    }
  });
}
