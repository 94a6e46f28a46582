import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { decodeFrame, encodeFrame, type Frame } from "../wire/index.ts";
import { Fanout } from "./fanout.ts";
import { type Link, MAX_BEHIND_BYTES } from "./link.ts";
import { standInLink } from "./stand-in.ts";

/** A sender with links to peers that this test plays, all of them on the server path. */
function open(names: readonly string[]) {
  const clock = new FakeClock();
  const uploads: { to: readonly string[]; frame: Frame }[] = [];
  const own: { to: string; frame: Frame }[] = [];
  const server = { full: false, reachable: true };
  const decoded = (bytes: Uint8Array) => decodeFrame(bytes) as Frame;
  const fanout = new Fanout((to, bytes) => {
    if (server.full) return false;
    uploads.push({ to, frame: decoded(bytes) });
    return true;
  });
  let incarnations = 0;
  const settled: string[] = [];
  const links = names.map((peerId) =>
    standInLink({
      peerId,
      clock,
      server: {
        reachable: () => server.reachable,
        send: (bytes) => {
          if (server.full) return false;
          own.push({ to: peerId, frame: decoded(bytes) });
          return true;
        },
        upload: (shared) => fanout.upload(shared),
        rtt: 40,
      },
      options: { nextIncarnation: () => ++incarnations, nextAll: () => fanout.nextAll },
    }),
  );
  const link = (name: string) => links[names.indexOf(name)] as Link;
  return {
    clock,
    fanout,
    links,
    link,
    server,
    own,
    uploads,
    settled,
    uploaded: () =>
      uploads
        .splice(0)
        .map(({ to, frame }) => [frame.kind, "number" in frame ? frame.number : 0, to.join("")]),
    owned: () =>
      own
        .splice(0)
        .filter(({ frame }) => ["all", "allCopy", "to"].includes(frame.kind))
        .map(({ to, frame }) => [frame.kind, "number" in frame ? frame.number : 0, to]),
    sendAll: (text: string, bytes = 1) =>
      fanout.all([new Uint8Array(bytes)], links, ({ peerId }, missed) =>
        settled.push(`${text} ${peerId}${missed ? " missed" : ""}`),
      ),
    ack: (name: string, all: number, to: number) => {
      const hello = names.indexOf(name) + 1;
      link(name).receiveFromServer(
        encodeFrame({ kind: "ack", incarnation: hello, all, to, presenceVersion: 1 }),
      );
    },
  };
}

test("one upload serves every link on the server path", () => {
  const room = open(["a", "b", "c"]);
  room.sendAll("m");
  room.sendAll("n");
  expect(room.uploaded()).toEqual([
    ["all", 1, "abc"],
    ["all", 2, "abc"],
  ]);
  expect(room.owned()).toEqual([]);
  room.ack("b", 2, 1);
  room.ack("a", 3, 1);
  expect(room.settled).toEqual(["m b", "m a", "n a"]);
});

test("what back-pressure held up is uploaded once, too", () => {
  const room = open(["a", "b", "c"]);
  room.server.full = true;
  room.sendAll("m");
  room.sendAll("n");
  expect(room.uploaded()).toEqual([]);
  room.server.full = false;
  for (const link of room.links) link.pump();
  expect(room.uploaded()).toEqual([
    ["all", 1, "abc"],
    ["all", 2, "abc"],
  ]);
});

test("after a resumed socket the unacknowledged is uploaded once, for those who lack it", () => {
  const room = open(["a", "b", "c"]);
  for (const name of ["a", "b", "c"]) room.ack(name, 1, 1);
  room.sendAll("m");
  room.ack("b", 2, 1);
  room.server.reachable = false;
  for (const link of room.links) link.serverChanged();
  room.clock.advance(1_000);
  room.uploaded();
  room.server.reachable = true;
  // As a room does: some of its parts say so more than once.
  for (const link of room.links) link.serverChanged();
  for (const link of room.links) link.serverChanged();
  room.clock.advance(10);
  expect(room.uploaded()).toEqual([["all", 1, "ac"]]);
});

test("a member with a `to` unacknowledged gets its own copy, the others share theirs", () => {
  const room = open(["a", "b", "c"]);
  room.fanout.to([new Uint8Array(1)], [room.link("b")], () => {});
  room.sendAll("m");
  expect(room.owned()).toEqual([
    ["to", 1, "b"],
    ["allCopy", 1, "b"],
  ]);
  expect(room.uploaded()).toEqual([["all", 1, "ac"]]);
  room.ack("b", 2, 2);
  room.sendAll("n");
  expect(room.uploaded()).toEqual([["all", 2, "abc"]]);
});

test("latest frames go up once and are not repeated", () => {
  const room = open(["a", "b"]);
  room.fanout.latest(encodeFrame({ kind: "probe", n: 1 }), room.links);
  room.clock.advance(20_000);
  expect(room.uploads).toHaveLength(1);
});

test("a peer that acknowledges nothing holds up nobody: the others get everything", () => {
  const room = open(["a", "b"]);
  let told = 0;
  for (let number = 1; number <= 400; number++) {
    expect(room.fanout.makeRoom(room.links, 16_384)).toBe(true);
    room.sendAll("m", 16_384);
    room.ack("a", number + 1, 1);
    told = Math.max(told, room.link("b").behindBytes);
  }
  expect(room.settled.filter((text) => text === "m a")).toHaveLength(400);
  expect(told).toBeLessThanOrEqual(MAX_BEHIND_BYTES + 20_000);
  expect(room.settled.filter((text) => text === "m b missed").length).toBeGreaterThan(200);
});

test("when nobody keeps up it is the sender that is too fast; none is reset while it is away", () => {
  const room = open(["a", "b"]);
  room.server.reachable = false;
  for (const link of room.links) link.serverChanged();
  while (room.fanout.makeRoom(room.links, 16_384)) room.sendAll("m", 16_384);
  expect(room.link("a").behindBytes).toBeLessThanOrEqual(MAX_BEHIND_BYTES + 20_000);
  room.clock.advance(60_000);
  expect(room.fanout.makeRoom(room.links, 16_384)).toBe(false);
  expect(room.settled).toEqual([]);
});

test("a room of one: nothing goes up", () => {
  const room = open([]);
  room.sendAll("m");
  room.fanout.latest(new Uint8Array(2), []);
  expect(room.uploads).toEqual([]);
  expect(room.fanout.nextAll).toBe(2);
});
