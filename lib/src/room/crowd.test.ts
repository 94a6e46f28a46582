import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createTestHub, type TestHub } from "../testing/index.ts";
import type { Room } from "./types.ts";

interface Types {
  presence: { name: string };
  messages: { say: string };
}
type TestRoom = Room<Types>;

/** Links that stay on the server are cheap enough for hundreds of rooms in one test. */
function hubOf(): TestHub {
  const hub = createTestHub({ meshLimit: 0 });
  onTestFinished(() => hub.close());
  return hub;
}

const joinAll = (hub: TestHub, count: number, prefix = "m") =>
  Array.from({ length: count }, (_, i) => hub.join<Types>(`${prefix}${i}`));

const idOf = (room: TestRoom) => room.getSnapshot().self?.id ?? "";
const sees = (room: TestRoom) => room.getSnapshot().peers.map(({ id }) => id);

test("in a room of 300 the size is known at once, and everybody within ticks", async () => {
  const hub = hubOf();
  const others = joinAll(hub, 299);
  await hub.advance(1_000);
  const room = hub.join<Types>("late");
  const joins: string[] = [];
  room.on("join", ({ peer }) => joins.push(peer.presence.name));
  const sizes: number[] = [];
  room.watch(
    ({ size }) => size,
    (size) => sizes.push(size),
  );
  await room.ready;
  expect(room.size).toBe(300);
  expect(sees(room).length).toBeLessThan(299);
  const all = room.waitFor(({ peers, size }) => peers.length === size - 1);
  const said: string[] = [];
  for (const each of others) each.onMessage("say", ({ data }) => said.push(data));
  // What is said meanwhile is said to everybody.
  const sent = room.send("say", "hello");
  await hub.advance(1_000);
  await all;
  expect(sees(room)).toEqual(others.map(idOf));
  expect(sizes).toEqual([300]);
  expect(joins).toEqual([]);
  expect(room.stats().refused).toEqual({});
  await hub.advance(2_000);
  expect(said).toHaveLength(299);
  expect(await sent).toEqual({ missed: [] });
});

test("whoever speaks is known before its page has come", async () => {
  const hub = hubOf();
  const others = joinAll(hub, 150);
  await hub.advance(1_000);
  const room = hub.join<Types>("late");
  await room.ready;
  const first = others[0] as TestRoom;
  expect(sees(room)).not.toContain(idOf(first));
  const cursors: string[] = [];
  room.on("cursor", ({ peer }) => cursors.push(peer.presence.name));
  first.moveCursor({ x: 1, y: 1 });
  await hub.advance(1);
  expect(cursors).toEqual(["m0"]);
  expect(room.size).toBe(151);
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
