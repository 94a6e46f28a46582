import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import type { Interest } from "../../lib/src/signaling/events.ts";
import { decodeSent } from "../../lib/src/wire/envelope.ts";
import { encodeCursor, encodeEntry, encodeFrame } from "../../lib/src/wire/index.ts";
import { FakeSession } from "./fake-session.ts";
import { isCursorWanted, wantedOf } from "./interest.ts";
import type { Member } from "./member.ts";
import { Room } from "./room.ts";
import { createStats } from "./stats.ts";

function setup(options: { fanOutPerSecond?: number } = {}) {
  const clock = new FakeClock();
  const stats = createStats();
  const room = new Room("room", {
    ...{ clock, stats, wallNow: () => 1_700_000_000_000 + clock.now() },
    policy: { paths: "server", meshLimit: 0 },
    iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    onEmpty: () => {},
    ...options,
  });
  const enter = (id: string, generation = 1) => {
    const session = new FakeSession();
    const admission = { id, generation, join: undefined, features: 0, webrtc: false };
    const presence = { version: 1, state: {} };
    const member = room.admit({ ...admission, presence, user: undefined }, session) as Member;
    /** The x of each cursor that came since the last call. */
    const cursors = () =>
      session.frames.splice(0).map((frame) => decodeSent(new Uint8Array(frame.data as Buffer)));
    return { member, session, cursors };
  };
  return { clock, room, stats, enter };
}

const at = (frame: string, x: number) =>
  encodeCursor({
    ...{ number: x, pressed: false, pointerType: "mouse", frame },
    samples: [{ x, y: 0, time: x }],
  });

const OTHERS = { kind: "others" } as const;

test("whether a cursor is wanted follows from the interest, the sender and the surface alone", () => {
  const asks = (interest: Interest | null, sender: string, surface: string | null) =>
    isCursorWanted({ interest: wantedOf(interest) }, { id: sender }, surface);
  expect(asks(null, "x", "a")).toBe(true);
  expect(asks({}, "x", "a")).toBe(true);
  expect(asks({ surfaces: ["a"] }, "x", "a")).toBe(true);
  expect(asks({ surfaces: ["a"] }, "x", "")).toBe(false);
  expect(asks({ surfaces: [] }, "x", "a")).toBe(false);
  // What cannot be read may be on any.
  expect(asks({ surfaces: ["a"] }, "x", null)).toBe(true);
  expect(asks({ peers: ["x"] }, "x", "a")).toBe(true);
  expect(asks({ peers: ["y"] }, "x", "a")).toBe(false);
  expect(asks({ surfaces: ["a"], peers: ["x"] }, "x", "b")).toBe(false);
});

test("only what is wanted goes out, whatever the route, and everything else as before", () => {
  const { room, stats, enter } = setup();
  const [a, b, c] = [enter("a"), enter("b"), enter("c")];
  room.setInterest(a.member, { surfaces: ["here"] });
  const toBoth = { kind: "only", handles: [a.member.handle, c.member.handle] } as const;
  const toNoOne = { kind: "except", handles: [c.member.handle] } as const;
  for (const route of [OTHERS, toBoth, toNoOne]) {
    room.deliver(b.member, route, at("there", 1));
    expect(a.cursors()).toHaveLength(0);
    room.deliver(b.member, route, at("here", 2));
    room.deliver(b.member, route, at("here\u001fanchor", 3));
    room.deliver(b.member, route, at("here\u001eanchor", 4));
    expect(a.cursors()).toHaveLength(3);
  }
  expect(c.cursors()).toHaveLength(8);
  expect(stats.unwantedCursor).toBe(3);
  room.deliver(b.member, OTHERS, Uint8Array.of(2, 1, 7));
  room.deliver(b.member, OTHERS, Uint8Array.of(0x84, 0, 0));
  expect(a.cursors()).toHaveLength(2);
});

test("who wants a cursor later is told where it is, unless it is hidden or elsewhere by then", () => {
  const { room, enter } = setup();
  const [a, b] = [enter("a"), enter("b")];
  room.setInterest(a.member, { surfaces: ["here"] });
  room.deliver(b.member, OTHERS, at("there", 1));
  room.setInterest(a.member, { surfaces: ["there"] });
  expect(a.cursors()).toEqual([{ sender: b.member.handle, frame: at("there", 1) }]);
  // Not again.
  room.setInterest(a.member, null);
  expect(a.cursors()).toEqual([]);
  room.setInterest(a.member, { surfaces: ["here"] });
  room.deliver(b.member, OTHERS, at("there", 2));
  room.deliver(b.member, OTHERS, at("here", 3));
  expect(a.cursors()).toHaveLength(1);
  room.setInterest(a.member, null);
  expect(a.cursors()).toEqual([]);
  room.setInterest(a.member, { peers: [] });
  room.deliver(b.member, OTHERS, at("here", 4));
  const entry = encodeEntry({ kind: "cursorHidden", time: 4, number: 4 });
  room.deliver(b.member, OTHERS, encodeFrame({ kind: "all", number: 1, entry }));
  a.cursors();
  room.setInterest(a.member, null);
  expect(a.cursors()).toEqual([]);
});

