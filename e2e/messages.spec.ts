/** Messages and latest values between real tabs: in order, whole, and never a queue without bound. */
import { expect, joinRoom, settled, test } from "./library.ts";

const COUNT = 10_000;
const MOST_BYTES = 256 * 1024;
/** Values of all keys that may be under way at once: what never builds a queue stays far below. */
const FEW_BYTES = 16 * 1024;

for (const path of ["direct", "server"] as const) {
  const options = { paths: path === "server" ? "server" : "all" } as const;

  test(`10,000 messages arrive in order between two tabs, on the ${path} path`, async ({
    openTab,
    roomName,
  }) => {
    const [from, to] = [await openTab(), await openTab()];
    await joinRoom(from, roomName, options);
    await joinRoom(to, roomName, options);
    await Promise.all([settled(from, path, 1), settled(to, path, 1)]);
    await to.evaluate(() => {
      const { room, log } = window.skein;
      room?.onMessage("count", ({ data }) => log.push(data));
    });
    const missed = await from.evaluate(async (count) => {
      const sent = [];
      for (let n = 0; n < count; n++) sent.push(window.skein.room?.send("count", n));
      return (await Promise.all(sent)).filter((result) => result?.missed.length !== 0).length;
    }, COUNT);
    expect(missed).toBe(0);
    const arrived = await to.evaluate((count) => {
      const { log } = window.skein;
      return {
        count: log.length,
        inOrder: log.every((data, n) => data === n),
        last: log.at(-1) === count - 1,
      };
    }, COUNT);
    expect(arrived).toEqual({ count: COUNT, inOrder: true, last: true });
  });

  test(`what is sent arrives as it was sent, up to 256 KiB, on the ${path} path`, async ({
    openTab,
    roomName,
  }) => {
    const [from, to] = [await openTab(), await openTab()];
    await joinRoom(from, roomName, options);
    await joinRoom(to, roomName, options);
    await Promise.all([settled(from, path, 1), settled(to, path, 1)]);
    // The receiver sends back what came, the sender compares: neither trusts a test's own transport.
    await to.evaluate(() => {
      const { room } = window.skein;
      room?.onMessage("there", ({ data, peer }) => room.send("back", data, { to: peer.id }));
    });
    const wrong = await from.evaluate(async (most) => {
      const { room } = window.skein;
      const bytes = (length: number) => {
        const made = new Uint8Array(length);
        for (let n = 0; n < length; n++) made[n] = (n * 7919) >> 3;
        return made;
      };
      const values: readonly unknown[] = [
        "",
        "hello",
        "\u0000 Ä 漢字 👩‍👩‍👧 \u2028",
        "x".repeat(most),
        undefined,
        null,
        true,
        0,
        -1.5e300,
        [],
        {},
        { a: [1, { b: "c" }, null, false], "": "empty key", é: "é" },
        "y".repeat(most - 2).split("y".repeat(1000)),
        new Uint8Array(),
        bytes(1),
        bytes(16_384),
        bytes(16_385),
        bytes(most),
      ];
      const back: unknown[] = [];
      const all = new Promise<void>((resolve) => {
        room?.onMessage("back", ({ data }) => {
          back.push(data);
          if (back.length === values.length) resolve();
        });
      });
      for (const value of values) await room?.send("there", value);
      await all;
      const same = (a: unknown, b: unknown): boolean =>
        a instanceof Uint8Array || b instanceof Uint8Array
          ? a instanceof Uint8Array &&
            b instanceof Uint8Array &&
            a.length === b.length &&
            a.every((byte, n) => byte === b[n])
          : JSON.stringify(a) === JSON.stringify(b) && typeof a === typeof b;
      return values.flatMap((value, n) => (same(value, back[n]) ? [] : [n]));
    }, MOST_BYTES);
    expect(wrong).toEqual([]);
  });
}

