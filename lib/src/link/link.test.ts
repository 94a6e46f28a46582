import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { MAX_LATEST_BUFFERED } from "../path/path.ts";
import { decodeFrame, encodeFrame, type Frame } from "../wire/index.ts";
import { type Bookmark, NEW_PEER } from "./link.ts";
import type { PathSlot } from "./path-slot.ts";
import { standInLink } from "./stand-in.ts";
import type { LinkUpgrade } from "./standby.ts";

/** An entry that is part of something. */
const PART = 77;

/** A link whose peer this test plays, over the server path. */
function open(bookmark: Partial<Bookmark> = {}) {
  const clock = new FakeClock();
  const sent: Frame[] = [];
  const server = { reachable: true, full: false };
  const events: string[] = [];
  const settled: string[] = [];
  const tab = { hidden: false };
  let incarnations = 4;
  const link = standInLink({
    peerId: "p",
    clock,
    server: {
      reachable: () => server.reachable,
      send: (bytes) => {
        if (!server.reachable || server.full) return false;
        sent.push(decodeFrame(bytes) as Frame);
        return true;
      },
      upload: () => false,
      rtt: 40,
    },
    options: {
      hidden: () => tab.hidden,
      nextIncarnation: () => ++incarnations,
      bookmark: { ...NEW_PEER, ...bookmark },
    },
    events: {
      onEntry: ([n = 0]) => {
        events.push(`entry ${n}`);
        return n !== PART;
      },
      onState: (frame) => events.push(frame.kind),
      onPath: (path) => events.push(path),
      onReset: (missed) => events.push(missed ? "missed" : "reset"),
      onGoodbye: () => events.push("goodbye"),
      onRefused: (kind) => events.push(`refused ${kind}`),
    },
  });
  const receive = (frame: Frame) => link.receiveFromServer(encodeFrame(frame));
  const hello = (incarnation: number, nextAll = 1, accepted = 0) =>
    receive({
      kind: "hello",
      protocol: 1,
      features: 0,
      incarnation,
      accepted,
      nextAll,
      nextTo: 1,
      presenceVersion: 1,
      attempt: 0,
    });
  return {
    clock,
    sent,
    server,
    events,
    settled,
    tab,
    link,
    receive,
    hello,
    kinds: () => sent.splice(0).map(({ kind }) => kind),
    send: (name: string) => {
      link.queueTo(new Uint8Array(10), (missed) => settled.push(missed ? `${name} missed` : name));
      link.pump();
    },
    ack: (to: number, incarnation = 5) =>
      receive({ kind: "ack", incarnation, all: 1, to, presenceVersion: 1 }),
    all: (number: number) => receive({ kind: "all", number, entry: Uint8Array.of(number) }),
  };
}

test("says hello first, once", () => {
  const { sent, send, kinds } = open();
  expect(sent).toEqual([
    {
      kind: "hello",
      protocol: 1,
      features: 0,
      incarnation: 5,
      accepted: 0,
      nextAll: 1,
      nextTo: 1,
      presenceVersion: 1,
      attempt: 0,
    },
  ]);
  send("m");
  expect(kinds()).toEqual(["hello", "to"]);
});

test("a hello for which there was no room goes before all else when there is", () => {
  const { server, link, kinds, send, clock } = open();
  server.reachable = false;
  link.serverChanged();
  clock.advance(100);
  kinds();
  server.reachable = server.full = true;
  link.serverChanged();
  send("m");
  clock.advance(100);
  expect(kinds()).toEqual([]);
  server.full = false;
  link.pump();
  expect(kinds()).toEqual(["hello", "to"]);
});

