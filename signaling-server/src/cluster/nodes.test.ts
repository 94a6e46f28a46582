/** Real servers, a real Redis, and the library's own rooms as their members. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { joinRoom, type Room } from "../../../lib/src/index.ts";
import { createSignalingServer, type SignalingServer } from "../server.ts";
import { joined, TestClient, urlOf } from "../test-client.ts";
import { RedisProcess } from "./redis-process.ts";

/** How long Redis is away, in milliseconds: longer than a lease runs, and than audits are apart. */
const OUTAGE_MS = 1_000 * Number(process.env["OUTAGE_SECONDS"] ?? 12);
/** How often it is flushed for as long, in milliseconds. */
const FLUSH_EVERY_MS = 1_000;
/** What reconciles does so within this time, in milliseconds. */
const RECONCILED_MS = 10_000;

let redis: RedisProcess;
let servers: SignalingServer[];
let rooms: Room[];
let roomName = 0;

beforeAll(async () => {
  redis = await RedisProcess.start();
});
afterAll(() => redis.kill());

beforeEach(async () => {
  rooms = [];
  roomName++;
  servers = [0, 1, 2].map(() =>
    createSignalingServer({ port: 0, log: () => {}, redisUrl: redis.url }),
  );
  await Promise.all(servers.map((server) => server.listen()));
  await vi.waitFor(() => expect(servers.every(({ ready }) => ready)).toBe(true));
});

afterEach(async () => {
  await Promise.all(rooms.map((room) => room.leave()));
  await Promise.all(servers.map((server) => server.close()));
});

interface Guest {
  readonly room: Room;
  readonly leaves: string[];
  readonly joins: string[];
  readonly notes: unknown[];
}

async function enter(node: number, name: string): Promise<Guest> {
  const server = servers[node];
  if (!server) throw new Error("no such node");
  const room = joinRoom(`room ${roomName}`, { server: urlOf(server), presence: { name } }) as Room;
  rooms.push(room);
  const guest: Guest = { room, leaves: [], joins: [], notes: [] };
  const nameOf = (peer: { presence: object }) => (peer.presence as { name: string }).name;
  room.on("leave", ({ peer }) => guest.leaves.push(nameOf(peer)));
  room.on("join", ({ peer }) => guest.joins.push(nameOf(peer)));
  room.onMessage("note", ({ data }) => guest.notes.push(data));
  await room.ready;
  return guest;
}

const selfOf = ({ room }: Guest) => {
  const { self } = room.getSnapshot();
  if (!self) throw new Error("not in the room");
  return self;
};

const peersOf = ({ room }: Guest) =>
  room
    .getSnapshot()
    .peers.map(({ presence, activity }) => `${(presence as { name: string }).name} ${activity}`);

test("members of three nodes see and hear each other, and all in one order and colour", async () => {
  const guests = await Promise.all(
    ["a", "b", "c", "d", "e", "f"].map((name, i) => enter(i % 3, name)),
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
  const [first, second] = servers as [SignalingServer, SignalingServer];
  const room = `room ${roomName}`;
  const watcher = await enter(2, "watcher");
  const m = await joined(first, { room });
  const { key } = m.client.request;
  await vi.waitFor(() => expect(watcher.room.getSnapshot().peers).toHaveLength(1));
  const again = await joined(second, { room, key, generation: 2, join: m.welcome.self.join });
  expect(again.welcome.self).toMatchObject({ id: m.id, join: m.welcome.self.join });
  expect((await m.client.next("refused")).code).toBe("replaced");
  await m.client.gone();
  const stale = new TestClient(urlOf(servers[2] as SignalingServer), { room, key, generation: 1 });
  expect((await stale.refusal()).code).toBe("stale-generation");
  expect(watcher.leaves).toEqual([]);
  expect(watcher.joins).toHaveLength(1);
  again.client.socket.disconnect();
});

test("frames cross Redis only to nodes that hold a recipient", async () => {
  const [a1, a2] = [await enter(0, "a1"), await enter(0, "a2")];
  const [first, second, third] = servers as [SignalingServer, SignalingServer, SignalingServer];
  await vi.waitFor(() => expect(peersOf(a1)).toHaveLength(1));
  for (let i = 0; i < 5; i++) await a1.room.send("note", i);
  expect(a2.notes).toEqual([0, 1, 2, 3, 4]);
  expect(first.cluster?.stats.sent).toBe(0);
  const b1 = await enter(1, "b1");
  await vi.waitFor(() =>
    expect([peersOf(a1), peersOf(b1)].map((all) => all.length)).toEqual([2, 2]),
  );
  await a1.room.send("note", 5);
  expect(b1.notes).toEqual([5]);
  expect(second.cluster?.stats.framesIn).toBeGreaterThan(0);
  expect(third.cluster?.stats).toMatchObject({ framesIn: 0, stray: 0 });
});

for (const how of ["killed", "frozen", "flushed"] as const) {
  test(
    `Redis ${how}: members of one node miss nothing, and all is well within 10 s after`,
    async () => {
      const [a1, a2] = [await enter(0, "a1"), await enter(0, "a2")];
      const b1 = await enter(1, "b1");
      await vi.waitFor(() => expect(peersOf(b1)).toHaveLength(2));
      await vi.waitFor(() => expect(peersOf(a2)).toHaveLength(2));
      const id = selfOf(a2).id;
      if (how === "killed") await redis.kill();
      else if (how === "frozen") redis.freeze();
      const until = performance.now() + OUTAGE_MS;
      let sent = 0;
      let flushed = 0;
      while (performance.now() < until) {
        if (how === "flushed" && performance.now() > until - OUTAGE_MS + flushed * FLUSH_EVERY_MS) {
          await redis.flush();
          flushed++;
        }
        await a1.room.send("note", sent++, { to: id });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(a2.notes).toEqual(Array.from({ length: sent }, (_, i) => i));
      if (how !== "flushed") {
        await vi.waitFor(() => expect(servers.some(({ ready }) => ready)).toBe(false), 5_000);
      }
      // Whoever comes now is let in, and sees at least who is on the same node.
      const a3 = await enter(0, "a3");
      expect(peersOf(a3)).toEqual(expect.arrayContaining(["a1 active", "a2 active"]));
      await a2.room.leave();
      if (how === "killed") await redis.restart();
      else redis.thaw();
      await vi.waitFor(
        () => {
          expect(servers.every(({ ready }) => ready)).toBe(true);
          expect(peersOf(b1).sort()).toEqual(["a1 active", "a3 active"]);
          expect(peersOf(a1).sort()).toEqual(["a3 active", "b1 active"]);
          expect(peersOf(a3).sort()).toEqual(["a1 active", "b1 active"]);
        },
        { timeout: RECONCILED_MS },
      );
      const { missed } = await b1.room.send("note", "hello again");
      expect(missed).toEqual([]);
      expect(a1.notes.at(-1)).toBe("hello again");
      expect([a1, b1].map(({ leaves }) => leaves)).toEqual([["a2"], ["a2"]]);
      // What clients knew was what their servers knew, all the time.
      const audits = servers.map((server) => server.stats());
      for (const { auditGhost, auditMissing, auditStale } of audits) {
        expect({ auditGhost, auditMissing, auditStale }).toEqual({
          auditGhost: 0,
          auditMissing: 0,
          auditStale: 0,
        });
      }
    },
    60_000 + OUTAGE_MS,
  );
}
