// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SkeinError } from "../../room/errors.ts";
import type { Room, RoomTypes } from "../../room/types.ts";
import { StandInFrames } from "../stand-in-frames.ts";
import { aPeer } from "../stand-in-room.ts";
import { followView, type ViewFollowing } from "./follow.ts";
import type { FollowOptions } from "./options.ts";
import type { FollowableView, ViewRect } from "./view.ts";

type Listener = (event: { data: unknown; key: string; peer: { id: string } }) => void;
type PeersListener = (now: readonly { id: string }[], before: readonly { id: string }[]) => void;

/** Rooms that hear each other at once, as far as following needs them. */
class Hub {
  readonly members = new Map<string, Member>();
  /** Everything sent, as `from type to`. */
  readonly log: string[] = [];

  join(id: string): Member {
    const member = new Member(this, id);
    this.members.set(id, member);
    this.#peersChanged();
    return member;
  }

  leave(id: string): void {
    this.members.delete(id);
    this.#peersChanged();
  }

  #peersChanged(): void {
    for (const { watchers, room } of this.members.values()) {
      const { peers } = room.getSnapshot();
      for (const run of [...watchers]) run(peers, []);
    }
  }
}

class Member {
  readonly id: string;
  readonly listeners = new Set<readonly [type: string, run: Listener]>();
  readonly watchers = new Set<PeersListener>();
  /** Messages to it are lost, as when it is far behind. */
  misses = 0;
  /** Nothing more is taken to be sent. */
  full = false;
  readonly room: Room<RoomTypes>;

  constructor(hub: Hub, id: string) {
    this.id = id;
    const others = () => [...hub.members.values()].filter((member) => member !== this);
    const on = (type: string, run: unknown, options?: { signal?: AbortSignal }) => {
      const listener = [type, run as Listener] as const;
      this.listeners.add(listener);
      options?.signal?.addEventListener("abort", () => this.listeners.delete(listener));
      return () => {};
    };
    const part = {
      getSnapshot: () => ({
        status: "connected",
        error: null,
        self: aPeer(id),
        peers: others().map((member) => aPeer(member.id)),
      }),
      watch: (_: unknown, run: unknown, options?: { signal?: AbortSignal }) => {
        this.watchers.add(run as PeersListener);
        options?.signal?.addEventListener("abort", () =>
          this.watchers.delete(run as PeersListener),
        );
        return () => {};
      },
      send: (type: string, data: unknown, options: { to: string }) => {
        if (this.full) throw new SkeinError("queue-full", "More waits than is kept.");
        hub.log.push(`${id} ${type} ${options.to}`);
        const target = hub.members.get(options.to);
        if (target !== undefined && target.misses > 0) {
          target.misses -= 1;
          return Promise.resolve({ missed: [options.to] });
        }
        target?.hear(type, "", data, id);
        return Promise.resolve({ missed: [] });
      },
      sendLatest: (type: string, data: unknown, options: { key: string }) => {
        hub.log.push(`${id} ${type}`);
        for (const member of others()) member.hear(type, options.key, data, id);
      },
      onMessage: on,
      onLatest: on,
    };
    this.room = part as unknown as Room<RoomTypes>;
  }

  hear(type: string, key: string, data: unknown, from: string): void {
    const copy: unknown = structuredClone(data);
    for (const [name, run] of [...this.listeners]) {
      if (name === type) run({ data: copy, key, peer: { id: from } });
    }
  }
}

/** A board of one's own making: what it shows is what it was told to. */
class Board implements FollowableView {
  rect: ViewRect = { x: 0, y: 0, width: 100, height: 100 };
  shows = 0;
  #run: (() => void) | null = null;

  read(): ViewRect {
    return this.rect;
  }
  show(rect: ViewRect): void {
    this.shows += 1;
    this.move(rect);
  }
  subscribe(run: () => void): () => void {
    this.#run = run;
    return () => {
      this.#run = null;
    };
  }
  /** Somebody pans, or it is shown something. */
  move(rect: Partial<ViewRect>): void {
    this.rect = { ...this.rect, ...rect };
    this.#run?.();
  }
  get watched(): boolean {
    return this.#run !== null;
  }
}

