import type { Page } from "@playwright/test";
import { expect, joinRoom, settled, test } from "./library.ts";

test("two tabs meet on the server path and settle on a direct one", async ({
  openTab,
  roomName,
}) => {
  const [a, b] = [await openTab(), await openTab()];
  await joinRoom(a, roomName);
  const first = a.evaluate(() => window.skein.room?.waitFor((s) => s.peers[0]?.path));
  await joinRoom(b, roomName);
  expect(await first).toBe("server");
  await Promise.all([settled(a, "direct", 1), settled(b, "direct", 1)]);
  const stats = await a.evaluate(() => Object.values(window.skein.room?.stats().peers ?? {}));
  expect(stats).toMatchObject([{ path: "direct", reason: null, handovers: 1 }]);
  await everythingWorks(a, b);
});

test("Chromium and Firefox reach each other directly, whoever came first", async ({
  openTab,
  roomName,
  otherBrowser,
}) => {
  for (const order of ["this one first", "the other first"]) {
    const [mine, other] = [await openTab(), await openTab({ browser: otherBrowser })];
    const [first, second] = order === "this one first" ? [mine, other] : [other, mine];
    const room = `${roomName} ${order}`;
    await joinRoom(first, room);
    await joinRoom(second, room);
    await Promise.all([settled(first, "direct", 1), settled(second, "direct", 1)]);
    await everythingWorks(first, second);
  }
});

test("five tabs make a full mesh of ten links", async ({ openTab, roomName }) => {
  const tabs: Page[] = [];
  for (let i = 0; i < 5; i++) tabs.push(await openTab());
  await Promise.all(tabs.map((tab) => joinRoom(tab, roomName)));
  await Promise.all(tabs.map((tab) => settled(tab, "direct", 4)));
});

test("without WebRTC everything works over the server, and the others are told why", async ({
  openTab,
  roomName,
}) => {
  const bare = await openTab({
    before: () => {
      Reflect.deleteProperty(window, "RTCPeerConnection");
    },
  });
  const whole = await openTab();
  expect(await bare.evaluate(() => "RTCPeerConnection" in window)).toBe(false);
  await joinRoom(bare, roomName);
  await joinRoom(whole, roomName);
  for (const tab of [bare, whole]) {
    expect(await reasonOf(tab)).toBe("unsupported");
    await settled(tab, "server", 1);
  }
  await everythingWorks(bare, whole);
});

test("where WebRTC never connects everything works over the server, just as early", {
  tag: "@one-browser",
}, async ({ openTab, roomName }) => {
  // What the other said is never taken in: neither browser can tell that from a slow network.
  const stuck = await openTab({
    before: () => {
      RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});
    },
  });
  const whole = await openTab();
  await joinRoom(stuck, roomName);
  await joinRoom(whole, roomName);
  await everythingWorks(stuck, whole);
  // All of that before WebRTC had even had its time.
  for (const tab of [stuck, whole]) {
    const link = await tab.evaluate(() => Object.values(window.skein.room?.stats().peers ?? {})[0]);
    expect(link).toMatchObject({ path: "server", reason: "connecting" });
  }
  for (const tab of [stuck, whole]) {
    const told = tab.evaluate(() =>
      window.skein.room?.waitFor((s) => {
        const reason = s.peers[0]?.pathReason;
        return reason !== "connecting" && reason;
      }),
    );
    expect(["timeout", "ice-failed"]).toContain(await told);
  }
  await everythingWorks(stuck, whole);
});

test('paths: "server" makes no connection at all', async ({ openTab, roomName }) => {
  const quiet = await openTab({
    before: () => {
      const Original = RTCPeerConnection;
      Object.assign(window, { connectionsMade: 0 });
      window.RTCPeerConnection = class extends Original {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          Object.assign(window, { connectionsMade: 1 });
        }
      };
    },
  });
  const whole = await openTab();
  await joinRoom(whole, roomName);
  await joinRoom(quiet, roomName, { paths: "server" });
  await whole.evaluate(() => window.skein.room?.waitFor((s) => s.peers.length));
  expect(await reasonOf(quiet)).toBe("disabled");
  // The server says only whether a peer can; why it cannot is its own business.
  expect(await reasonOf(whole)).toBe("unsupported");
  await everythingWorks(quiet, whole);
  expect(await quiet.evaluate(() => Reflect.get(window, "connectionsMade"))).toBe(0);
});

const reasonOf = (tab: Page) =>
  tab.evaluate(() =>
    window.skein.room?.waitFor((s) => {
      const reason = s.peers[0]?.pathReason;
      return reason !== "connecting" && reason;
    }),
  );

/** Presence, cursors, messages and latest values, both ways. */
async function everythingWorks(a: Page, b: Page): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const token = `${Math.random()}`;
    const listening = await to.evaluateHandle((token) => {
      const { room } = window.skein;
      if (room === undefined) throw new Error("no room");
      const once = <T>(subscribe: (done: (value: T) => void) => () => void) =>
        new Promise<T>((resolve) => {
          const off = subscribe((value) => {
            off();
            resolve(value);
          });
        });
      const arrived = Promise.all([
        once<unknown>((done) => room.onMessage("chat", ({ data }) => done(data))),
        once<unknown>((done) => room.onLatest("drag", ({ data }) => done(data))),
        new Promise<boolean>((resolve) => {
          room.on("cursor", () => {
            const peer = room.getSnapshot().peers[0];
            if (peer && room.cursorOf(peer.id)?.x === 0.75) resolve(true);
          });
        }),
        room.waitFor((s) =>
          s.peers.some(({ presence }) => Reflect.get(presence, "token") === token),
        ),
      ]);
      return { arrived };
    }, token);
    const missed = await from.evaluate(async (token) => {
      const { room } = window.skein;
      room?.setPresence({ token });
      room?.moveCursor({ x: 0.25, y: 0.5 });
      room?.hideCursor();
      room?.moveCursor({ x: 0.75, y: 0.5 });
      room?.sendLatest("drag", { token });
      return room?.send("chat", token);
    }, token);
    expect(missed).toEqual({ missed: [] });
    const arrived = await listening.evaluate(({ arrived }) => arrived);
    expect(arrived).toEqual([token, { token }, true, true]);
  }
}