test("acknowledges at once, then every 50 ms, the tail by a timer", () => {
  const { hello, ack, all, kinds, clock } = open();
  ack(1);
  kinds();
  hello(3);
  expect(kinds()).toEqual(["ack"]);
  for (let number = 1; number <= 10; number++) {
    all(number);
    clock.advance(10);
  }
  expect(kinds()).toEqual(["ack", "ack"]);
  all(11);
  clock.advance(49);
  expect(kinds()).toEqual([]);
  clock.advance(1);
  expect(kinds()).toEqual(["ack"]);
  clock.advance(900);
  expect(kinds()).toEqual([]);
});

test("a hidden tab acknowledges everything at once, its timers being slow", () => {
  const { hello, all, kinds, tab } = open();
  hello(3);
  kinds();
  tab.hidden = true;
  for (let number = 1; number <= 3; number++) all(number);
  expect(kinds()).toEqual(["ack", "ack", "ack"]);
});

test("duplicates are acknowledged again and delivered once", () => {
  const { hello, all, events, kinds, clock } = open();
  hello(3);
  all(1);
  clock.advance(100);
  kinds();
  all(1);
  expect(kinds()).toEqual(["ack"]);
  expect(events).toEqual(["entry 1"]);
});

test("sends again what is not acknowledged, more and more slowly", () => {
  const { ack, send, kinds, clock } = open();
  ack(1);
  kinds();
  send("m");
  expect(kinds()).toEqual(["to"]);
  clock.advance(999);
  expect(kinds()).toEqual([]);
  clock.advance(1);
  expect(kinds()).toEqual(["to"]);
  clock.advance(2_000);
  expect(kinds()).toEqual(["to"]);
  clock.advance(4_000);
  expect(kinds()).toEqual(["to"]);
  ack(2);
  clock.advance(60_000);
  expect(kinds()).toEqual([]);
});

test("a present peer that is 30 s behind is reset, and the sender told", () => {
  const { ack, send, sent, settled, clock } = open();
  ack(1);
  send("m");
  clock.advance(30_000);
  expect(settled).toEqual([]);
  clock.advance(9_000);
  expect(settled).toEqual(["m missed"]);
  expect(sent.findLast(({ kind }) => kind === "hello")).toMatchObject({
    incarnation: 6,
    nextTo: 2,
  });
});

test("a path that answers but carries nothing reliable is helped out by the server", () => {
  const clock = new FakeClock();
  const [overPath, overServer]: [string[], string[]] = [[], []];
  const note = (where: string[]) => (bytes: Uint8Array) => {
    where.push(decodeFrame(bytes).kind);
    return true;
  };
  const health = { state: "live", usable: true, streamed() {}, roundTrip: { smoothed: 40 } };
  const path = { send: note(overPath), buffered: 0, close() {} };
  const link = standInLink({
    peerId: "p",
    clock,
    server: { reachable: () => true, send: note(overServer), upload: () => false, rtt: 40 },
    upgrade: ({ onChange }) => ({
      attempt: 1,
      attempts: 1,
      reason: null,
      current: { kind: "direct", path, health } as unknown as PathSlot,
      closedAt: 0,
      allow: onChange,
      retryNow() {},
      heardOf() {},
      signal: () => null,
      close() {},
    }),
  });
  const ack = (to: number) =>
    link.receiveFromServer(
      encodeFrame({ kind: "ack", incarnation: 1, all: 1, to, presenceVersion: 0 }),
    );
  const settled: boolean[] = [];
  link.allow(null);
  ack(1);
  clock.advance(10);
  overServer.splice(0);
  link.queueTo(new Uint8Array(10), (missed) => settled.push(missed));
  link.pump();
  clock.advance(2_900);
  expect(overPath).toContain("to");
  expect(overServer).toEqual([]);
  clock.advance(200);
  expect(overServer).toContain("to");
  ack(2);
  expect(settled).toEqual([false]);
  expect(link.path).toBe("direct");
});

