import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { FEATURE_AUDIT, LOST_AFTER_MS, type Welcome } from "../../lib/src/signaling/events.ts";
import { TICK_MS } from "./changes.ts";
import { idOf } from "./cluster/test-node.ts";
import { CrowdClient } from "./crowd-client.ts";
import type { Member } from "./member.ts";
import { PAGE_MEMBERS } from "./pages.ts";
import { Room } from "./room.ts";
import { createStats } from "./stats.ts";

/** One frame of a message: its sender must be known. */
const FRAME = Uint8Array.of(2, 1, 7);

function setup() {
  const clock = new FakeClock();
  const room = new Room("room", {
    clock,
    stats: createStats(),
    wallNow: () => 1_700_000_000_000 + clock.now(),
    policy: { paths: "all", meshLimit: 16 },
    iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    onEmpty: () => {},
  });
  const enter = (name: string, features?: number) => {
    const client = new CrowdClient(idOf(name), clock, features);
    client.enter(room);
    return client;
  };
  const crowd = (count: number, prefix = "m") =>
    Array.from({ length: count }, (_, i) => enter(`${prefix}${i}`));
  /** Members that listen to nothing: cheap enough for hundreds, again and again. */
  const fill = (count: number, prefix = "deaf"): Member[] =>
    Array.from({ length: count }, (_, i) => {
      const admission = { id: idOf(prefix + i), generation: 1, join: undefined, features: 0 };
      const presence = { version: 1, state: {} };
      const asked = { ...admission, webrtc: true, presence, user: undefined };
      return room.admit(asked, { send() {}, sendFrame() {}, end() {} }) as Member;
    });
  return { clock, room, enter, crowd, fill };
}

const welcomeOf = (client: CrowdClient) => client.session?.events[0]?.argument as Welcome;

const here = (client: CrowdClient | undefined): Member => {
  if (!client?.member) throw new Error("not in the room");
  return client.member;
};

test("a welcome has those with seats and the newest; the rest follows within ticks", () => {
  const { clock, room, enter, crowd, fill } = setup();
  const others = [...crowd(10), ...fill(280), ...crowd(10, "last")];
  clock.advance(1_000);
  const newcomer = enter("newcomer");
  const { members, size } = welcomeOf(newcomer);
  expect(size).toBe(301);
  expect(newcomer.size).toBe(301);
  expect(members.length).toBeLessThan(2 * PAGE_MEMBERS);
  const ids = members.map(({ id }) => id);
  for (const each of [...others.slice(0, 16), ...others.slice(-32)]) expect(ids).toContain(each.id);
  const joins = members.map(({ join }) => join);
  expect(joins).toEqual([...joins].sort((a, b) => a - b));
  clock.advance(5 * TICK_MS);
  expect(newcomer.differences(room)).toEqual([]);
  expect(newcomer.members.told).toBe(null);
  // Nobody joined who was there before.
  expect(newcomer.heard).toEqual([]);
  for (const each of others) {
    if (!(each instanceof CrowdClient)) continue;
    expect(each.differences(room)).toEqual([]);
    expect(each.oddities).toEqual([]);
  }
});

test("a crowd that comes within a tick is told in one message, and hears nothing of itself", () => {
  const { clock, room, crowd } = setup();
  const [before] = crowd(20, "before");
  clock.advance(1_000);
  before?.session?.news();
  const all = crowd(100, "late");
  expect(before?.session?.news()).toEqual([]);
  clock.advance(TICK_MS);
  expect(before?.session?.news()).toEqual(["batch"]);
  expect(before?.heard.filter((what) => what.startsWith("join")).length).toBeGreaterThanOrEqual(
    100,
  );
  clock.advance(1_000);
  for (const [i, each] of all.entries()) {
    expect(each.differences(room)).toEqual([]);
    expect(each.oddities).toEqual([]);
    // It heard of those who came after it, and of nobody else.
    expect(each.heard).toEqual(all.slice(i + 1).map(({ id }) => `join ${id}`));
  }
});

test("in a small room everybody is told at once", () => {
  const { room, enter, crowd } = setup();
  const [first] = crowd(15);
  first?.session?.news();
  const late = enter("late");
  expect(first?.session?.news()).toEqual(["joined"]);
  expect(late.differences(room)).toEqual([]);
});

test("nobody gets a frame or a signal of somebody it was not told of", () => {
  const { clock, room, enter, crowd, fill } = setup();
  const [watcher] = crowd(1);
  const others = fill(299);
  clock.advance(1_000);
  const newcomer = enter("newcomer");
  const signal = { attempt: 1, index: 0, data: { type: "retry" } } as const;
  for (const each of others) {
    const route = { kind: "only", handles: [here(newcomer).handle] } as const;
    room.deliver(each, route, FRAME);
  }
  expect(newcomer.session?.frames).toHaveLength(299);
  const another = enter("another");
  expect(room.signal(others[5] as Member, another.id, signal)).toBe(true);
  // News to all, too, when it speaks before the tick.
  room.deliver(here(another), { kind: "others" }, FRAME);
  expect(watcher?.session?.frames).toHaveLength(1);
  clock.advance(1_000);
  for (const each of [newcomer, another, watcher]) {
    if (!each) throw new Error("nobody watches");
    expect(each.oddities).toEqual([]);
    expect(each.differences(room)).toEqual([]);
  }
});

