import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { HeldClock, heldByTest } from "../testing/clock.ts";
import { createTestHub, type TestHub } from "../testing/index.ts";
import { Line } from "../testing/line.ts";
import { MemorySocket } from "../testing/memory-socket.ts";
import { type ServerMember, ServerRoom } from "../testing/server-room.ts";
import { decodeFrame, encodeCursor } from "../wire/index.ts";
import type { AnyOptions } from "./options.ts";
import { fetchLater } from "./parts.ts";
import { SkeinRoom } from "./room.ts";
import type { Room } from "./types.ts";

interface Types {
  presence: { name: string };
}
type TestRoom = Room<Types>;

const joinAll = (hub: TestHub, count: number, prefix = "m") =>
  Array.from({ length: count }, (_, i) => hub.join<Types>(`${prefix}${i}`));

const idOf = (room: TestRoom) => room.getSnapshot().self?.id ?? "";
const sees = (room: TestRoom) => room.getSnapshot().peers.map(({ id }) => id);

/** A room as the testing kit's server keeps it, with members that listen to nothing. */
function serverOf(count: number) {
  const clock = new HeldClock();
  const hub = heldByTest(clock);
  const ids = new Map<string, string>();
  const server = new ServerRoom({
    clock,
    wallNow: () => 1_700_000_000_000 + clock.now(),
    policy: { paths: "server", meshLimit: 0 },
    idOf: (key) => {
      const id = ids.get(key) ?? `${String(ids.size).padStart(21, "i")}A`;
      ids.set(key, id);
      return id;
    },
  });
  const heard: string[] = [];
  const enter = (name: string) => {
    const socket = {
      say() {},
      frame: (_: number, frame: Uint8Array) =>
        void heard.push(`${name} ${decodeFrame(frame).kind}`),
    };
    const asked = {
      protocol: 1,
      features: 0,
      room: "room",
      key: name,
      generation: 1,
      webrtc: false,
    };
    return server.admit(
      { ...asked, presence: { version: 1, state: { name } } },
      socket,
      {},
    ) as ServerMember;
  };
  const others = Array.from({ length: count }, (_, i) => enter(`m${i}`));
  const line = () =>
    new Line({ clock, random: () => 0.5, conditions: () => ({ delayMs: 0, loss: 0 }) });
  const join = () => {
    const room = new SkeinRoom("room", { server: "http://localhost" } as AnyOptions, {
      clock,
      connect: (_target, request, itsClock, handlers, outcome, seams) =>
        new MemorySocket({
          ...{ room: server, up: line(), down: line(), onTraffic() {}, vouched: {} },
          ...{ request, clock: itsClock, handlers, outcome, seams },
        }),
    });
    onTestFinished(() => room.leave());
    room.connect();
    return room;
  };
  return { server, others, enter, join, heard, advance: (ms: number) => hub.advance(ms) };
}

test("in a room of 300 the size is known at once, and everybody within ticks", async () => {
  const { server, others, enter, join, heard, advance } = serverOf(299);
  await fetchLater();
  const room = join();
  const joins: string[] = [];
  room.on("join", ({ peer }) => joins.push(peer.id));
  const sizes: number[] = [];
  room.watch(
    ({ size }) => size,
    (size) => sizes.push(size),
  );
  let changes = 0;
  room.watch(
    ({ peers }) => peers,
    () => changes++,
  );
  await advance(0);
  await room.ready;
  expect(room.size).toBe(300);
  expect(room.getSnapshot().peers.length).toBeLessThan(100);
  const all = room.waitFor(({ peers, size }) => peers.length === size - 1);
  // What is said meanwhile is said to everybody.
  void room.send("say", "hello");
  const late = enter("late");
  server.goodbye(others[3] as ServerMember, 1);
  await advance(1);
  expect(room.size).toBe(300);
  await advance(500);
  await all;
  const expected = [...others.filter((_, i) => i !== 3), late];
  expect(room.getSnapshot().peers.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  expect(sizes).toEqual([300, 301, 300]);
  expect(joins).toEqual([late.id]);
  // One for the welcome, each of the pages and the newcomer, whatever is in them.
  expect(changes).toBeLessThan(10);
  const toAll = heard.filter((what) => what.endsWith(" all"));
  expect(new Set(toAll).size).toBe(299);
  expect(room.stats().refused).toEqual({});
});

test("whoever speaks is known before its page has come", async () => {
  const { server, others, join, advance } = serverOf(150);
  await fetchLater();
  const room = join();
  const cursors: string[] = [];
  room.on("cursor", ({ peer }) => cursors.push(peer.id));
  await advance(0);
  const [first] = others as [ServerMember];
  const knows = () => room.getSnapshot().peers.some(({ id }) => id === first.id);
  expect(knows()).toBe(false);
  const samples = [{ x: 1, y: 1, time: 0 }];
  const batch = { number: 0, pressed: false, pointerType: "mouse", frame: "", samples } as const;
  server.frame(first, { kind: "others" }, encodeCursor(batch));
  await advance(0);
  expect(knows()).toBe(true);
  expect(cursors).toEqual([first.id]);
  expect(room.size).toBe(151);
});

test("a room that is cut off while pages come knows everybody after the next welcome", async () => {
  const { server, others, join, advance } = serverOf(200);
  await fetchLater();
  const room = join();
  const log: string[] = [];
  room.on("join", ({ peer }) => log.push(`join ${peer.id}`));
  room.on("leave", ({ peer }) => log.push(`leave ${peer.id}`));
  await advance(60);
  const before = room.getSnapshot().peers.length;
  expect(before).toBeGreaterThan(32);
  expect(before).toBeLessThan(200);
  room.loseSocket("cut");
  expect(room.size).toBe(201);
  server.goodbye(others[0] as ServerMember, 1);
  await advance(10_000);
  expect(room.getSnapshot().peers).toHaveLength(199);
  expect(room.size).toBe(200);
  expect(log).toEqual([]);
});

test("whatever comes, goes and is cut off while pages come: all see the same, in the same order", async () => {
  const names = ["a", "b", "c", "d"] as const;
  const step = fc.record({
    who: fc.constantFrom(...names),
    what: fc.constantFrom("join", "join", "leave", "cut", "heal", "still", "wait", "present"),
    ms: fc.integer({ min: 0, max: 120 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const hub = createTestHub({ meshLimit: 0 });
      const still = joinAll(hub, 70, "still");
      await hub.advance(100);
      const rooms = new Map<string, TestRoom>();
      let more = 0;
      for (const { who, what, ms } of steps) {
        const room = rooms.get(who);
        if (what === "join" && !room) rooms.set(who, hub.join<Types>(who));
        else if (what === "still") still.push(hub.join<Types>(`later${more++}`));
        else if (what === "heal") hub.heal();
        else if (what === "wait") await hub.advance(ms);
        else if (what === "leave" && room) {
          await room.leave();
          rooms.delete(who);
        } else if (what === "cut" && room) hub.partition(still[0] as TestRoom, room);
        else if (what === "present") room?.setPresence({ name: `${who}${more++}` });
        await hub.advance(ms / 4);
      }
      hub.heal();
      await hub.advance(45_000);
      const present = [...rooms.values(), ...still];
      const expected = new Set(present.map(idOf));
      for (const room of present) {
        expect(new Set([idOf(room), ...sees(room)])).toEqual(expected);
        expect(room.size).toBe(expected.size);
      }
      await hub.close();
    }),
    { numRuns: 6 },
  );
});
