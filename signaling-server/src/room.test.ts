import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import {
  LOST_AFTER_MS,
  PEER_COLORS,
  type Policy,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import { FakeSession } from "./fake-session.ts";
import { HANDLE_REST_MS } from "./handles.ts";
import type { Admission, Member } from "./member.ts";
import { Room, type RoomOptions } from "./room.ts";
import { createStats } from "./stats.ts";

const NOW = 1_700_000_000_000;

function setup(policy: Partial<Policy> = {}) {
  const clock = new FakeClock();
  const stats = createStats();
  let emptied = 0;
  const options: RoomOptions = {
    clock,
    stats,
    wallNow: () => NOW + clock.now(),
    policy: { paths: "all", meshLimit: 16, ...policy },
    iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    onEmpty: () => emptied++,
  };
  const room = new Room("room", options);
  const enter = (id: string, over: Partial<Admission> = {}) => {
    const session = new FakeSession();
    const admission = { id, generation: 1, join: undefined, features: 0, webrtc: true };
    const member = room.admit(
      { ...admission, presence: { version: 1, state: {} }, user: undefined, ...over },
      session,
    );
    return { session, member };
  };
  return { clock, stats, room, enter, emptied: () => emptied };
}

function present(member: Member | undefined): Member {
  if (!member) throw new Error("not admitted");
  return member;
}

function welcomeOf(session: FakeSession): Welcome {
  const event = session.events.find(({ name }) => name === "welcome");
  return event?.argument as Welcome;
}

test("join numbers grow, and are times where they can be", () => {
  const { room, enter, clock } = setup();
  const first = present(enter("a").member).join;
  expect(first).toBe(NOW + clock.now());
  // The hue that follows from it is the opposite one.
  const second = first + PEER_COLORS / 2;
  expect(present(enter("b").member).join).toBe(second);
  clock.advance(1000);
  const third = present(enter("c").member).join;
  expect(third).toBeGreaterThanOrEqual(first + 1000);
  expect(third).toBeLessThan(first + 1000 + PEER_COLORS);
  expect(present(enter("d", { join: 5 }).member).join).toBe(5);
  const fourth = present(enter("e", { join: NOW * 2 }).member).join;
  expect(fourth).toBeGreaterThan(third);
  expect(fourth).toBeLessThanOrEqual(third + PEER_COLORS);
  const { session } = enter("z");
  expect(welcomeOf(session).members.map(({ id }) => id)).toEqual(["d", "a", "b", "c", "e"]);
  expect(room.size).toBe(6);
});

test("away, back, and lost after 30 s", () => {
  const { clock, room, enter, emptied } = setup();
  const [a, b] = [enter("a"), enter("b")];
  b.session.news();
  room.lost(present(a.member), a.session);
  clock.advance(LOST_AFTER_MS - 1);
  const again = enter("a", { generation: 2 });
  expect(again.member).toBe(a.member);
  expect(welcomeOf(again.session)).toMatchObject({ resumed: true });
  clock.advance(LOST_AFTER_MS);
  expect(b.session.news()).toEqual(["away", "back"]);
  // What belongs to the older socket counts no more.
  room.lost(present(a.member), a.session);
  expect(room.goodbye(present(a.member), 1)).toBe(false);
  expect(b.session.news()).toEqual([]);
  room.lost(present(a.member), again.session);
  clock.advance(LOST_AFTER_MS);
  expect(b.session.news()).toEqual(["away", "left"]);
  expect(room.goodbye(present(b.member), 1)).toBe(true);
  expect(emptied()).toBe(1);
  expect(clock.pending).toBe(0);
});

test("a departed member's older sockets stay out while anything of theirs can still arrive", () => {
  const { clock, room, enter } = setup();
  enter("b");
  const a = enter("a", { generation: 7 });
  room.goodbye(present(a.member), 7);
  expect(enter("a", { generation: 7 }).member).toBeUndefined();
  expect(enter("a", { generation: 6 }).member).toBeUndefined();
  const rejoined = enter("a", { generation: 8 });
  expect(welcomeOf(rejoined.session).resumed).toBe(false);
  expect(present(rejoined.member).handle).not.toBe(present(a.member).handle);
  room.goodbye(present(rejoined.member), 8);
  clock.advance(HANDLE_REST_MS + 1);
  room.goodbye(present(enter("c").member), 1);
  expect(enter("a", { generation: 1 }).member).toBeDefined();
});

test("a known id that returns as another user is a leave and a join", () => {
  const { enter } = setup();
  const b = enter("b");
  const a = enter("a", { user: { id: "ada" } });
  b.session.news();
  const again = enter("a", { generation: 2, user: { id: "bob" } });
  expect(b.session.news()).toEqual(["left", "joined"]);
  expect(a.session.ended?.code).toBe("replaced");
  expect(welcomeOf(again.session)).toMatchObject({ resumed: false, self: { user: { id: "bob" } } });
  enter("a", { generation: 3, user: { id: "bob" } });
  expect(b.session.news()).toEqual([]);
});

test("a resume brings newer presence, and asks for a seat again", () => {
  const { clock, room, enter } = setup({ meshLimit: 1 });
  const a = enter("a");
  const b = enter("b");
  room.unseat(present(a.member));
  clock.advance(5_000);
  room.lost(present(a.member), a.session);
  b.session.news();
  enter("a", { generation: 2, presence: { version: 2, state: { x: 1 } } });
  expect(b.session.events.map(({ argument }) => argument)).toEqual([
    { id: "a", handle: 1 },
    { id: "a", version: 2, state: { x: 1 } },
  ]);
  b.session.news();
  room.goodbye(present(b.member), 1);
  clock.advance(5_000);
  expect(welcomeOf(enter("c").session).members[0]).toMatchObject({ id: "a", seat: true });
});

describe("without the grant for presence", () => {
  const presence = (version: number, state = { x: version }) => ({ version, state });
  const told = ({ session }: { session: FakeSession }) =>
    session.events.splice(0).flatMap(({ name, argument }) => {
      if (name !== "presence") return [];
      const { version, state } = argument as ReturnType<typeof presence>;
      return [[version, state]];
    });

  test("what was said before is taken back, and what is on its way is not heard", () => {
    const { room, enter } = setup();
    const [a, b] = [present(enter("a", { presence: presence(4) }).member), enter("b")];
    b.session.news();
    room.vouch(a, { grants: ["cursor"] });
    expect(b.session.events.map(({ name }) => name)).toEqual(["vouched", "presence"]);
    expect(told(b)).toEqual([[5, {}]]);
    expect(welcomeOf(enter("c").session).members[0]?.presence).toEqual({ version: 5, state: {} });
    // Within the time in which what was said before still counts. Peers may have it over WebRTC.
    room.setPresence(a, presence(5));
    expect(told(b)).toEqual([[6, {}]]);
    room.setPresence(a, presence(4));
    room.vouch(a, { grants: [] });
    expect(told(b)).toEqual([]);
    // A client that knows no more than that it has the grant again: its last version, and two.
    room.vouch(a, {});
    room.setPresence(a, presence(7));
    expect(told(b)).toEqual([[7, { x: 7 }]]);
  });

  test("nothing comes with a resume, whatever the others had heard of it", () => {
    const { room, enter } = setup();
    const a = enter("a", { presence: presence(4) });
    const b = enter("b");
    room.lost(present(a.member), a.session);
    told(b);
    // Said over WebRTC meanwhile: peers have the sixth version.
    const viewer = { presence: presence(6), grants: [] };
    const back = enter("a", { ...viewer, generation: 2 });
    expect(told(b)).toEqual([[7, {}]]);
    expect(welcomeOf(back.session).self.presence).toEqual({ version: 7, state: {} });
    enter("a", { ...viewer, generation: 3 });
    expect(told(b)).toEqual([]);
    enter("a", { presence: presence(8), generation: 4 });
    expect(told(b)).toEqual([[8, { x: 8 }]]);
  });

  test("nor with the return to a server that forgot, for those who knew it", () => {
    const { enter } = setup();
    const of = (over: Partial<Admission>) => present(enter("a", over).member).presence;
    expect(of({ presence: presence(4), grants: [], join: NOW })).toEqual({ version: 5, state: {} });
    const newcomer = present(enter("b", { presence: presence(4), grants: [] }).member);
    expect(newcomer.presence).toEqual({ version: 0, state: {} });
    // What it has not said is not taken back.
    const c = enter("c");
    told(c);
    enter("b", { presence: presence(4), grants: [], generation: 2 });
    expect(told(c)).toEqual([]);
  });

  test("a version is one that everybody takes, whatever was sent", () => {
    const { room, enter } = setup();
    const version = Number.MAX_SAFE_INTEGER;
    const a = present(enter("a", { presence: { version, state: { x: 1 } } }).member);
    room.vouch(a, { grants: [] });
    expect(a.presence).toEqual({ version, state: {} });
  });
});

test("by the policy `server` nobody has a seat", () => {
  const { enter } = setup({ paths: "server" });
  expect(welcomeOf(enter("a").session).self.seat).toBe(false);
});

test("at most 32 members are knocked at, four times a second", () => {
  const { clock, room, enter, stats } = setup();
  const sessions = Array.from({ length: 40 }, (_, i) => enter(`m${i}`).session);
  for (const session of sessions) session.news();
  const reservations = Array.from({ length: 6 }, () => room.door.knock());
  expect(reservations.filter((each) => each !== undefined)).toHaveLength(4);
  expect(stats).toMatchObject({ knocks: 4, knocksLimited: 2 });
  const asked = sessions.map((session) => session.news().length);
  expect(asked.reduce((sum, each) => sum + each, 0)).toBe(4 * 32);
  expect(Math.max(...asked)).toBeLessThanOrEqual(4);
  clock.advance(1000);
  const last = room.door.knock();
  expect(last?.handle).toBe(45);
  if (last) room.door.cancel(last);
  expect(enter("next").member?.handle).toBe(46);
  clock.advance(5_000);
  expect(enter("later").member?.handle).toBe(45);
});

test("what was held for a newcomer comes after its welcome; a resume gets it under its own handle", () => {
  const { room, enter } = setup();
  const a = enter("a");
  const gone = enter("gone");
  room.lost(present(gone.member), gone.session);
  const reservation = room.door.knock();
  if (!reservation) throw new Error("no knock");
  const cursor = Uint8Array.of(4, 0);
  room.deliver(present(a.member), { kind: "only", handles: [reservation.handle] }, cursor);
  room.deliver(present(a.member), { kind: "others" }, cursor);
  const session = new FakeSession();
  const admission = { id: "gone", generation: 2, join: undefined, features: 0, webrtc: true };
  const presence = { version: 1, state: {} };
  room.admit({ ...admission, presence, user: undefined }, session, reservation);
  expect(session.news()).toEqual(["welcome"]);
  expect(session.frames).toHaveLength(1);
  room.deliver(present(a.member), { kind: "only", handles: [reservation.handle] }, cursor);
  expect(session.frames).toHaveLength(1);
});

test("whatever happens, everybody who follows the events knows who is there", () => {
  const ids = ["a", "b", "c", "d"];
  const step = fc.record({
    id: fc.constantFrom(...ids),
    what: fc.constantFrom("enter", "enter", "lost", "goodbye", "stale", "unseat", "wait"),
    ms: fc.integer({ min: 0, max: 2 * LOST_AFTER_MS }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { clock, room, enter } = setup({ meshLimit: 2 });
      const watcher = enter("watcher", { webrtc: false });
      const generations = new Map<string, number>();
      const sockets = new Map<string, { member: Member; session: FakeSession }>();
      for (const { id, what, ms } of steps) {
        const socket = sockets.get(id);
        if (what === "enter") {
          const generation = (generations.get(id) ?? 0) + 1;
          generations.set(id, generation);
          const { member, session } = enter(id, { generation });
          sockets.set(id, { member: present(member), session });
        } else if (what === "wait") clock.advance(ms);
        else if (!socket) continue;
        else if (what === "lost") room.lost(socket.member, socket.session);
        else if (what === "unseat") room.unseat(socket.member);
        else room.goodbye(socket.member, (generations.get(id) ?? 0) - (what === "stale" ? 1 : 0));
      }
      // The watcher's picture, built from events alone, equals a fresh welcome's.
      const seen = new Map<string, object>();
      for (const { name, argument } of watcher.session.events) {
        const about = argument as { id: string };
        const known = seen.get(about.id);
        if (name === "welcome") continue;
        if (name === "left") {
          expect(known).toBeDefined();
          seen.delete(about.id);
        } else if (name === "joined") {
          expect(known).toBeUndefined();
          seen.set(about.id, about);
        } else {
          expect(known).toBeDefined();
          const change = name === "away" ? { away: true } : name === "back" ? { away: false } : {};
          seen.set(about.id, { ...known, ...about, ...change });
        }
      }
      const { members } = welcomeOf(enter("fresh", { webrtc: false }).session);
      const others = members.filter(({ id }) => id !== "watcher");
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(others.map((m) => [m.id, m])));
      expect(others.filter(({ seat }) => seat).length).toBeLessThanOrEqual(2);
      room.close({ code: "shutting-down", message: "" });
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 500 },
  );
});
