import { once } from "node:events";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { peerIdOf } from "./identity.ts";
import { connectRequest, joined, newKey, TestClient, urlOf, withServer } from "./test-client.ts";

const others = { kind: "others" } as const;
const cursor = Uint8Array.of(0x04, 0x00, 1, 2, 3);
const text = (bytes: Uint8Array) => [...bytes];

test("a newcomer is welcomed with everybody, and everybody hears of it", () =>
  withServer({}, async (server) => {
    const key = newKey();
    const a = await joined(server, { key, presence: { version: 3, state: { name: "A" } } });
    expect(a.id).toBe(peerIdOf("room", Buffer.from(key, "base64url")));
    expect(a.welcome).toMatchObject({
      protocol: 1,
      resumed: false,
      members: [],
      self: { handle: 1, seat: true, away: false, webrtc: true },
      policy: { paths: "all", meshLimit: 16 },
      ice: { servers: [], ttlSeconds: 0 },
    });
    const b = await joined(server, { webrtc: false });
    expect(b.welcome.members).toEqual([a.welcome.self]);
    expect(b.welcome.self).toMatchObject({ handle: 2, seat: false });
    expect(b.welcome.self.join).toBeGreaterThan(a.welcome.self.join);
    expect(await a.client.next("joined")).toEqual(b.welcome.self);
    expect(server.rooms()).toEqual([{ name: "room", members: 2, away: 0 }]);
  }));

test("a join costs three round trips: TCP, the upgrade, CONNECT", () =>
  withServer({}, async (server) => {
    await joined(server);
    const socket = new WebSocket(
      `${urlOf(server).replace("http", "ws")}/skein/?EIO=4&transport=websocket&room=room`,
    );
    const log: string[] = [];
    const welcomed = new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        const message = String(data);
        log.push(
          `down ${message.slice(0, message.startsWith("42") ? 11 : 2).replace(/[{"].*/, "")}`,
        );
        if (message.startsWith("0{")) {
          log.push("up CONNECT");
          socket.send(`40${JSON.stringify(connectRequest())}`);
        }
        if (message.startsWith('42["welcome"')) resolve();
      });
    });
    await welcomed;
    // Nothing but CONNECT goes up, and whatever the server sends answers the upgrade or CONNECT.
    expect(log).toEqual(["down 0", "up CONNECT", "down 40", "down 42["]);
    socket.terminate();
  }));

test("a frame goes to all, to some, or to all but some, uploaded once", () =>
  withServer({}, async (server) => {
    const [a, b, c] = [await joined(server), await joined(server), await joined(server)];
    const frames = (client: TestClient) => client.all("frame").map(text);
    const from = (sender: { handle: number }, mark: number) => [sender.handle, 0x02, 1, mark];
    const mark = (value: number) => Uint8Array.of(0x02, 1, value);
    a.client.sendFrame(others, mark(1));
    a.client.sendFrame({ kind: "only", handles: [c.handle] }, mark(2));
    a.client.sendFrame({ kind: "except", handles: [c.handle] }, mark(3));
    a.client.sendFrame({ kind: "only", handles: [a.handle, 99] }, mark(4));
    a.client.sendFrame(others, mark(5));
    await b.client.until(() => frames(b.client)[2]);
    await c.client.until(() => frames(c.client)[2]);
    expect(frames(b.client)).toEqual([from(a, 1), from(a, 3), from(a, 5)]);
    expect(frames(c.client)).toEqual([from(a, 1), from(a, 2), from(a, 5)]);
    expect(frames(a.client)).toEqual([]);
    expect(server.stats()).toMatchObject({ framesIn: 5, framesOut: 6, unknownHandles: 1 });
  }));

test("frames and events of one room never reach another", () =>
  withServer({}, async (server) => {
    const here = await joined(server, { room: "here" });
    const there = await joined(server, { room: "there" });
    const witness = await joined(server, { room: "there" });
    there.client.sendFrame(others, cursor);
    there.client.emit("presence", { version: 2, state: {} });
    there.client.emit("signal", { to: here.id, attempt: 1, index: 0, data: { type: "retry" } });
    await witness.client.next("frame");
    expect(await there.client.next("undelivered")).toMatchObject({
      to: here.id,
      code: "unknown-peer",
    });
    await here.client.settled();
    expect(here.client.story).toEqual(["welcome", "echo"]);
    expect(there.client.closed).toBe(false);
    expect(server.stats().strangerSignals).toBe(1);
  }));

test("signals reach their receiver alone, with what is known of them and nothing more", () =>
  withServer({}, async (server) => {
    const [a, b, c] = [await joined(server), await joined(server), await joined(server)];
    const candidate = { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 };
    a.client.emitAnything("signal", {
      to: b.id,
      attempt: 2,
      index: 7,
      data: { type: "candidate", candidate, extra: 1 },
      from: "forged",
    });
    expect(await b.client.next("signal")).toEqual({
      from: a.id,
      attempt: 2,
      index: 7,
      data: { type: "candidate", candidate },
    });
    await c.client.settled();
    expect(c.client.all("signal")).toEqual([]);
  }));

