import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { withOwnTypes } from "../cursor/own-types.ts";
import { type CursorSample, createRoom, joinRoom, type Peer, type Room } from "../index.ts";
import { PALETTE } from "./color.ts";

let server: SignalingServer;
let url: string;
const unhandled = vi.fn();

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  process.on("unhandledRejection", unhandled);
  server = createSignalingServer({ port: 0, host: "127.0.0.1" });
  await server.listen();
  url = server.url ?? "";
});

afterEach(async () => {
  await server.close();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

/** Leaves with the test. */
function leaving<R extends { leave(): Promise<void> }>(room: R): R {
  onTestFinished(() => room.leave());
  return room;
}
const join = (name: string, presence: object = {}) =>
  leaving(joinRoom(name, { server: url, presence: { ...presence } }));

async function meet(): Promise<{ a: Room; b: Room; aInB: string; bInA: string }> {
  const a = join("r", { name: "A" });
  await a.ready;
  const b = join("r", { name: "B" });
  await Promise.all([b.ready, a.waitFor((s) => s.peers.length === 1)]);
  return { a, b, aInB: idOf(a), bInA: idOf(b) };
}
function idOf(room: Room): string {
  const { self } = room.getSnapshot();
  if (self === null) throw new Error("not joined");
  return self.id;
}
/** Resolves with the n-th thing that an `on…` tells. */
function told<E>(listen: (run: (event: E) => void) => unknown, count = 1): Promise<E[]> {
  const heard: E[] = [];
  return new Promise((resolve) =>
    listen((event) => {
      heard.push(event);
      if (heard.length === count) resolve(heard);
    }),
  );
}
function journal(room: Room): string[] {
  const log: string[] = [];
  room.on("join", ({ peer }) => log.push(`join ${peer.presence["name"]}`));
  room.on("leave", ({ peer, reason }) => log.push(`${reason} ${peer.presence["name"]}`));
  room.on("status", ({ status, previous }) => log.push(`${previous} → ${status}`));
  return log;
}

test("who is there already is in the first snapshot, without a join; who comes later joins", async () => {
  const a = join("r", { name: "A" });
  await a.ready;
  const log = journal(a);
  const b = join("r", { name: "B" });
  const logOfB = journal(b);
  await b.ready;
  expect(b.getSnapshot().peers.map(({ presence }) => presence)).toEqual([{ name: "A" }]);
  const c = join("r", { name: "C" });
  await Promise.all([
    a.waitFor((s) => s.peers.length === 2),
    b.waitFor((s) => s.peers[1]),
    c.ready,
  ]);
  expect(log).toEqual(["join B", "join C"]);
  expect(logOfB).toEqual(["connecting → connected", "join C"]);
  expect(c.getSnapshot().peers.map(({ presence }) => presence["name"])).toEqual(["A", "B"]);
  await b.leave();
  await a.waitFor((s) => s.peers.length === 1);
  expect(log.at(-1)).toBe("goodbye B");
});

test("a peer says what it is", async () => {
  const { a, b, aInB } = await meet();
  expect(a.getSnapshot().self).toMatchObject({ isSelf: true, path: null, pathReason: null });
  const peer = b.getSnapshot().peers[0];
  expect(peer).toEqual({
    id: aInB,
    isSelf: false,
    user: null,
    presence: { name: "A" },
    color: a.getSnapshot().self?.color,
    activity: "active",
    path: "server",
    pathReason: "unsupported",
    can: expect.any(Function),
  });
  expect(PALETTE).toContain(peer?.color);
  expect(Object.isFrozen(peer)).toBe(true);
});

test("presence is patched; only that peer is another object; the event says whose", async () => {
  const { a, b } = await meet();
  const c = join("r", { name: "C" });
  await Promise.all([c.ready, b.waitFor((s) => s.peers.length === 2)]);
  const [before, other] = b.getSnapshot().peers;
  const heard = told<{ peer: Peer }>((run) => b.on("presence", run));
  a.setPresence({ selection: "a7" });
  a.setPresence((now) => ({ selection: `${now["selection"]}!`, name: undefined }));
  await b.waitFor((s) => s.peers.find((p) => p.presence["selection"] === "a7!"));
  const [after, same] = b.getSnapshot().peers;
  expect(after).not.toBe(before);
  expect(after?.presence).toEqual({ selection: "a7!" });
  expect(same).toBe(other);
  expect((await heard)[0]?.peer.id).toBe(idOf(a));
  expect(a.getSnapshot().self?.presence).toEqual({ selection: "a7!" });
});

test("a patch that changes nothing tells nobody, and keeps the snapshot", async () => {
  const { a, b } = await meet();
  const heard: unknown[] = [];
  b.on("presence", ({ peer }) => heard.push(peer.presence));
  a.setPresence({ at: [1, 2] });
  const before = a.getSnapshot();
  a.setPresence({});
  a.setPresence({ name: "A", at: [1, 2], gone: undefined });
  a.setPresence(() => ({}));
  expect(a.getSnapshot()).toBe(before);
  a.setPresence({ at: [2, 1] });
  await b.waitFor((s) => (s.peers[0]?.presence["at"] as number[] | undefined)?.[0] === 2);
  expect(heard).toEqual([
    { name: "A", at: [1, 2] },
    { name: "A", at: [2, 1] },
  ]);
});

test("who is hidden is seen to be, by newcomers too; no presence event tells of it", async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", () => {});
  onTestFinished(() => void vi.unstubAllGlobals());
  const { a, b } = await meet();
  const presences: unknown[] = [];
  for (const room of [a, b]) room.on("presence", (event) => presences.push(event));
  const before = b.getSnapshot().peers[0];
  const show = (visible: boolean) => {
    page.visibilityState = visible ? "visible" : "hidden";
    page.dispatchEvent(new Event("visibilitychange"));
  };
  const activityOf = (room: Room, id: string) =>
    room.getSnapshot().peers.find((p) => p.id === id)?.activity;
  show(false);
  await b.waitFor((s) => s.peers[0]?.activity === "hidden");
  await a.waitFor((s) => s.self?.activity === "hidden" && s.peers[0]?.activity === "hidden");
  expect(b.getSnapshot().peers[0]?.presence).toBe(before?.presence);
  const c = join("r", { name: "C" });
  await c.waitFor((s) => s.peers.length === 2 && s.peers.every((p) => p.activity === "hidden"));
  show(true);
  for (const room of [a, b, c]) {
    await room.waitFor(
      (s) => s.peers.length === 2 && s.peers.every((p) => p.activity === "active"),
    );
  }
  expect(activityOf(c, idOf(a))).toBe("active");
  expect(presences).toEqual([]);
});

test("presence set while CONNECT is on its way is not left behind", async () => {
  const a = join("r", { name: "A" });
  await a.ready;
  const b = join("r", { name: "B" });
  for (let i = 0; i < 50 && b.getSnapshot().status === "connecting"; i++) {
    b.setPresence({ step: i });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await b.ready;
  const last = b.getSnapshot().self?.presence["step"];
  await a.waitFor((s) => s.peers[0]?.presence["step"] === last);
});

test("messages of every kind arrive as they were sent, in order, also to one", async () => {
  const { a, b, bInA } = await meet();
  const sent = ["1", { two: [2, null] }, new Uint8Array([3]), "x".repeat(200_000), undefined, ""];
  const heard = told<{ data: unknown; peer: Peer }>((run) => b.onMessage("chat", run), sent.length);
  const results = await Promise.all(
    sent.map((data, i) => a.send("chat", data, i % 2 === 1 ? { to: bInA } : {})),
  );
  expect((await heard).map(({ data }) => data)).toEqual(sent);
  expect((await heard)[0]?.peer).toBe(b.getSnapshot().peers[0]);
  expect(results).toEqual(sent.map(() => ({ missed: [] })));
});

test("`to` reaches those named and nobody else; there is no echo", async () => {
  const { a, b, aInB } = await meet();
  const c = join("r", { name: "C" });
  await Promise.all([c.ready, a.waitFor((s) => s.peers.length === 2)]);
  await b.waitFor((s) => s.peers.length === 2);
  const log: string[] = [];
  for (const [name, room] of Object.entries({ a, b, c })) {
    room.onMessage("m", ({ data }) => log.push(`${name} ${data}`));
  }
  await c.send("m", "for a", { to: [aInB, aInB] });
  await c.send("m", "for all");
  // Who of the two hears it first is not said.
  expect(log.sort()).toEqual(["a for a", "a for all", "b for all"]);
});

test("alone, sending resolves at once", async () => {
  const a = join("alone");
  await a.ready;
  await expect(a.send("m", 1)).resolves.toEqual({ missed: [] });
});

test("what is sent before `ready` waits, and goes to those who are there then", async () => {
  const a = join("r");
  await a.ready;
  const heard = told<{ data: unknown }>((run) => a.onMessage("m", run), 2);
  const b = leaving(createRoom("r", { server: url }));
  const first = b.send("m", 1);
  b.connect();
  const second = b.send("m", 2);
  expect((await heard).map(({ data }) => data)).toEqual([1, 2]);
  await expect(Promise.all([first, second])).resolves.toEqual([{ missed: [] }, { missed: [] }]);
});

test("who left before it had a message is missed; who never was is an error at the call", async () => {
  const { a, b, bInA } = await meet();
  await b.leave();
  await a.waitFor((s) => s.peers.length === 0);
  await expect(a.send("m", 1, { to: bInA })).resolves.toEqual({ missed: [bInA] });
  for (const to of ["nobody", idOf(a)]) {
    expect(() => a.send("m", 1, { to })).toThrow(expect.objectContaining({ code: "unknown-peer" }));
  }
});

test("misuse is told at the call", async () => {
  const a = join("r");
  await a.ready;
  const code = (expected: string) => expect.objectContaining({ code: expected });
  const loose = a as unknown as { [method: string]: (...args: unknown[]) => unknown };
  expect(() => a.send("m", "x".repeat(256 * 1024 + 1))).toThrow(code("message-too-large"));
  expect(() => a.send("m", () => {})).toThrow(code("not-serializable"));
  expect(() => a.send("", 1)).toThrow(code("bad-argument"));
  expect(() => loose["send"]?.("m", 1, { to: null })).toThrow(code("bad-argument"));
  expect(() => loose["send"]?.("m", 1, { to: [5] })).toThrow(code("bad-argument"));
  expect(() => a.sendLatest("m", "x".repeat(8 * 1024 + 1))).toThrow(code("message-too-large"));
  expect(() => a.sendLatest("m", 1, { key: "k".repeat(257) })).toThrow(code("bad-argument"));
  expect(() => a.moveCursor({ x: Number.NaN, y: 0 })).toThrow(code("bad-argument"));
  expect(() => a.moveCursor({ x: 0, y: 0, time: Number.POSITIVE_INFINITY })).toThrow(
    code("bad-argument"),
  );
  expect(() => a.moveCursor({ x: 0, y: 0, frame: "f".repeat(65) })).toThrow(code("bad-argument"));
  expect(() => a.setPresence({ all: "x".repeat(17_000) })).toThrow(code("presence-too-large"));
  expect(() => loose["setPresence"]?.("name")).toThrow(code("bad-argument"));
  await a.leave();
  expect(() => a.send("m", 1)).toThrow(code("room-closed"));
});

test("latest values: the last of each key arrives, with its key", async () => {
  const { a, b } = await meet();
  const last = new Map<string, unknown>();
  const settled = new Promise<void>((resolve) => {
    b.onLatest("drag", ({ data, key }) => {
      last.set(key, data);
      if (last.size === 3 && [...last.values()].every((n) => Number(n) >= 297)) resolve();
    });
  });
  for (let n = 0; n < 300; n++) a.sendLatest("drag", n, { key: `k${n % 3}` });
  await settled;
  expect(Object.fromEntries(last)).toEqual({ k0: 297, k1: 298, k2: 299 });
});

test("cursors: each sees the other's, and a newcomer sees those that stand still", async () => {
  const { a, b, aInB, bInA } = await meet();
  const seen = told<{ samples: readonly CursorSample[]; peer: Peer }>((run) => b.on("cursor", run));
  a.moveCursor({ x: 0.25, y: 0.75, pressed: true, pointerType: "pen", frame: "board" });
  const [{ samples, peer } = { samples: [], peer: null }] = await seen;
  expect(peer?.id).toBe(aInB);
  expect(samples).toMatchObject([
    { x: 0.25, y: 0.75, pressed: true, pointerType: "pen", frame: "board" },
  ]);
  expect(b.cursorOf(aInB)).toBe(samples[0]);
  expect(a.cursorOf(bInA)).toBeNull();
  const c = join("r");
  await told((run) => c.on("cursor", run));
  expect(c.cursorOf(aInB)).toMatchObject({ x: 0.25, y: 0.75 });
  const hidden = told<{ samples: readonly CursorSample[] }>((run) => c.on("cursor", run));
  a.hideCursor();
  expect((await hidden)[0]?.samples).toEqual([]);
  expect(c.cursorOf(aInB)).toBeNull();
});

test("a pointer that moved before `ready` is seen by those who are there", async () => {
  const a = join("r");
  await a.ready;
  const seen = told<{ samples: readonly CursorSample[] }>((run) => a.on("cursor", run));
  const b = join("r");
  b.moveCursor({ x: 3, y: 4 });
  expect((await seen)[0]?.samples).toMatchObject([{ x: 3, y: 4 }]);
});

test("a schema refuses what does not fit: counted, and the app never sees it", async () => {
  const hostile = join("r", { name: 5 });
  await hostile.ready;
  const room = leaving(
    joinRoom("r", {
      server: url,
      presence: { name: "A" },
      schema: {
        presence: z.object({ name: z.string() }),
        messages: { chat: z.string() },
        latest: { drag: z.number() },
      },
    }),
  );
  const log: unknown[] = [];
  room.onMessage("chat", ({ data }) => log.push(data));
  room.onLatest("drag", ({ data }) => log.push(data));
  room.on("join", ({ peer }) => log.push(peer.presence.name));
  await room.ready;
  await hostile.waitFor((s) => s.peers[0]);
  expect(room.getSnapshot().peers).toEqual([]);
  await hostile.send("chat", { no: "string" });
  hostile.sendLatest("drag", "no number");
  await vi.waitFor(() => expect(room.stats().refused["schema-latest"]).toBeGreaterThan(0));
  expect(room.stats().refused).toMatchObject({ "schema-presence": 1, "schema-messages": 1 });
  expect(log).toEqual([]);
  hostile.setPresence({ name: "fits now" });
  await room.waitFor((s) => s.peers[0]);
  await hostile.send("chat", "text");
  expect(log).toEqual(["fits now", "text"]);
  const schemaMismatch = expect.objectContaining({ code: "schema-mismatch" });
  expect(() => room.setPresence({ name: 5 as unknown as string })).toThrow(schemaMismatch);
  expect(() => room.send("chat", 5 as unknown as string)).toThrow(schemaMismatch);
});

test("the library's own types pass by an app's schema", async () => {
  const schema = {
    messages: { "skein:ask": z.never(), chat: z.string() },
    latest: { "skein:view": z.never() },
  };
  const a = leaving(joinRoom("r", { server: url, schema }));
  const b = leaving(joinRoom("r", { server: url, schema }));
  await Promise.all([a.ready, b.ready, a.waitFor((s) => s.peers[0]), b.waitFor((s) => s.peers[0])]);
  const [own, other] = [withOwnTypes(a), withOwnTypes(b)];
  const asked = told<{ data: unknown }>((run) => own.onMessage("skein:ask", run));
  const seen = told<{ data: unknown }>((run) => own.onLatest("skein:view", run));
  const chats: unknown[] = [];
  a.onMessage("chat", ({ data }) => chats.push(data));
  await other.send("skein:ask", { follow: true });
  other.sendLatest("skein:view", 7);
  expect([(await asked)[0]?.data, (await seen)[0]?.data]).toEqual([{ follow: true }, 7]);
  expect(chats).toEqual([]);
  expect(a.stats().refused).toEqual({});
});

test("`createRoom` is inert: no socket, no timer, no page needed", async () => {
  const timers = vi.spyOn(globalThis, "setTimeout");
  const before = process.getActiveResourcesInfo().length;
  const room = createRoom("r");
  room.setPresence({ name: "A" });
  room.moveCursor({ x: 1, y: 2 });
  room.sendLatest("drag", 1);
  const snapshot = room.getSnapshot();
  expect(snapshot).toEqual({ status: "idle", error: null, self: null, peers: [], size: 0 });
  expect(room.getSnapshot()).toBe(snapshot);
  expect(timers).not.toHaveBeenCalled();
  expect(process.getActiveResourcesInfo().length).toBe(before);
  // Only beginning needs to know where the server is.
  expect(() => room.connect()).toThrow(expect.objectContaining({ code: "bad-server-url" }));
  expect(room.getSnapshot().status).toBe("idle");
});

test("leave and connect again: a newcomer to the others, under the same id", async () => {
  const { a, b, bInA } = await meet();
  const log = journal(a);
  const own = journal(b);
  await b.leave();
  await b.leave();
  expect(b.getSnapshot()).toEqual({
    status: "closed",
    error: null,
    self: null,
    peers: [],
    size: 0,
  });
  await a.waitFor((s) => s.peers.length === 0);
  const former = b.ready;
  b.connect();
  b.connect();
  expect(b.ready).not.toBe(former);
  await b.ready;
  expect(idOf(b)).toBe(bInA);
  await a.waitFor((s) => s.peers.length === 1);
  expect(log).toEqual(["goodbye B", "join B"]);
  expect(own).toEqual(["connected → closed", "closed → connecting", "connecting → connected"]);
  const heard = told<{ data: unknown }>((run) => a.onMessage("m", run));
  await expect(b.send("m", "again")).resolves.toEqual({ missed: [] });
  expect((await heard)[0]?.data).toBe("again");
});

test("`ready` rejects with a code when the room is left first, and nobody need look", async () => {
  const early = joinRoom("r", { server: url });
  await early.leave();
  await expect(early.ready).rejects.toMatchObject({ code: "room-closed", name: "SkeinError" });
  await joinRoom("r", { server: url }).leave();
});

test("no server: told as an error, tried again, and leaving ends it", async () => {
  await server.close();
  const room = leaving(joinRoom("r", { server: url }));
  const [event] = await told<{ error: { code: string } }>((run) => room.on("error", run));
  expect(event?.error.code).toBe("server-unreachable");
  expect(room.getSnapshot()).toMatchObject({
    status: "connecting",
    error: { code: "server-unreachable" },
  });
  await room.leave();
  expect(room.getSnapshot()).toMatchObject({ status: "closed", error: null });
});

test("two rooms in one page do not hear each other; two of one name are two peers", async () => {
  const [a, b, c] = [join("one"), join("one"), join("two")];
  await Promise.all([a.ready, b.ready, c.ready]);
  await Promise.all([a, b].map((room) => room.waitFor((s) => s.peers.length === 1)));
  expect(c.getSnapshot().peers).toEqual([]);
  expect(new Set([idOf(a), idOf(b), idOf(c)]).size).toBe(3);
});

test("a listener's exception is reported, and the room goes on", async () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  onTestFinished(() => void vi.unstubAllGlobals());
  const { a, b } = await meet();
  const fail = () => {
    throw new Error("the app's");
  };
  b.onMessage("m", fail);
  b.on("presence", fail);
  const heard = told<{ data: unknown }>((run) => b.onMessage("m", run));
  a.setPresence({ name: "Ada" });
  await a.send("m", 1);
  expect((await heard)[0]?.data).toBe(1);
  await b.waitFor((s) => s.peers[0]?.presence["name"] === "Ada");
  expect(report).toHaveBeenCalledTimes(2);
});

test("a listener may leave the room over what it hears, and events stay in order", async () => {
  const a = join("r");
  const log = journal(a);
  a.on("status", ({ status }) => {
    if (status === "connected") void a.leave();
  });
  a.watch(
    (s) => s.status,
    (status) => log.push(`(${status})`),
  );
  await a.waitFor((s) => s.status === "closed");
  await new Promise((resolve) => setImmediate(resolve));
  expect(a.getSnapshot()).toMatchObject({ status: "closed", self: null });
  expect(log.filter((line) => !line.startsWith("("))).toEqual([
    "connecting → connected",
    "connected → closed",
  ]);
});

test("a watcher that leaves at the welcome is left alone afterwards", async () => {
  const a = join("r");
  const log = journal(a);
  a.watch(
    (s) => s.self,
    (self) => {
      if (self !== null) void a.leave();
    },
  );
  await a.waitFor((s) => s.status === "closed");
  await new Promise((resolve) => setImmediate(resolve));
  expect(a.getSnapshot()).toMatchObject({ status: "closed", self: null });
  expect(log).toEqual(["connecting → connected", "connected → closed"]);
});

test("a restarted server that remembers nothing: same ids, no leave, no join, nothing lost", async () => {
  const { a, b, aInB, bInA } = await meet();
  const port = Number(new URL(url).port);
  const logs = [journal(a), journal(b)];
  const heard = told<{ data: unknown }>((run) => b.onMessage("m", run), 2);
  await server.close();
  await a.waitFor((s) => s.status === "reconnecting");
  const waiting = a.send("m", "meanwhile");
  server = createSignalingServer({ port, host: "127.0.0.1" });
  await server.listen();
  await Promise.all([a, b].map((room) => room.waitFor((s) => s.status === "connected")));
  const after = a.send("m", "afterwards");
  expect((await heard).map(({ data }) => data)).toEqual(["meanwhile", "afterwards"]);
  await expect(Promise.all([waiting, after])).resolves.toEqual([{ missed: [] }, { missed: [] }]);
  expect([idOf(a), idOf(b)]).toEqual([aInB, bInA]);
  for (const each of logs) {
    expect(each).toEqual(["connected → reconnecting", "reconnecting → connected"]);
  }
  expect(a.getSnapshot().error).toBeNull();
}, 30_000);

test("`await using` leaves at the end of the block", async () => {
  const a = join("r");
  await a.ready;
  {
    await using b = joinRoom("r", { server: url });
    await b.ready;
    await a.waitFor((s) => s.peers.length === 1);
  }
  await a.waitFor((s) => s.peers.length === 0);
});

test("stats are measured", async () => {
  const { a, b, bInA } = await meet();
  await a.send("m", "x".repeat(1_000));
  const stats = a.stats().peers[bInA];
  expect(stats?.bytesSent).toBeGreaterThan(1_000);
  expect(stats).toMatchObject({ path: "server", unacknowledged: 0, handovers: 0 });
  await vi.waitFor(() => expect(a.stats().serverRtt).toBeGreaterThan(0));
  expect(b.stats().refused).toEqual({});
});