const frames = new StandInFrames();
let still = false;
let hub: Hub;
let begun: ViewFollowing[];

/** Time enough for whatever moves to come to rest. */
const play = (ms = 3_000) => frames.play(ms);

function person(id: string, options: Omit<FollowOptions, "view"> = {}) {
  const member = hub.join(id);
  const board = new Board();
  const views = followView(member.room, { view: board, ...options });
  begun.push(views);
  return { member, board, views };
}

beforeEach(() => {
  still = false;
  hub = new Hub();
  begun = [];
  frames.install();
  vi.spyOn(window, "matchMedia").mockImplementation(
    () =>
      ({
        get matches() {
          return still;
        },
      }) as MediaQueryList,
  );
});
afterEach(() => {
  for (const views of begun) views[Symbol.dispose]();
  vi.restoreAllMocks();
});

test("nobody says what they see until somebody follows; then it moves along, softly", () => {
  const [a, b] = [person("a"), person("b")];
  b.board.move({ x: 500 });
  expect(hub.log).toEqual([]);
  a.views.follow("b");
  expect(a.views.following).toBe("b");
  expect(b.views.followers).toEqual(["a"]);
  expect(hub.log).toEqual(["a skein:follow b", "b skein:view"]);
  play(100);
  expect(a.board.rect.x).toBeGreaterThan(200);
  expect(a.board.rect.x).toBeLessThan(500);
  play();
  expect(a.board.rect).toEqual(b.board.rect);
  b.board.move({ y: -70, width: 50, height: 40 });
  play();
  expect(a.board.rect).toEqual(b.board.rect);
  // Asleep while nothing moves.
  expect(play(500)).toBe(0);
  const sent = hub.log.length;
  a.views.stop();
  expect([a.views.following, b.views.followers]).toEqual([null, []]);
  b.board.move({ x: 0 });
  play();
  expect(a.board.rect.x).toBe(500);
  expect(hub.log).toHaveLength(sent + 1);
});

test("with reduced motion it is there at once", () => {
  still = true;
  const [a, b] = [person("a"), person("b")];
  b.board.move({ x: 500 });
  a.views.follow("b");
  play(16);
  expect(a.board.rect).toEqual(b.board.rect);
  expect(a.board.shows).toBe(1);
});

describe("one's own hand takes over", () => {
  test.each([
    ["the wheel", () => window.dispatchEvent(new Event("wheel"))],
    ["a button", () => window.dispatchEvent(new Event("pointerdown"))],
    ["a finger", () => window.dispatchEvent(new Event("touchmove"))],
    ["a key", () => window.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown" }))],
  ])("%s", (_, act) => {
    const [a, b] = [person("a"), person("b")];
    const changes: (string | null)[] = [];
    a.views.onChange(() => changes.push(a.views.following));
    a.views.follow("b");
    b.board.move({ x: 500 });
    play(32);
    const { x } = a.board.rect;
    act();
    expect(a.views.following).toBeNull();
    expect(b.views.followers).toEqual([]);
    play();
    expect(a.board.rect.x).toBe(x);
    expect(changes).toEqual(["b", null]);
  });

  test.each([
    ["a press", () => new Event("pointerdown", { bubbles: true })],
    ["the space bar", () => new KeyboardEvent("keydown", { key: " ", bubbles: true })],
  ])("but not %s on a button of the page, which may end it itself", (_, event) => {
    const a = person("a");
    person("b");
    a.views.follow("b");
    const button = document.createElement("button");
    const icon = document.createElement("i");
    button.append(icon);
    document.body.append(button);
    icon.dispatchEvent(event());
    expect(a.views.following).toBe("b");
    button.remove();
  });

  test("but not other keys, what is typed, or what happens elsewhere on the page", () => {
    const element = document.createElement("div");
    const field = document.createElement("input");
    document.body.append(element, field);
    const a = person("a", { element });
    person("b");
    a.views.follow("b");
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true, composed: true }));
    window.dispatchEvent(new Event("wheel"));
    expect(a.views.following).toBe("b");
    element.dispatchEvent(new Event("wheel"));
    expect(a.views.following).toBeNull();
  });
});