test("one byte over 256 KiB is a SkeinError at the call, and the room goes on", async ({
  openTab,
  roomName,
}) => {
  const [from, to] = [await openTab(), await openTab()];
  await joinRoom(from, roomName);
  await joinRoom(to, roomName);
  await from.evaluate(() => window.skein.room?.waitFor((s) => s.peers.length));
  const codes = await from.evaluate(async (most) => {
    const { room, SkeinError } = window.skein;
    const thrown: unknown[] = [];
    for (const data of ["x".repeat(most + 1), new Uint8Array(most + 1), ["é".repeat(most / 2)]]) {
      try {
        room?.send("chat", data);
      } catch (error) {
        thrown.push(error instanceof SkeinError ? error.code : error);
      }
    }
    return [...thrown, await room?.send("chat", "goes on")];
  }, MOST_BYTES);
  expect(codes).toEqual([
    "message-too-large",
    "message-too-large",
    "message-too-large",
    { missed: [] },
  ]);
});

test("a message to one or to several goes to those alone", async ({ openTab, roomName }) => {
  const tabs = [await openTab(), await openTab(), await openTab(), await openTab()] as const;
  const [from, ...others] = tabs;
  await joinRoom(from, roomName);
  const ids: string[] = [];
  for (const tab of others) {
    ids.push(await joinRoom(tab, roomName));
    await tab.evaluate(() => {
      const { room, log } = window.skein;
      room?.onMessage("chat", ({ data }) => log.push(data));
    });
  }
  await from.evaluate(() => window.skein.room?.waitFor((s) => s.peers.length === 3));
  const [first = "", second = ""] = ids;
  const sent = await from.evaluate(
    ([first, second]) => {
      const { room } = window.skein;
      return Promise.all([
        room?.send("chat", "to one", { to: first }),
        room?.send("chat", "to two", { to: [first, second] }),
        room?.send("chat", "to all"),
      ]);
    },
    [first, second] as const,
  );
  expect(sent).toEqual([{ missed: [] }, { missed: [] }, { missed: [] }]);
  const logs = await Promise.all(others.map((tab) => tab.evaluate(() => window.skein.log)));
  expect(logs).toEqual([["to one", "to two", "to all"], ["to two", "to all"], ["to all"]]);
});

for (const path of ["direct", "server"] as const) {
  test(`1,000 latest values a second: the last of every key arrives, no queue builds, on the ${path} path`, async ({
    openTab,
    roomName,
  }) => {
    const options = { paths: path === "server" ? "server" : "all" } as const;
    const [from, to] = [await openTab(), await openTab()];
    await joinRoom(from, roomName, options);
    await joinRoom(to, roomName, options);
    await Promise.all([settled(from, path, 1), settled(to, path, 1)]);
    const newest = await to.evaluateHandle(() => {
      const newest: { [key: string]: unknown } = {};
      window.skein.room?.onLatest("drag", ({ data, key }) => {
        newest[key] = data;
      });
      return newest;
    });
    const { keys, most } = await from.evaluate(async () => {
      const { room } = window.skein;
      const keys = ["a", "b", "c", "d", "e"];
      let most = 0;
      // 2,000 values, ten every ten milliseconds.
      await new Promise<void>((resolve) => {
        let n = 0;
        const timer = setInterval(() => {
          for (let i = 0; i < 10; i++, n++) {
            room?.sendLatest("drag", { n }, { key: keys[n % keys.length] ?? "" });
          }
          for (const { unacknowledged } of Object.values(room?.stats().peers ?? {})) {
            most = Math.max(most, unacknowledged);
          }
          if (n < 2_000) return;
          clearInterval(timer);
          resolve();
        }, 10);
      });
      return { keys, most };
    });
    const last = Object.fromEntries(keys.map((key, i) => [key, { n: 2_000 - keys.length + i }]));
    await expect.poll(() => newest.jsonValue()).toEqual(last);
    expect(most).toBeLessThan(FEW_BYTES);
  });
}