test("presence: the newest version wins, whatever comes later", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.emit("presence", { version: 5, state: { n: 5 } });
    a.client.emit("presence", { version: 4, state: { n: 4 } });
    a.client.emit("presence", { version: 6, state: { n: 6 } });
    await b.client.next("presence", ({ version }) => version === 6);
    expect(b.client.all("presence")).toEqual([
      { id: a.id, version: 5, state: { n: 5 } },
      { id: a.id, version: 6, state: { n: 6 } },
    ]);
    const c = await joined(server);
    expect(c.welcome.members[0]?.presence).toEqual({ version: 6, state: { n: 6 } });
  }));

test("a lost socket is away, and its resume is neither a leave nor a join", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.cut();
    expect(await b.client.next("away")).toEqual({ id: a.id });
    const during = await joined(server);
    expect(during.welcome.members[0]).toMatchObject({ id: a.id, away: true });
    const again = await joined(server, {
      ...a.client.request,
      generation: 2,
      join: a.welcome.self.join,
    });
    expect(again.welcome).toMatchObject({ resumed: true, self: a.welcome.self });
    expect(await b.client.next("back")).toEqual({ id: a.id, handle: a.handle });
    expect(b.client.story).toEqual(["welcome", "away", "joined", "back"]);
  }));

test("a lost socket that does not come back has left", () =>
  withServer({ timings: { lostAfterMs: 20 } }, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.cut();
    expect(await b.client.next("left")).toEqual({ id: a.id, reason: "lost" });
  }));

test("a goodbye is a leave at once; one of an older generation is nothing", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server, { generation: 4 }), await joined(server)];
    a.client.emit("goodbye", { generation: 3 });
    await a.client.settled();
    expect(server.stats().staleGoodbyes).toBe(1);
    a.client.emit("goodbye", { generation: 4 });
    expect(await b.client.next("left")).toEqual({ id: a.id, reason: "goodbye" });
    await a.client.gone();
    expect(b.client.all("away")).toEqual([]);
  }));

test("the newest generation wins, and the others notice nothing", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    const newer = await joined(server, { ...a.client.request, generation: 3 });
    expect(await a.client.next("refused")).toMatchObject({ code: "replaced" });
    await a.client.gone();
    newer.client.sendFrame(others, cursor);
    await b.client.next("frame");
    expect(b.client.story).toEqual(["welcome", "frame"]);
    for (const generation of [1, 2, 3]) {
      const older = new TestClient(urlOf(server), { ...a.client.request, generation });
      expect(await older.refusal()).toMatchObject({ code: "stale-generation" });
    }
    await newer.client.settled();
    expect(newer.client.closed).toBe(false);
  }));

test("a server that remembers nothing takes everybody back under the same id and number", async () => {
  const key = newKey();
  let before: { id: string; join: number } | undefined;
  await withServer({}, async (server) => {
    const { welcome, client } = await joined(server, { key });
    before = { id: welcome.self.id, join: welcome.self.join };
    await server.close();
    expect(await client.next("refused")).toMatchObject({ code: "shutting-down" });
    await client.gone();
  });
  await withServer({}, async (server) => {
    const newcomer = await joined(server);
    const resumed = await joined(server, { key, generation: 2, join: before?.join ?? 0 });
    expect(resumed.welcome.resumed).toBe(false);
    expect(resumed.welcome.self).toMatchObject(before ?? {});
    const later = await joined(server);
    expect(later.welcome.members.map(({ id }) => id)).toEqual([resumed.id, newcomer.id]);
    const liar = await joined(server, { join: Date.now() + 3_600_000 });
    expect(liar.welcome.self.join).toBeLessThan(Date.now() + 60_000);
  });
});

test("a member is asked for its cursor before the newcomer is there, and welcome comes first", () =>
  withServer({}, async (server) => {
    const a = await joined(server);
    const url = `${urlOf(server).replace("http", "ws")}/skein/?EIO=4&transport=websocket&room=room`;
    const newcomer = new WebSocket(url);
    const { handle } = await a.client.next("knock");
    a.client.sendFrame({ kind: "only", handles: [handle] }, cursor);
    await a.client.settled();
    expect(server.stats()).toMatchObject({ knocks: 1, knockFramesHeld: 1, framesOut: 0 });
    const messages: string[] = [];
    const answered = new Promise<void>((resolve) => {
      newcomer.on("message", (data, binary) => {
        messages.push(binary ? "frame" : String(data).slice(0, 11));
        if (binary) resolve();
      });
    });
    if (newcomer.readyState === WebSocket.CONNECTING) {
      await new Promise((resolve) => newcomer.once("open", resolve));
    }
    newcomer.send(`40${JSON.stringify(connectRequest())}`);
    await answered;
    expect(messages.slice(-2)).toEqual(['42["welcome', "frame"]);
    expect(await a.client.next("joined")).toMatchObject({ handle });
    newcomer.terminate();
  }));

