import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { type Bookmark, type Link, NEW_PEER } from "../link/link.ts";
import type { MemberInfo, VouchedUser } from "../signaling/events.ts";
import { encodeFrame } from "../wire/index.ts";
import { Member } from "./member.ts";
import { Members } from "./members.ts";

/** What members need of a link: whether WebRTC answers, and what is done to it. */
class StandInLink {
  answers = false;
  closedAt = Number.NEGATIVE_INFINITY;
  bookmark = NEW_PEER;
  readonly frames: Uint8Array[] = [];
  closed = false;
  readonly path = "server";
  readonly reason = "connecting";
  serverChanged(): void {}
  receiveFromServer(frame: Uint8Array): void {
    this.frames.push(frame);
  }
  close(): void {
    this.closed = true;
  }
}

function setup() {
  const clock = new FakeClock();
  const log: string[] = [];
  const links = new Map<Member, StandInLink>();
  const bookmarks: Bookmark[] = [];
  const members = new Members(clock, {
    create: (info, bookmark) => {
      bookmarks.push(bookmark);
      const member = new Member(info, clock, undefined, {
        changed: () => members.touched(),
        cursor: (_, samples) => log.push(samples.length > 0 ? "cursor" : "hidden"),
        message() {},
        latest() {},
        refused() {},
        limited() {},
      });
      const link = new StandInLink();
      links.set(member, link);
      member.link = link as unknown as Link;
      return member;
    },
    joined: (member) => log.push(`join ${member.id}`),
    left: (member, reason) => log.push(`${reason} ${member.id}`),
    changed() {},
  });
  members.welcome([], true);
  const get = (id: string) => {
    const member = members.get(id);
    if (member === undefined) throw new Error(`no ${id}`);
    return member;
  };
  const link = (id: string) => {
    const found = links.get(get(id));
    if (found === undefined) throw new Error(`no link to ${id}`);
    return found;
  };
  const pointAt = (id: string) =>
    get(id).state({
      kind: "cursor",
      number: 0,
      pressed: false,
      pointerType: "mouse",
      frame: "",
      samples: [{ x: 1, y: 2, time: 0 }],
    });
  const activities = () => members.peers.map(({ id, activity }) => `${id} ${activity}`);
  return { clock, log, members, get, link, bookmarks, pointAt, activities };
}

function info(id: string, change: Partial<MemberInfo> = {}): MemberInfo {
  const join = id.charCodeAt(0);
  return {
    id,
    handle: join,
    join,
    features: 0,
    webrtc: true,
    seat: true,
    away: false,
    presence: { version: 1, state: { name: id } },
    ...change,
  };
}

test("the first welcome joins nobody; who comes later does, and peers are in join order", () => {
  const { log, members, activities } = setup();
  members.welcome([info("c"), info("b")], true);
  members.announce(info("a"));
  expect(log).toEqual(["join a"]);
  expect(activities()).toEqual(["a active", "b active", "c active"]);
});

test("a change of one peer leaves the others the same objects", () => {
  const { members, get } = setup();
  members.welcome([info("a"), info("b")], true);
  const [a, b] = members.peers;
  expect(members.peers).toBe(members.peers);
  get("a").presence({ version: 2, state: { name: "Ada" } });
  expect(members.peers[0]).not.toBe(a);
  expect(members.peers[0]?.presence).toEqual({ name: "Ada" });
  expect(members.peers[1]).toBe(b);
});

test("a resume that changed nothing changes no peer, whatever objects it came in", () => {
  const { members } = setup();
  const user: VouchedUser = { id: "u", name: "Ada" };
  members.welcome([info("a", { user })], true);
  const [before] = members.peers;
  members.disconnected();
  members.welcome([info("a", { handle: 7, user: { ...user } })], false);
  expect(members.peers[0]).toBe(before);
});