test("a client of before is welcomed to everybody, and told of each by itself", () => {
  const { clock, room, enter, crowd, fill } = setup();
  fill(100);
  clock.advance(1_000);
  const old = enter("old", FEATURE_AUDIT);
  expect(welcomeOf(old).members).toHaveLength(100);
  expect(welcomeOf(old)).not.toHaveProperty("size");
  old.session?.news();
  crowd(3, "late");
  expect(old.session?.news()).toEqual(["joined", "joined", "joined"]);
  clock.advance(10_000);
  expect(old.differences(room)).toEqual([]);
  expect(old.oddities).toEqual([]);
});

test("who does not keep up gets no pages until it does, and the others get theirs", () => {
  const { clock, room, enter, fill } = setup();
  const others = fill(300);
  const [first, last] = [others[0] as Member, others[299] as Member];
  clock.advance(1_000);
  const [slow, quick] = [enter("slow"), enter("quick")];
  if (slow.session) slow.session.lags = true;
  slow.session?.news();
  room.setPresence(last, { version: 2, state: {} });
  room.setPresence(last, { version: 3, state: {} });
  room.goodbye(first, 1);
  clock.advance(1_000);
  expect(quick.differences(room)).toEqual([]);
  // The newest only, and nothing that it must wait for in one piece.
  expect(slow.session?.news()).toEqual(["joined", "presence", "left"]);
  expect(slow.size).toBe(room.size);
  if (slow.session) slow.session.lags = false;
  clock.advance(1_000);
  expect(slow.differences(room)).toEqual([]);
  expect(slow.oddities).toEqual([]);
});

test("who resumes in the middle of paging hears no joining of those who were there", () => {
  const { clock, room, enter, fill } = setup();
  const known = enter("known");
  const others = fill(300);
  clock.advance(1_000);
  const client = enter("client");
  clock.advance(TICK_MS);
  client.lose(room);
  // Of whom it was not told yet.
  room.goodbye(others[40] as Member, 1);
  const late = enter("late");
  client.enter(room);
  clock.advance(1_000);
  expect(client.differences(room)).toEqual([]);
  expect(client.heard).toEqual([`join ${late.id}`]);
  // Whoever knew everybody, and missed a leave and a join.
  known.lose(room);
  const gone = others[41] as Member;
  room.goodbye(gone, 1);
  const later = enter("later");
  known.heard.splice(0);
  known.enter(room);
  expect(known.size).toBe(room.size);
  clock.advance(1_000);
  expect(known.heard).toEqual([`join ${later.id}`]);
  expect(known.members.get(gone.id)?.away).toBe(true);
  clock.advance(LOST_AFTER_MS);
  expect(known.differences(room)).toEqual([]);
  expect([...client.oddities, ...known.oddities]).toEqual([]);
});

test("whatever pages, joins, leaves and resumes come between: all end with what the server has", () => {
  const names = Array.from({ length: 6 }, (_, i) => `p${i}`);
  const step = fc.record({
    who: fc.constantFrom(...names),
    what: fc.constantFrom(
      ...(["enter", "enter", "enter", "lose", "goodbye", "presence", "frame", "signal"] as const),
      ...(["unseat", "lag", "tick", "tick", "crowd", "old", "long"] as const),
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { clock, room, enter, fill } = setup();
      fill(150);
      const old: CrowdClient[] = [];
      const clients = new Map(names.map((name) => [name, new CrowdClient(idOf(name), clock)]));
      let version = 1;
      let more = 0;
      for (const { who, what } of steps) {
        const client = clients.get(who) as CrowdClient;
        const member = client.session ? client.member : undefined;
        if (what === "enter") client.enter(room);
        else if (what === "tick") clock.advance(TICK_MS / 2);
        else if (what === "long") clock.advance(11_000);
        else if (what === "crowd") fill(20, `crowd${more++}-`);
        else if (what === "old") old.push(enter(`old${more++}`, FEATURE_AUDIT));
        else if (!member || !client.session) continue;
        else if (what === "lose") client.lose(room);
        else if (what === "goodbye") client.goodbye(room);
        else if (what === "presence") room.setPresence(member, { version: ++version, state: {} });
        else if (what === "frame") room.deliver(member, { kind: "others" }, FRAME);
        else if (what === "lag") client.session.lags = !client.session.lags;
        else if (what === "unseat") room.unseat(member);
        else {
          const signal = { attempt: 1, index: 0, data: { type: "retry" } } as const;
          for (const { id } of room.members) if (id !== member.id) room.signal(member, id, signal);
        }
      }
      for (const { session } of clients.values()) if (session) session.lags = false;
      clock.advance(LOST_AFTER_MS + 11_000);
      for (const each of [...clients.values(), ...old]) {
        expect(each.oddities).toEqual([]);
        if (each.session) expect(each.differences(room)).toEqual([]);
        each.session?.stop();
      }
      room.close({ code: "shutting-down", message: "" });
    }),
    { numRuns: 60 },
  );
});
