/** Real servers, a real Redis, and the library's own rooms as their members. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { SignalingServer } from "../server.ts";
import { joined, TestClient, urlOf } from "../test-client.ts";
import { RedisProcess } from "./redis-process.ts";
import { type Guest, peersOf, selfOf, ThreeServers } from "./three-servers.ts";

let redis: RedisProcess;
let three: ThreeServers;
let roomName = 0;

beforeAll(async () => {
  redis = await RedisProcess.start();
});
afterAll(() => redis.kill());

beforeEach(async () => {
  three = await ThreeServers.start(redis, `room ${++roomName}`);
});
afterEach(() => three.close());

test("members of three nodes see and hear each other, and all in one order and colour", async () => {
  const guests = await Promise.all(
    ["a", "b", "c", "d", "e", "f"].map((name, i) => three.enter(i % 3, name)),
  );
  await vi.waitFor(() => {
    for (const guest of guests) expect(peersOf(guest)).toHaveLength(5);
  });
  const colors = guests.map((guest) => selfOf(guest).color);
  expect(new Set(colors).size).toBe(6);
  const order = (guest: Guest) =>
    guest.room.getSnapshot().peers.map(({ id, color }) => `${id} ${color}`);
  const all = new Set(guests.flatMap(order));
  expect(all.size).toBe(6);
  const [a, b, c] = guests as [Guest, Guest, Guest];
  for (let i = 0; i < 100; i++) void a.room.send("note", i);
  const { missed } = await a.room.send("note", "end");
  expect(missed).toEqual([]);
  const expected = [...Array.from({ length: 100 }, (_, i) => i), "end"];
  for (const guest of guests.slice(1)) expect(guest.notes).toEqual(expected);
  b.room.setPresence({ name: "B" });
  await vi.waitFor(() => expect(peersOf(c)).toContain("B active"));
  // To one alone.
  await a.room.send("note", "psst", { to: selfOf(c).id });
  expect(c.notes.at(-1)).toBe("psst");
  expect(b.notes.at(-1)).toBe("end");
  await b.room.leave();
  await vi.waitFor(() => expect(c.leaves).toEqual(["B"]));
  expect(a.leaves).toEqual(["B"]);
});

test("a resume on another node ends the older socket there; one of an older generation is refused", async () => {
  const [first, second] = three.servers as [SignalingServer, SignalingServer];
  const room = three.name;
  const watcher = await three.enter(2, "watcher");
  const m = await joined(first, { room });
  const { key } = m.client.request;
  await vi.waitFor(() => expect(watcher.room.getSnapshot().peers).toHaveLength(1));
  const again = await joined(second, { room, key, generation: 2, join: m.welcome.self.join });
  expect(again.welcome.self).toMatchObject({ id: m.id, join: m.welcome.self.join });
  expect((await m.client.next("refused")).code).toBe("replaced");
  await m.client.gone();
  const stale = new TestClient(urlOf(three.servers[2] as SignalingServer), {
    room,
    key,
    generation: 1,
  });
  expect((await stale.refusal()).code).toBe("stale-generation");
  expect(watcher.leaves).toEqual([]);
  expect(watcher.joins).toHaveLength(1);
  again.client.socket.disconnect();
});

test("frames cross Redis only to nodes that hold a recipient", async () => {
  const [a1, a2] = [await three.enter(0, "a1"), await three.enter(0, "a2")];
  const [first, second, third] = three.servers as [
    SignalingServer,
    SignalingServer,
    SignalingServer,
  ];
  await vi.waitFor(() => expect(peersOf(a1)).toHaveLength(1));
  for (let i = 0; i < 5; i++) await a1.room.send("note", i);
  expect(a2.notes).toEqual([0, 1, 2, 3, 4]);
  expect(first.cluster?.stats.sent).toBe(0);
  const b1 = await three.enter(1, "b1");
  await vi.waitFor(() =>
    expect([peersOf(a1), peersOf(b1)].map((all) => all.length)).toEqual([2, 2]),
  );
  await a1.room.send("note", 5);
  expect(b1.notes).toEqual([5]);
  expect(second.cluster?.stats.framesIn).toBeGreaterThan(0);
  expect(third.cluster?.stats).toMatchObject({ framesIn: 0, stray: 0 });
});