test("an older presence is ignored, whatever carries it", () => {
  const { members, get } = setup();
  members.announce(info("a", { presence: { version: 5, state: { n: 5 } } }));
  get("a").presence({ version: 5, state: { n: 4 } });
  get("a").state({ kind: "presence", version: 4, state: { n: 4 } });
  members.announce(info("a", { presence: { version: 3, state: { n: 3 } } }));
  expect(members.peers[0]?.presence).toEqual({ n: 5 });
});

test("away and back again: no leave and no join", () => {
  const { log, members, activities } = setup();
  members.announce(info("a"));
  members.away("a");
  expect(activities()).toEqual(["a away"]);
  members.back("a", 9);
  expect(activities()).toEqual(["a active"]);
  expect(members.byHandle(9, new Uint8Array())?.id).toBe("a");
  expect(members.byHandle(97, new Uint8Array())).toBeUndefined();
  expect(log).toEqual(["join a"]);
});

test("the cursor of an away peer is hidden after 5 s, and there again when it is back", () => {
  const { clock, log, members, get, pointAt } = setup();
  members.announce(info("a"));
  pointAt("a");
  members.away("a");
  clock.advance(4_999);
  expect(get("a").cursor).not.toBeNull();
  clock.advance(1);
  expect(get("a").cursor).toBeNull();
  members.back("a", 9);
  expect(get("a").cursor).toMatchObject({ x: 1, y: 2 });
  expect(log).toEqual(["join a", "cursor", "hidden", "cursor"]);
  expect(clock.pending).toBe(0);
});

test("an away peer whose WebRTC path answers keeps its cursor; the two waits do not add up", () => {
  const { clock, members, get, link, pointAt } = setup();
  members.announce(info("a"));
  pointAt("a");
  link("a").answers = true;
  members.away("a");
  clock.advance(3_000);
  link("a").answers = false;
  members.pathChanged(get("a"));
  clock.advance(1_999);
  expect(get("a").cursor).not.toBeNull();
  clock.advance(1);
  expect(get("a").cursor).toBeNull();
  link("a").answers = true;
  members.pathChanged(get("a"));
  expect(get("a").cursor).not.toBeNull();
  clock.advance(60_000);
  expect(get("a").cursor).not.toBeNull();
});

test.each(["goodbye", "lost", "removed"] as const)("left with %s: gone at once", (reason) => {
  const { clock, log, members, link } = setup();
  members.announce(info("a"));
  const its = link("a");
  members.away("a");
  members.left("a", reason);
  members.left("a", reason);
  expect(log).toEqual(["join a", `${reason} a`]);
  expect(members.size).toBe(0);
  expect(members.hasLeft("a")).toBe(true);
  expect(members.hasLeft("b")).toBe(false);
  expect(its.closed).toBe(true);
  expect(clock.pending).toBe(0);
});

test("lost while WebRTC answers: stays, away, and leaves when the path dies", () => {
  const { log, members, get, link, activities } = setup();
  members.announce(info("a"));
  link("a").answers = true;
  members.left("a", "lost");
  expect(activities()).toEqual(["a away"]);
  link("a").answers = false;
  members.pathChanged(get("a"));
  expect(log).toEqual(["join a", "lost a"]);
});

test("lost while WebRTC answers, and announced again: as if nothing had been", () => {
  const { log, members, get, link, activities } = setup();
  members.announce(info("a"));
  link("a").answers = true;
  members.left("a", "lost");
  members.announce(info("a", { handle: 5 }));
  link("a").answers = false;
  members.pathChanged(get("a"));
  expect(activities()).toEqual(["a active"]);
  expect(log).toEqual(["join a"]);
});

test("`removed` goes before a path that answers", () => {
  const { members, link } = setup();
  members.announce(info("a"));
  link("a").answers = true;
  members.left("a", "removed");
  expect(members.size).toBe(0);
});

test("a known peer missing from a resumed welcome is away for 30 s, then lost", () => {
  const { clock, log, members, activities } = setup();
  members.welcome([info("a"), info("b")], true);
  members.disconnected();
  members.welcome([info("b")], false);
  expect(activities()).toEqual(["a away", "b active"]);
  clock.advance(29_999);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual(["lost a"]);
});

