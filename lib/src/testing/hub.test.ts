import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import type { Room, RoomTypes } from "../index.ts";
import { createTestHub, type TestHub, type TestHubOptions } from "./index.ts";

interface Types {
  presence: { name: string; at?: number };
  messages: { say: string; many: number };
  latest: { drag: number };
}
type TestRoom = Room<Types>;

function hubOf(options?: TestHubOptions): TestHub {
  const hub = createTestHub(options);
  onTestFinished(() => hub.close());
  return hub;
}
const heard = (room: TestRoom) => {
  const said: string[] = [];
  room.onMessage("say", ({ data, peer }) => said.push(`${peer.presence.name}: ${data}`));
  return said;
};
const names = (room: TestRoom) => room.getSnapshot().peers.map((p) => p.presence.name);
const paths = (room: TestRoom) => room.getSnapshot().peers.map((p) => p.path);
function journal(room: TestRoom): string[] {
  const log: string[] = [];
  room.on("join", ({ peer }) => log.push(`join ${peer.presence.name}`));
  room.on("leave", ({ peer, reason }) => log.push(`${reason} ${peer.presence.name}`));
  room.on("status", ({ status }) => log.push(status));
  room.on("path", ({ peer, path }) => log.push(`${path} to ${peer.presence.name}`));
  return log;
}

async function three(options?: TestHubOptions) {
  const hub = hubOf(options);
  const [ada, bob, cleo] = ["Ada", "Bob", "Cleo"].map((name) => hub.join<Types>(name)) as [
    TestRoom,
    TestRoom,
    TestRoom,
  ];
  await hub.settle();
  return { hub, ada, bob, cleo };
}

test("rooms are ready without time going by, and see each other in join order", async () => {
  const hub = hubOf();
  const before = hub.clock.now();
  const ada = hub.join<Types>("Ada");
  await ada.ready;
  const log = journal(ada);
  const bob = hub.join<Types>("Bob", { presence: { name: "Bob", at: 3 } });
  await bob.ready;
  expect(hub.clock.now()).toBe(before);
  expect(names(ada)).toEqual(["Bob"]);
  expect(bob.getSnapshot().peers[0]).toMatchObject({ presence: { name: "Ada" }, path: "direct" });
  bob.setPresence({ at: 4 });
  await ada.waitFor((s) => s.peers[0]?.presence.at === 4);
  await bob.leave();
  await hub.settle();
  expect(log.filter((line) => !line.includes(" to "))).toEqual(["join Bob", "goodbye Bob"]);
  expect(new Set([ada, bob].map((room) => room.name))).toEqual(new Set(["room"]));
});