test("whoever is followed and leaves ends it; a follower that leaves is followed by nobody's view", () => {
  const [a, b] = [person("a"), person("b")];
  const changes = vi.fn();
  a.views.onChange(changes);
  a.views.follow("b");
  hub.leave("b");
  expect(a.views.following).toBeNull();
  expect(changes).toHaveBeenCalledTimes(2);
  expect(() => a.views.follow("b")).toThrow(expect.objectContaining({ code: "unknown-peer" }));
  expect(() => a.views.follow("a")).toThrow(expect.objectContaining({ code: "unknown-peer" }));
  const c = person("c");
  a.views.follow("c");
  expect(c.views.followers).toEqual(["a"]);
  hub.leave("a");
  expect(c.views.followers).toEqual([]);
  const sent = hub.log.length;
  c.board.move({ x: 3 });
  expect(hub.log).toHaveLength(sent);
  expect(b.views.followers).toEqual(["a"]);
});

test("another one is followed: the first is told", () => {
  const [a, b, c] = [person("a"), person("b"), person("c")];
  a.views.follow("b");
  a.views.follow("c");
  a.views.follow("c");
  expect([b.views.followers, c.views.followers]).toEqual([[], ["a"]]);
  b.board.move({ x: 900 });
  c.board.move({ x: -10 });
  play();
  expect(a.board.rect.x).toBe(-10);
});

describe("those who follow each other", () => {
  test("a chain sees what its first one sees", () => {
    const [a, b, c] = [person("a"), person("b"), person("c")];
    a.views.follow("b");
    b.views.follow("c");
    c.board.move({ x: 320, height: 20 });
    play(6_000);
    expect(b.board.rect).toEqual(c.board.rect);
    expect(a.board.rect.x).toBeCloseTo(320, 0);
    expect(play(500)).toBe(0);
  });

  test.each([[["a", "b"]], [["a", "b", "c"]], [["a", "b", "c", "d", "e"]]])(
    "a ring of %j comes to rest, and says nothing more",
    (ids) => {
      const people = ids.map((id, i) => {
        const one = person(id);
        one.board.rect = { x: i * 1_000, y: 0, width: 100 + i, height: 100 };
        return one;
      });
      for (const [i, { views }] of people.entries()) views.follow(ids[(i + 1) % ids.length] ?? "");
      play(20_000);
      expect(play(500)).toBe(0);
      const sent = hub.log.length;
      // A pan of an app's own, such as a layout that changed, wakes no chase either.
      for (const { board } of people) board.move({ x: board.rect.x + 10 });
      play(20_000);
      expect(play(500)).toBe(0);
      expect(hub.log.length - sent).toBeLessThan(2_000);
      // Whoever lets go leads.
      const [first, second] = people;
      first?.views.stop();
      first?.board.move({ x: 7_000 });
      play(20_000);
      const last = people.at(-1);
      expect(last?.board.rect.x).toBeCloseTo(7_000, -1);
      if (ids.length > 2) expect(second?.board.rect.x).toBeCloseTo(7_000, -1);
    },
  );
});

test("surfaces are apart", () => {
  const [a, b] = [person("a", { surface: "plan" }), person("b", { surface: "map" })];
  const onPlan = new Board();
  begun.push(followView(b.member.room, { view: onPlan, surface: "plan" }));
  a.views.follow("b");
  b.board.move({ x: 1 });
  onPlan.move({ x: 2 });
  play();
  expect(a.board.rect.x).toBe(2);
  expect(b.views.followers).toEqual([]);
});