test("a missing peer that is announced in time never left", () => {
  const { clock, log, members, activities } = setup();
  members.welcome([info("a")], true);
  members.disconnected();
  members.welcome([], false);
  clock.advance(29_999);
  members.announce(info("a", { handle: 3 }));
  clock.advance(60_000);
  expect(activities()).toEqual(["a active"]);
  expect(log).toEqual([]);
  expect(clock.pending).toBe(0);
});

test("while one's own socket is down nobody is lost, only a goodbye removes", () => {
  const { clock, log, members, get, link } = setup();
  members.welcome([info("a"), info("b"), info("c")], true);
  members.disconnected();
  members.welcome([info("b"), info("c")], false);
  link("b").answers = true;
  members.left("b", "lost");
  members.disconnected();
  link("b").answers = false;
  members.pathChanged(get("b"));
  clock.advance(120_000);
  expect(log).toEqual([]);
  members.goodbye(get("c"));
  expect(log).toEqual(["goodbye c"]);
  members.welcome([], false);
  clock.advance(30_000);
  expect(log).toEqual(["goodbye c", "lost a", "lost b"]);
});

test("a goodbye after a resume is a goodbye: no ghost stays", () => {
  const { log, members, get } = setup();
  members.welcome([info("a")], true);
  members.disconnected();
  members.welcome([info("a")], false);
  members.goodbye(get("a"));
  expect(members.size).toBe(0);
  expect(log).toEqual(["goodbye a"]);
});

test("a link goes on where the one before it stood, told or not that the peer was gone", () => {
  const { members, link, bookmarks } = setup();
  const stood = { incarnation: 4, nextAll: 70, nextTo: 3, ownTo: 9, follows: true };
  members.announce(info("a"));
  link("a").bookmark = stood;
  members.announce(info("a", { join: 1_000, handle: 8 }));
  link("a").bookmark = stood;
  members.left("a", "lost");
  members.announce(info("a"));
  link("a").bookmark = stood;
  members.clear();
  members.welcome([info("a")], true);
  const parted = { ...stood, follows: false };
  expect(bookmarks).toEqual([NEW_PEER, stood, parted, parted]);
});

test("of thousands that left only numbers are forgotten that will not be used again", () => {
  const { members, link, bookmarks } = setup();
  for (let n = 0; n < 4_097; n++) {
    members.announce(info(`p${n}`, { handle: n + 1 }));
    link(`p${n}`).bookmark = { ...NEW_PEER, incarnation: 1, ownTo: 7 };
    members.left(`p${n}`, "goodbye");
  }
  members.announce(info("p0"));
  expect(bookmarks.at(-1)).toEqual({ ...NEW_PEER, ownTo: 7 });
  members.announce(info("p4096", { handle: 2 }));
  expect(bookmarks.at(-1)).toMatchObject({ incarnation: 1, ownTo: 7 });
});

test("left and back while we could not hear it: a new link, and no leave or join seen", () => {
  const { log, members, get, link, pointAt } = setup();
  members.welcome([info("a")], true);
  pointAt("a");
  const [former, its] = [get("a"), link("a")];
  members.disconnected();
  members.welcome([info("a", { join: 500, handle: 4 })], false);
  expect(get("a")).not.toBe(former);
  expect(its.closed).toBe(true);
  expect(link("a").closed).toBe(false);
  // The old goodbye, late: of somebody who is no longer meant.
  members.goodbye(former);
  expect(members.peers).toHaveLength(1);
  // Its pointer belongs to the time before.
  expect(get("a").cursor).toBeNull();
  expect(log).toEqual(["cursor", "hidden"]);
});

test("a known id that returns as another user is a leave and a join", () => {
  const { log, members } = setup();
  members.welcome([info("a", { user: { id: "ada" } })], true);
  members.announce(info("a", { user: { id: "bob" } }));
  expect(log).toEqual(["goodbye a", "join a"]);
  members.announce(info("a", { user: { id: "bob", name: "Bob" } }));
  expect(log).toHaveLength(2);
  expect(members.peers[0]?.user).toEqual({ id: "bob", name: "Bob" });
});