test("links become direct, and what was said on the way there arrives once and in order", async () => {
  const hub = hubOf();
  const ada = hub.join<Types>("Ada");
  hub.delay(20);
  const bob = hub.join<Types>("Bob");
  const numbers: number[] = [];
  bob.onMessage("many", ({ data }) => numbers.push(data));
  await hub.advance(25);
  expect(paths(ada)).toEqual(["server"]);
  for (let n = 0; n < 100; n++) {
    void ada.send("many", n);
    await hub.advance(7);
  }
  await hub.settle();
  expect(paths(ada)).toEqual(["direct"]);
  expect(paths(bob)).toEqual(["direct"]);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test("messages to one, values, and cursors", async () => {
  const { hub, ada, bob, cleo } = await three();
  const [toBob, toCleo] = [heard(bob), heard(cleo)];
  const drags: number[] = [];
  cleo.onLatest("drag", ({ data }) => drags.push(data));
  const bobsId = bob.getSnapshot().self?.id ?? "";
  const sent = ada.send("say", "psst", { to: bobsId });
  ada.sendLatest("drag", 1);
  ada.sendLatest("drag", 2);
  ada.moveCursor({ x: 3, y: 4 });
  await hub.settle();
  expect(await sent).toEqual({ missed: [] });
  expect(toBob).toEqual(["Ada: psst"]);
  expect(toCleo).toEqual([]);
  expect(drags.at(-1)).toBe(2);
  expect(cleo.cursorOf(ada.getSnapshot().self?.id ?? "")).toMatchObject({ x: 3, y: 4 });
});

test("a partition: each side goes on, and healed nothing is lost, doubled or out of order", async () => {
  const { hub, ada, bob, cleo } = await three();
  const [toAda, toBob, toCleo] = [heard(ada), heard(bob), heard(cleo)];
  hub.partition(ada, [bob, cleo]);
  void ada.send("say", "anybody?");
  void bob.send("say", "we two");
  await hub.settle();
  expect(bob.getSnapshot().status).toBe("reconnecting");
  expect(ada.getSnapshot().status).toBe("connected");
  expect(ada.getSnapshot().peers.map((p) => p.activity)).toEqual(["away", "away"]);
  expect(toCleo).toEqual(["Bob: we two"]);
  expect([...toAda, ...toBob]).toEqual([]);
  await hub.advance(5_000);
  void ada.send("say", "hello?");
  hub.heal();
  await hub.settle();
  expect(toBob).toEqual(["Ada: anybody?", "Ada: hello?"]);
  expect(toCleo.filter((line) => line.startsWith("Ada"))).toEqual(toBob);
  expect(toAda).toEqual(["Bob: we two"]);
  expect(paths(ada)).toEqual(["direct", "direct"]);
});

test("who is cut off for half a minute has left, and joins again", async () => {
  const { hub, ada, bob, cleo } = await three();
  const log = journal(ada);
  hub.partition([ada, cleo], bob);
  await hub.advance(31_000);
  expect(log.filter((line) => /Bob/.test(line))).toContain("lost Bob");
  expect(names(ada)).toEqual(["Cleo"]);
  expect(names(bob)).toEqual(["Ada", "Cleo"]);
  hub.heal();
  await hub.settle();
  expect(names(ada).sort()).toEqual(["Bob", "Cleo"]);
});

test("delay: from one to another it takes so long, over the server and WebRTC alike", async () => {
  const { hub, ada, bob } = await three();
  const toBob = heard(bob);
  for (const [ms, more] of [
    [200, 0],
    [200, 300],
  ] as const) {
    hub.delay(ms);
    hub.delay(more, ada);
    toBob.length = 0;
    void ada.send("say", "now");
    await hub.advance(ms + more - 1);
    expect(toBob).toEqual([]);
    await hub.advance(2);
    expect(toBob).toEqual(["Ada: now"]);
    await hub.settle();
  }
  hub.delay(0, ada);
  const server = hubOf({ meshLimit: 0 });
  server.delay(100);
  const late = server.join<Types>("Late");
  const other = server.join<Types>("Other");
  // CONNECT and welcome: half of the way, twice.
  await server.advance(99);
  expect(late.getSnapshot().status).toBe("connecting");
  await server.settle();
  expect(late.getSnapshot().peers[0]).toMatchObject({ path: "server", pathReason: "no-seat" });
  const toLate = heard(late);
  void other.send("say", "hi");
  await server.advance(99);
  expect(toLate).toEqual([]);
  await server.advance(1);
  expect(toLate).toEqual(["Other: hi"]);
});

test("drop: a third of everything is lost on the way, and no message", async () => {
  const { hub, ada, bob } = await three({ seed: 7 });
  const numbers: number[] = [];
  bob.onMessage("many", ({ data }) => numbers.push(data));
  hub.drop(1 / 3);
  for (let n = 0; n < 50; n++) {
    void ada.send("many", n);
    ada.moveCursor({ x: n, y: 0 });
    await hub.advance(20);
  }
  await hub.settle();
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(bob.cursorOf(ada.getSnapshot().self?.id ?? "")).toMatchObject({ x: 49 });
});

test("the same seed gives the same run, another seed another", async () => {
  const realNow = Date.now;
  let ahead = 0;
  const leap = () => {
    ahead += 20_000;
    return realNow() + ahead;
  };
  onTestFinished(() => void vi.restoreAllMocks());
  const run = async (seed: number, isBusy = false) => {
    // A machine that does much else besides: the page's own clock leaps at every look.
    if (isBusy) vi.spyOn(Date, "now").mockImplementation(leap);
    const hub = createTestHub({ seed });
    const rooms = ["Ada", "Bob", "Cleo", "Dora"].map((name) => hub.join<Types>(name));
    const logs = rooms.map(journal);
    const times: number[] = [];
    rooms[0]?.onMessage("say", () => times.push(hub.clock.now()));
    hub.drop(0.3);
    hub.delay(30);
    await hub.settle();
    for (let n = 0; n < 20; n++) {
      void rooms[1]?.send("say", String(n));
      await hub.advance(50);
    }
    hub.partition(rooms.slice(0, 2), rooms.slice(2));
    await hub.advance(8_000);
    hub.heal();
    await hub.settle();
    const ids = rooms.map((room) => room.getSnapshot().self?.id);
    await hub.close();
    vi.restoreAllMocks();
    return { logs, times, ids, end: hub.clock.now() };
  };
  const first = await run(42);
  expect(new Set(first.ids).size).toBe(4);
  expect(await run(42)).toEqual(first);
  expect(await run(42, true)).toEqual(first);
  const other = await run(43);
  expect(other.times).not.toEqual(first.times);
  expect(other.ids).not.toEqual(first.ids);
});

test("more than have seats stay on the server, and a seat that is freed passes on", async () => {
  const hub = hubOf({ meshLimit: 2 });
  const [ada, bob, cleo] = ["Ada", "Bob", "Cleo"].map((name) => hub.join<Types>(name)) as [
    TestRoom,
    TestRoom,
    TestRoom,
  ];
  await hub.settle();
  expect(paths(ada)).toEqual(["direct", "server"]);
  await bob.leave();
  await hub.advance(6_000);
  await hub.settle();
  expect(paths(ada)).toEqual(["direct"]);
  expect(paths(cleo)).toEqual(["direct"]);
});

test("rooms of several names, schemas, users, and paths", async () => {
  const hub = hubOf();
  const schema = { messages: { add: z.object({ title: z.string() }) } };
  const ada = hub.join("Ada", { room: "a", schema, user: { id: "u1", name: "Ada L." } });
  const bob = hub.join("Bob", { room: "a", schema, paths: "server" });
  const other = hub.join("Other", { room: "b" });
  const titles: string[] = [];
  bob.onMessage("add", ({ data }) => titles.push(data.title));
  await hub.settle();
  void ada.send("add", { title: "milk" });
  // @ts-expect-error a title is a string
  expect(() => ada.send("add", { title: 3 })).toThrow(/expected string, received number/);
  await hub.settle();
  expect(titles).toEqual(["milk"]);
  expect(bob.getSnapshot().peers[0]).toMatchObject({
    user: { id: "u1", name: "Ada L." },
    path: "server",
    pathReason: "disabled",
  });
  expect(other.getSnapshot().peers).toEqual([]);
});

test("a room leaves at the end of its block", async () => {
  const hub = hubOf();
  const ada = hub.join<Types>("Ada");
  {
    await using bob = hub.join<Types>("Bob");
    await bob.ready;
    expect(names(ada)).toEqual(["Bob"]);
  }
  await hub.settle();
  expect(names(ada)).toEqual([]);
  {
    await using inner = createTestHub();
    inner.join("Ada");
  }
});

test("settle says what the rooms wait for when they come to no end", async () => {
  const { hub, ada } = await three();
  const talk = () => {
    if (ada.getSnapshot().status === "connected") ada.sendLatest("drag", hub.clock.now());
    hub.clock.after(100, talk);
  };
  talk();
  await expect(hub.settle()).rejects.toThrow(/have not settled in 60 s: something is sent/);
});

test("misuse says what to do", async () => {
  const { hub, ada } = await three();
  const stranger = createTestHub().join("Stranger");
  expect(() => hub.partition(ada)).toThrow(/two sides/);
  expect(() => hub.partition(ada, [ada])).toThrow(/one side/);
  expect(() => hub.partition(ada, stranger)).toThrow(/hub\.join/);
  expect(() => hub.drop(1)).toThrow(/partition/);
  expect(() => hub.delay(Number.NaN)).toThrow(/milliseconds/);
  expect(() => createTestHub({ clock: "mine" as "real" })).toThrow(/clock/);
  expect(() => hub.join("Ada", { server: "x", token: "t" } as never)).toThrow(/token/);
});

describe("other clocks", () => {
  afterEach(() => void vi.useRealTimers());

  async function say(hub: TestHub): Promise<void> {
    const ada = hub.join<Types>("Ada");
    const bob = hub.join<Types>("Bob");
    await hub.settle();
    expect(paths(ada)).toEqual(["direct"]);
    const toBob = heard(bob);
    void ada.send("say", "hi");
    await hub.settle();
    expect(toBob).toEqual(["Ada: hi"]);
  }

  test("the page's own", async () => {
    await say(hubOf({ clock: "real" }));
  });

  test("the page's own, under fake timers", async () => {
    vi.useFakeTimers();
    const before = Date.now();
    await say(hubOf({ clock: "real" }));
    const hub = hubOf({ clock: "real" });
    const ada = hub.join<Types>("Ada");
    await vi.advanceTimersByTimeAsync(10);
    expect(ada.getSnapshot().status).toBe("connected");
    expect(Date.now() - before).toBeGreaterThan(250);
  });

  test("one of its own, while the page's is fake", async () => {
    vi.useFakeTimers();
    const before = Date.now();
    await say(hubOf());
    expect(Date.now()).toBe(before);
  });
});

test("an untyped room takes whatever an app says", async () => {
  const hub = hubOf();
  const ada: Room<RoomTypes> = hub.join();
  await ada.ready;
  expect(ada.getSnapshot().self?.presence).toEqual({});
});