test("what strangers say is no view and asks for nothing", () => {
  const [a, b] = [person("a"), person("b")];
  a.views.follow("b");
  play();
  const before = a.board.rect;
  for (const data of [null, 5, {}, { x: 1, y: 1, width: -1, height: 1 }, { surface: 3, on: 1 }]) {
    a.member.hear("skein:view", "", data, "b");
    b.member.hear("skein:follow", "", data, "a");
  }
  // Of somebody that is not followed; and with a `via` that is none.
  a.member.hear("skein:view", "", { x: 9, y: 9, width: 1, height: 1 }, "c");
  play();
  expect(a.board.rect).toEqual(before);
  a.member.hear("skein:view", "", { x: 9, y: 9, width: 1, height: 1, via: [1, {}, null] }, "b");
  play();
  expect(a.board.rect.x).toBe(9);
  expect(b.views.followers).toEqual(["a"]);
});

test("an ask that got lost with all else is said again", async () => {
  const [a, b] = [person("a"), person("b")];
  b.member.misses = 2;
  a.views.follow("b");
  expect(b.views.followers).toEqual([]);
  await vi.waitFor(() => expect(b.views.followers).toEqual(["a"]));
});

describe("while nothing more can be sent", () => {
  const queueFull = expect.objectContaining({ code: "queue-full" });

  test("nobody is followed who was not asked, and it goes on as before", () => {
    const [a, b, c] = [person("a"), person("b"), person("c")];
    a.member.full = true;
    const changed = vi.fn();
    a.views.onChange(changed);
    expect(() => a.views.follow("b")).toThrow(queueFull);
    expect(a.views.following).toBeNull();
    a.member.full = false;
    a.views.follow("b");
    expect(changed).toHaveBeenCalledOnce();
    b.board.move({ x: 400 });
    a.member.full = true;
    expect(() => a.views.follow("c")).toThrow(queueFull);
    expect([a.views.following, b.views.followers, c.views.followers]).toEqual(["b", ["a"], []]);
    play();
    expect(a.board.rect.x).toBe(400);
  });

  test("following ends all the same, and who was followed is told later", () => {
    const [a, b] = [person("a"), person("b")];
    a.views.follow("b");
    play();
    const changed = vi.fn();
    a.views.onChange(changed);
    a.member.full = true;
    a.views.stop();
    expect(a.views.following).toBeNull();
    expect(changed).toHaveBeenCalledOnce();
    expect(b.views.followers).toEqual(["a"]);
    a.member.full = false;
    b.board.move({ x: 70 });
    expect(b.views.followers).toEqual([]);
    play();
    expect(a.board.rect.x).toBe(0);
  });

  test("a request that was lost and cannot be said again ends the following", async () => {
    const [a, b] = [person("a"), person("b")];
    b.member.misses = 1;
    a.views.follow("b");
    const changed = vi.fn();
    a.views.onChange(changed);
    a.member.full = true;
    await vi.waitFor(() => expect(a.views.following).toBeNull());
    expect(changed).toHaveBeenCalledOnce();
  });
});

test("a view that throws is the app's error, and nobody else's", () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const [a] = [person("a"), person("b")];
  vi.spyOn(a.board, "show").mockImplementation(() => {
    throw new Error("bug");
  });
  a.views.follow("b");
  expect(() => play()).not.toThrow();
  expect(reported).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test("disposed, it listens to nothing and follows nobody", () => {
  const [a, b] = [person("a"), person("b")];
  a.views.follow("b");
  b.board.move({ x: 5 });
  a.views[Symbol.dispose]();
  expect([a.views.following, b.views.followers]).toEqual([null, []]);
  expect([a.member.listeners.size, a.member.watchers.size, a.board.watched]).toEqual([0, 0, false]);
  a.views.follow("b");
  expect(a.views.following).toBeNull();
  expect(play()).toBe(0);
});

test("options are checked at the call", () => {
  const { room } = hub.join("a");
  const code = (name: string) => expect.objectContaining({ code: name });
  const bad = (options: object) => () => followView(room, options as FollowOptions);
  expect(bad({ smooth: true })).toThrow(code("not-supported"));
  expect(bad({ surface: "s".repeat(65) })).toThrow(code("bad-argument"));
  expect(bad({ surface: 7 })).toThrow(code("bad-argument"));
  expect(bad({ view: {} })).toThrow(code("bad-argument"));
});