test("a peer that is away is waited for, and gets what waited when it is back", () => {
  const { ack, send, server, link, settled, kinds, clock } = open();
  ack(1);
  server.reachable = false;
  link.serverChanged();
  send("m");
  clock.advance(600_000);
  kinds();
  expect(settled).toEqual([]);
  server.reachable = true;
  link.serverChanged();
  clock.advance(1);
  expect(kinds()).toContain("to");
  clock.advance(20_000);
  expect(settled).toEqual([]);
  ack(2);
  expect(settled).toEqual(["m"]);
});

test("a page that was held up for a minute resets nobody on that account", () => {
  const { ack, send, settled, clock } = open();
  ack(1);
  send("m");
  clock.jump(60_000);
  expect(settled).toEqual([]);
  ack(2);
  expect(settled).toEqual(["m"]);
});

test("a peer that gave frames up: the app is told before anything that comes after", () => {
  const { hello, all, events } = open();
  hello(3);
  all(1);
  all(4);
  hello(4, 4, 5);
  expect(events).toEqual(["entry 1", "missed", "entry 4"]);
});

test("a peer that has forgotten our numbers gets a new incarnation of ours; what it had not is missed", () => {
  const { hello, ack, send, settled, sent } = open();
  hello(3);
  ack(1);
  send("m");
  hello(9);
  expect(settled).toEqual(["m missed"]);
  expect(sent.findLast(({ kind }) => kind === "hello")).toMatchObject({
    incarnation: 6,
    accepted: 9,
  });
  // The same hello again is the same peer.
  hello(9);
  expect(sent.filter(({ kind }) => kind === "hello")).toHaveLength(2);
});

test("a peer that begins anew again and again costs little, and is heard in the end", () => {
  const { hello, ack, events, sent, kinds, clock } = open();
  hello(3);
  ack(1);
  kinds();
  for (let n = 1; n <= 1_000; n++) {
    ack(1, 4 + n);
    hello(3 + n, 1 + n);
  }
  const heard = events.filter((each) => each === "reset" || each === "missed").length;
  expect(heard).toBeGreaterThan(4);
  expect(heard).toBeLessThan(10);
  expect(events).toContain("refused hello-rate");
  expect(sent.length).toBeLessThan(40);
  // It says so again until it is acknowledged.
  clock.advance(4_000);
  kinds();
  hello(1_003, 1_001, 5);
  clock.advance(50);
  expect(sent).toContainEqual(expect.objectContaining({ kind: "ack", incarnation: 1_003 }));
});

test("one that repeats its hello is answered no more often than one that sends", () => {
  const { hello, ack, kinds, clock } = open();
  ack(1);
  for (let n = 0; n < 100; n++) hello(3);
  clock.advance(100);
  expect(kinds().filter((kind) => kind === "ack")).toHaveLength(2);
});

test("a peer that left and came back unnoticed, and knows our numbers, gets what it has not", () => {
  const { hello, ack, send, settled, kinds, clock } = open();
  hello(3);
  ack(1);
  send("m");
  kinds();
  hello(9, 1, 5);
  clock.advance(1);
  expect(kinds()).toEqual(["ack", "to"]);
  ack(2);
  expect(settled).toEqual(["m"]);
});

test("a new link goes on where the one before it stood", () => {
  const { link, hello, all, send, sent, events, kinds } = open({
    incarnation: 3,
    nextAll: 8,
    ownTo: 12,
  });
  expect(sent).toMatchObject([{ kind: "hello", accepted: 3, nextTo: 12 }]);
  kinds();
  // The peer did not notice that the link was closed, and repeats what was not acknowledged.
  all(7);
  all(8);
  expect(events).toEqual(["entry 8"]);
  expect(sent.at(0)).toMatchObject({ kind: "ack", incarnation: 3, all: 8 });
  hello(3);
  all(7);
  send("m");
  expect(sent.at(-1)).toMatchObject({ kind: "to", number: 12 });
  expect(events).toEqual(["entry 8"]);
  expect(link.bookmark).toEqual({
    incarnation: 3,
    nextAll: 9,
    nextTo: 1,
    ownTo: 13,
    follows: true,
  });
});

