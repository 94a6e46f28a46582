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
});

test("five tabs make a full mesh of ten links", async ({ openTab, roomName }) => {
  const tabs = [];
  for (let i = 0; i < 5; i++) tabs.push(await openTab());
  await Promise.all(tabs.map((tab) => joinRoom(tab, roomName)));
  await Promise.all(tabs.map((tab) => settled(tab, "direct", 4)));
});