test("nobody is told later where a cursor is that was not for it", () => {
  const { room, enter } = setup();
  const [a, blocked, c, d] = [enter("a"), enter("blocked"), enter("c"), enter("d")];
  const all = [blocked, c, d];
  const here = () => all.map(({ member }) => room.setInterest(member, { surfaces: ["here"] }));
  /** Who gets what when everybody wants to know: the x, by receiver. */
  const pan = () => {
    for (const { cursors } of all) cursors();
    for (const { member } of all) room.setInterest(member, null);
    return all.map(({ cursors }) => cursors().map((sent) => sent?.frame));
  };
  here();
  const blocking = { kind: "except", handles: [blocked.member.handle] } as const;
  room.deliver(a.member, blocking, at("there", 1));
  expect(pan()).toEqual([[], [at("there", 1)], [at("there", 1)]]);
  here();
  room.deliver(a.member, { kind: "only", handles: [c.member.handle] }, at("there", 2));
  // What was said to one is no reason to forget what was said to the others.
  expect(pan()).toEqual([[], [at("there", 2)], [at("there", 1)]]);
  here();
  room.deliver(a.member, OTHERS, at("there", 3));
  room.deliver(a.member, blocking, at("there", 4));
  // Neither where it was before it was blocked.
  expect(pan()).toEqual([[], [at("there", 4)], [at("there", 4)]]);
});

test("of what was for few, at a time, the newest few are kept", () => {
  const { room, enter } = setup();
  const a = enter("a");
  const others = Array.from({ length: 6 }, (_, i) => enter(`o${i}`));
  for (const { member } of others) room.setInterest(member, { peers: [] });
  for (const [i, { member }] of others.entries()) {
    room.deliver(a.member, { kind: "only", handles: [member.handle] }, at("", i));
  }
  for (const { member } of others) room.setInterest(member, null);
  expect(others.map(({ cursors }) => cursors().length)).toEqual([0, 0, 1, 1, 1, 1]);
  // Neither is one that names very many.
  const handles = Array.from({ length: 65 }, (_, i) => 100 + i);
  for (const { member } of others) room.setInterest(member, { peers: [] });
  room.deliver(a.member, { kind: "except", handles }, at("", 9));
  for (const { member } of others) room.setInterest(member, null);
  expect(others.flatMap(({ cursors }) => cursors())).toEqual([]);
});

test("what waits for a tick is kept for later when it goes out, and not if it is hidden before", () => {
  const { clock, room, enter } = setup({ fanOutPerSecond: 1 });
  const [a, b] = [enter("a"), enter("b")];
  room.setInterest(a.member, { surfaces: ["here"] });
  const say = (number: number) => room.deliver(b.member, OTHERS, at("there", number));
  // More than may go out at once: what follows waits.
  room.deliver(b.member, OTHERS, at("here", 1));
  expect(a.cursors()).toHaveLength(1);
  say(2);
  say(3);
  clock.advance(2_000);
  room.setInterest(a.member, null);
  expect(a.cursors()).toEqual([{ sender: b.member.handle, frame: at("there", 3) }]);
  room.setInterest(a.member, { surfaces: ["here"] });
  room.deliver(b.member, OTHERS, at("here", 4));
  say(5);
  const entry = encodeEntry({ kind: "cursorHidden", time: 5, number: 5 });
  room.deliver(b.member, OTHERS, encodeFrame({ kind: "all", number: 1, entry }));
  clock.advance(2_000);
  a.cursors();
  room.setInterest(a.member, null);
  expect(a.cursors()).toEqual([]);
});

test("an interest ends with its socket", () => {
  const { room, enter } = setup();
  const [a, b] = [enter("a"), enter("b")];
  room.setInterest(a.member, { peers: [] });
  room.lost(a.member, a.session);
  const again = enter("a", 2);
  room.deliver(b.member, OTHERS, at("", 1));
  expect(again.cursors()).toHaveLength(1);
});