test("what came between a leave and a join is not missed, what nobody saw go is", () => {
  for (const follows of [false, true]) {
    const { hello, events } = open({ incarnation: 3, nextAll: 8, follows });
    hello(4, 10, 5);
    hello(5, 11, 5);
    expect(events).toEqual([follows ? "missed" : "reset", "missed"]);
  }
});

test("parts of a message count when it is whole: until then they are wanted again", () => {
  const { link, hello, receive, all, events, sent, clock } = open();
  const part = (number: number) =>
    receive({ kind: "all", number, entry: Uint8Array.of(PART, number) });
  hello(3);
  all(1);
  part(2);
  part(3);
  clock.advance(50);
  expect(sent.at(-1)).toMatchObject({ kind: "ack", all: 2 });
  expect(link.bookmark).toMatchObject({ nextAll: 2 });
  // It begins anew, and what it has not heard of goes again.
  hello(4, 1, 5);
  part(2);
  part(3);
  all(4);
  expect(events).toEqual([
    "entry 1",
    `entry ${PART}`,
    `entry ${PART}`,
    "reset",
    `entry ${PART}`,
    `entry ${PART}`,
    "entry 4",
  ]);
  expect(link.bookmark).toMatchObject({ nextAll: 5 });
});

test("acknowledgements of what was never sent, or of another incarnation, are refused", () => {
  const { ack, send, settled, events } = open();
  send("m");
  ack(9);
  ack(2, 4);
  expect(settled).toEqual([]);
  expect(events).toEqual(["refused ack-ahead"]);
});

test("a goodbye of a former self is not heard", () => {
  const { hello, receive, events } = open();
  hello(3);
  receive({ kind: "goodbye", incarnation: 2 });
  expect(events).toEqual([]);
  receive({ kind: "goodbye", incarnation: 3 });
  expect(events).toEqual(["goodbye"]);
});

test("nonsense is counted, never thrown", () => {
  const { link, events } = open();
  for (const bytes of [[], [1], [1, 1], [0x82, 1, 1], [9, 9, 9], [2, 1, 0, 1]]) {
    link.receiveFromServer(Uint8Array.from(bytes));
  }
  expect(events).toEqual([
    "refused frame-malformed",
    "refused frame-malformed",
    "refused frame-malformed",
    "refused frame-sealed",
    "refused frame-unknown",
    "refused frame-malformed",
  ]);
});

test("a closed link says nothing, hears nothing, and leaves no timer", () => {
  const { link, hello, all, send, settled, events, kinds, clock } = open();
  hello(3);
  send("m");
  kinds();
  link.close();
  expect(settled).toEqual(["m missed"]);
  all(1);
  link.serverChanged();
  link.reset();
  send("n");
  expect(settled).toEqual(["m missed", "n missed"]);
  clock.advance(60_000);
  expect(kinds()).toEqual([]);
  expect(events).toEqual([]);
  expect(clock.pending).toBe(0);
});

test("says how full its WebRTC path is, and nothing of the server's, which is everybody's", () => {
  const path = { send: () => true, buffered: MAX_LATEST_BUFFERED / 2, close: () => {} };
  const upgrade = {
    current: { kind: "direct", path, health: { state: "live", usable: true, streamed: () => {} } },
    reason: null,
    attempt: 1,
    heardOf: () => {},
    allow: () => {},
    retryNow: () => {},
  };
  const clock = new FakeClock();
  const server = { reachable: () => true, send: () => true, upload: () => true, rtt: 40 };
  const link = standInLink({
    peerId: "p",
    clock,
    server,
    upgrade: () => upgrade as unknown as LinkUpgrade,
  });
  expect(link.load).toBeUndefined();
  link.allow(null);
  link.serverChanged();
  expect(link.path).toBe("direct");
  expect(link.load).toBe(0.5);
  path.buffered = 0;
  expect(link.load).toBe(0);
});