test("frames of a handle not yet known are held 5 s, and come in order", () => {
  const { clock, members, link } = setup();
  const frame = (n: number) => encodeFrame({ kind: "probe", n });
  expect(members.byHandle(97, frame(0))).toBeUndefined();
  clock.advance(1);
  members.byHandle(97, frame(1));
  members.byHandle(98, frame(2));
  members.byHandle(97, frame(3));
  clock.advance(4_999);
  members.announce(info("a"));
  expect(link("a").frames).toEqual([frame(1), frame(3)]);
  members.announce(info("b"));
  expect(link("b").frames).toEqual([frame(2)]);
  members.announce(info("a"));
  expect(link("a").frames).toHaveLength(2);
});

test("what is held is bounded in number and in bytes, and forgotten with the socket", () => {
  const { members, link } = setup();
  for (let i = 0; i < 1_000; i++) members.byHandle(97, new Uint8Array(1));
  members.announce(info("a"));
  expect(link("a").frames).toHaveLength(256);
  for (let i = 0; i < 20; i++) members.byHandle(98, new Uint8Array(32 * 1024));
  members.announce(info("b"));
  expect(link("b").frames).toHaveLength(8);
  members.byHandle(99, new Uint8Array(1));
  members.welcome([info("a"), info("b"), info("c")], false);
  expect(link("c").frames).toEqual([]);
});

test("a handle given to somebody else is no longer its former owner's", () => {
  const { members, get } = setup();
  members.welcome([info("a", { handle: 1 }), info("b", { handle: 2 })], true);
  members.disconnected();
  members.welcome([info("b", { handle: 1 })], false);
  expect(members.byHandle(1, new Uint8Array())?.id).toBe("b");
  expect(get("a").info.handle).toBe(0);
});

test("cleared: links closed, no timer left, and who was here is known to have been", () => {
  const { clock, members, link } = setup();
  members.welcome([info("a")], true);
  members.away("a");
  const its = link("a");
  members.clear();
  expect(its.closed).toBe(true);
  expect(clock.pending).toBe(0);
  expect(members.peers).toEqual([]);
  expect(members.hasLeft("a")).toBe(true);
});

test("nothing is known of strangers", () => {
  const { log, members } = setup();
  members.away("x");
  members.back("x", 4);
  members.left("x", "removed");
  expect(log).toEqual([]);
  expect(members.size).toBe(0);
});

test("who closed its path and lost its socket at once has left, though its goodbye was lost", () => {
  for (const pathFirst of [true, false]) {
    const { clock, log, members, get, link } = setup();
    members.welcome([info("a")], true);
    const closePath = () => {
      link("a").closedAt = clock.now();
      members.pathChanged(get("a"));
    };
    if (pathFirst) closePath();
    else members.away("a");
    clock.advance(50);
    if (pathFirst) members.away("a");
    else closePath();
    clock.advance(599);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(["goodbye a"]);
    members.left("a", "lost");
    members.back("a", 9);
    expect(log).toEqual(["goodbye a"]);
  }
});

test("who is back in time has not left, and who is back later joins again", () => {
  const { clock, log, members, link, activities } = setup();
  members.welcome([info("a"), info("b")], true);
  for (const id of ["a", "b"]) {
    link(id).closedAt = clock.now();
    members.away(id);
  }
  clock.advance(500);
  members.back("a", 7);
  clock.advance(30_000);
  expect(log).toEqual(["goodbye b"]);
  members.back("b", 8);
  expect(log).toEqual(["goodbye b", "join b"]);
  expect(activities()).toEqual(["a active", "b active"]);
});

test("a path that closed long before or after says nothing of a lost socket", () => {
  const { clock, log, members, link } = setup();
  members.welcome([info("a")], true);
  link("a").closedAt = clock.now();
  clock.advance(2_000);
  members.away("a");
  clock.advance(29_000);
  expect(log).toEqual([]);
});
