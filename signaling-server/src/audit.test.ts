import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { atHand } from "../../lib/src/at-hand.ts";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import type { Seams } from "../../lib/src/seams.ts";
import { SignalingClient, type SignalingHandlers } from "../../lib/src/signaling/client.ts";
import {
  FEATURE_AUDIT,
  LOST_AFTER_MS,
  type MemberInfo,
  type ServerToClientEvents,
} from "../../lib/src/signaling/events.ts";
import { later } from "../../lib/src/signaling/later.ts";
import { Roll } from "../../lib/src/signaling/roll.ts";
import { AUDIT_MS } from "./audit.ts";
import { FakeSession } from "./fake-session.ts";
import type { Admission, Member } from "./member.ts";
import { Room } from "./room.ts";
import { createStats } from "./stats.ts";
import { joined, urlOf, withServer } from "./test-client.ts";

function setup() {
  const clock = new FakeClock();
  const room = new Room("room", {
    clock,
    stats: createStats(),
    wallNow: () => 1_700_000_000_000 + clock.now(),
    policy: { paths: "all", meshLimit: 2 },
    iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    onEmpty: () => {},
  });
  const enter = (id: string, over: Partial<Admission> = {}) => {
    const session = new FakeSession();
    const admission = { id, generation: 1, join: undefined, features: FEATURE_AUDIT, webrtc: true };
    const presence = { version: 1, state: {} };
    const member = room.admit({ ...admission, presence, user: undefined, ...over }, session);
    return { session, member };
  };
  return { clock, room, enter };
}

/** Whether what a client was told before each audit is what the audit says; one for each. */
function follow(session: FakeSession): boolean[] {
  const roll = new Roll();
  return session.events.flatMap(({ name, argument }) => {
    if (name !== "audit") {
      roll.hear(name as keyof ServerToClientEvents, argument);
      return [];
    }
    const { version, hash } = argument as { version: number; hash: number };
    return [roll.matches(version, hash)];
  });
}

test("every 10 s, whatever happened, a client that heard everything has the server's number", () => {
  const step = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    what: fc.constantFrom("enter", "enter", "lost", "goodbye", "unseat", "presence", "wait"),
    ms: fc.integer({ min: 0, max: LOST_AFTER_MS }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, room, enter } = setup();
      const watcher = enter("watcher");
      const generations = new Map<string, number>();
      const sockets = new Map<string, { member: Member; session: FakeSession }>();
      let version = 1;
      for (const { id, what, ms } of steps) {
        const socket = sockets.get(id);
        if (what === "enter") {
          const generation = (generations.get(id) ?? 0) + 1;
          generations.set(id, generation);
          const { member, session } = enter(id, { generation });
          if (member) sockets.set(id, { member, session });
        } else if (what === "wait") clock.advance(ms);
        else if (!socket) continue;
        else if (what === "lost") room.lost(socket.member, socket.session);
        else if (what === "unseat") room.unseat(socket.member);
        else if (what === "presence") {
          room.setPresence(socket.member, { version: ++version, state: {} });
        } else room.goodbye(socket.member, generations.get(id) ?? 0);
      }
      clock.advance(AUDIT_MS);
      const audits = follow(watcher.session);
      expect(audits.length).toBeGreaterThan(0);
      expect(audits).not.toContain(false);
      room.close({ code: "shutting-down", message: "" });
      expect(clock.pending).toBe(0);
    }),
  );
});

test("in a large room a part of the members is told each second, everybody within 10 s", () => {
  const { clock, enter } = setup();
  const sessions = Array.from({ length: 200 }, (_, i) => enter(`m${i}`).session);
  clock.advance(AUDIT_MS);
  for (const session of sessions) session.news();
  const told: number[] = [];
  for (let second = 0; second < 10; second++) {
    clock.advance(1_000);
    told.push(sessions.reduce((sum, session) => sum + session.news().length, 0));
  }
  expect(told).toEqual(Array.from({ length: 10 }, () => 20));
});

test("a client that never heard of audits is not told any", () => {
  const { clock, enter } = setup();
  const { session } = enter("old", { features: 0 });
  enter("new");
  session.news();
  clock.advance(3 * AUDIT_MS);
  expect(session.news()).toEqual([]);
});

test("what is lost on the way comes by the next audit, and is counted on both sides", async () => {
  const clock = new FakeClock();
  await withServer({ clock }, async (server) => {
    const members = new Map<string, MemberInfo>();
    const refused = vi.fn<SignalingHandlers["refused"]>();
    let lossy = false;
    let lost = 0;
    const seams: Seams = {
      pass: (wire, _, deliver) => {
        if (lossy && wire === "socket-in") lost++;
        else deliver();
      },
    };
    const nothing = () => {};
    const client = new SignalingClient(
      {
        server: urlOf(server),
        room: "room",
        key: "A".repeat(22),
        request: () => ({ presence: { version: 1, state: {} }, webrtc: false }),
        seams,
        later: atHand(later),
      },
      {
        ...{ state: nothing, signal: nothing, ice: nothing, policy: nothing, knock: nothing },
        ...{ frame: nothing, credited: nothing, refused, vouched: nothing, message: nothing },
        welcome: (welcome) => {
          for (const member of welcome.members) members.set(member.id, member);
        },
        joined: (member) => members.set(member.id, member),
        left: ({ id }) => members.delete(id),
        page: nothing,
        together: (tell) => tell(),
        away: nothing,
        back: nothing,
        presence: ({ id, ...presence }) => {
          const known = members.get(id);
          if (known) members.set(id, { ...known, presence });
        },
        seat: nothing,
      },
    );
    const [ghost, changing] = [await joined(server), await joined(server)];
    client.start();
    await vi.waitFor(() => expect(members.size).toBe(2));
    lossy = true;
    ghost.client.emit("goodbye", { generation: 1 });
    changing.client.emit("presence", { version: 2, state: { lost: true } });
    const missing = await joined(server);
    // A leave, a presence, a knock and a join.
    await missing.client.settled();
    await changing.client.settled();
    await vi.waitFor(() => expect(lost).toBeGreaterThanOrEqual(4));
    expect([...members.keys()].sort()).toEqual([ghost.id, changing.id].sort());
    lossy = false;
    clock.advance(AUDIT_MS);
    await vi.waitFor(() =>
      expect([...members.keys()].sort()).toEqual([missing.id, changing.id].sort()),
    );
    expect(members.get(changing.id)?.presence).toEqual({ version: 2, state: { lost: true } });
    expect(refused.mock.calls.flat().sort()).toEqual([
      "audit-ghost",
      "audit-missing",
      "audit-stale",
    ]);
    await vi.waitFor(() =>
      expect(server.stats()).toMatchObject({ auditGhost: 1, auditMissing: 1, auditStale: 1 }),
    );
    // And that was that.
    clock.advance(AUDIT_MS);
    await changing.client.settled();
    expect(server.stats()).toMatchObject({ auditGhost: 1, auditMissing: 1, auditStale: 1 });
    client.stop(true);
  });
});