test("a newcomer that never comes costs nothing", () =>
  withServer({ timings: { handshakeMs: 50 } }, async (server) => {
    const a = await joined(server);
    const newcomer = new WebSocket(
      `${urlOf(server).replace("http", "ws")}/skein/?EIO=4&transport=websocket&room=room`,
    );
    const { handle } = await a.client.next("knock");
    a.client.sendFrame({ kind: "only", handles: [handle] }, cursor);
    await new Promise((resolve) => newcomer.once("close", resolve));
    await a.client.settled();
    expect(server.stats()).toMatchObject({ knockFramesDropped: 1, abandoned: 1, framesOut: 0 });
    a.client.sendFrame({ kind: "only", handles: [handle] }, cursor);
    await a.client.settled();
    expect(server.stats().unknownHandles).toBe(1);
  }));

test("the mesh has its limit, and a freed seat passes on", () =>
  withServer({ meshLimit: 2, timings: { seatRestMs: 20 } }, async (server) => {
    const [a, b, c] = [await joined(server), await joined(server), await joined(server)];
    expect([a, b, c].map(({ welcome }) => welcome.self.seat)).toEqual([true, true, false]);
    b.client.emit("unseat");
    expect(await c.client.next("seat")).toEqual({ id: b.id, seat: false });
    expect(await a.client.next("seat", ({ seat }) => seat)).toEqual({ id: c.id, seat: true });
    expect(await c.client.next("seat", ({ seat }) => seat)).toEqual({ id: c.id, seat: true });
  }));

test("bytes taken are confirmed", () =>
  withServer({ timings: { creditIntervalMs: 10 } }, async (server) => {
    const a = await joined(server);
    a.client.sendFrame(others, cursor);
    expect(await a.client.next("credit")).toBe(1 + cursor.length);
    a.client.sendFrame(others, new Uint8Array(20_000).fill(2));
    a.client.sendFrame(others, new Uint8Array(20_000).fill(2));
    await a.client.next("credit", (total) => total === 40_002 + 1 + cursor.length);
  }));

test("TURN credentials come with the welcome and again in time", () =>
  withServer(
    {
      iceServers: [{ urls: "stun:stun.example.com:3478" }],
      turn: { urls: ["turn:turn.example.com:3478"], secret: "secret", ttlSeconds: 10 },
      clock: { now: () => performance.now(), after: hurried },
    },
    async (server) => {
      const { client, welcome, id } = await joined(server);
      expect(welcome.ice.ttlSeconds).toBe(10);
      expect(welcome.ice.servers[0]).toEqual({ urls: "stun:stun.example.com:3478" });
      expect(welcome.ice.servers[1]).toMatchObject({ urls: ["turn:turn.example.com:3478"] });
      expect(welcome.ice.servers[1]?.username).toMatch(new RegExp(`^\\d{10}:${id}$`));
      expect((await client.next("ice")).servers).toHaveLength(2);
    },
  ));

/** Seconds pass as milliseconds. */
function hurried(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms / 1000);
  return () => clearTimeout(timer);
}

test("a page that closes its socket on the way out has left, unless it resumes at once", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.tearDown();
    expect(await b.client.next("away")).toEqual({ id: a.id });
    expect(await b.client.next("left")).toEqual({ id: a.id, reason: "goodbye" });
    const c = await joined(server);
    c.client.tearDown();
    await b.client.next("away", ({ id }) => id === c.id);
    await joined(server, { ...c.client.request, generation: 2, join: c.welcome.self.join });
    expect(await b.client.next("back")).toEqual({ id: c.id, handle: c.handle });
    await b.client.settled();
    expect(b.client.story.slice(-4)).toEqual(["joined", "away", "back", "echo"]);
  }));

test("a client that gave up on a silent line is only away", async () => {
  const clock = new FakeClock();
  await withServer({ clock }, async (server) => {
    const { client } = await joined(server);
    const silent = new WebSocket(
      `${urlOf(server).replace("http", "ws")}/skein/?room=room&EIO=4&transport=websocket`,
    );
    await once(silent, "message");
    silent.send(`40${JSON.stringify(connectRequest())}`);
    const { id } = await client.next("joined");
    // It has answered no ping for so long.
    clock.advance(8_000);
    silent.close();
    expect(await client.next("away")).toEqual({ id });
    clock.advance(29_000);
    await client.settled();
    expect(client.all("left")).toEqual([]);
    clock.advance(1_000);
    expect(await client.next("left")).toEqual({ id, reason: "lost" });
  });
});
