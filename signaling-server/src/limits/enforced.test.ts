/** Each limit at a real server: refused with its code, counted, and right below it all is well. */
import { expect, test } from "vitest";
import { FakeClock } from "../../../lib/src/fake-clock.ts";
import { createSignalingServer } from "../server.ts";
import { joined, newKey, TestClient, urlOf, withServer } from "../test-client.ts";
import { LIMIT_NAMES, LIMITS } from "./limits.ts";

test("a room has so many members, and whoever was in it may come back", () =>
  withServer({ limits: { members: 2 } }, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    const third = new TestClient(urlOf(server));
    expect(await third.refusal()).toMatchObject({ code: "too-many-members" });
    b.client.cut();
    await a.client.next("away");
    expect((await joined(server, { ...b.client.request, generation: 2 })).id).toBe(b.id);
    await joined(server, { room: "another" });
    expect(server.stats()).toMatchObject({
      refused: { "too-many-members": 1 },
      limited: { members: 1 },
    });
  }));

test("a crowd that is asked who it is finds no gap", () => {
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const authenticate = async () => {
    await asked;
    return { user: { id: "u" } };
  };
  return withServer({ authenticate, limits: { members: 3, userSockets: 5 } }, async (server) => {
    const clients = Array.from({ length: 8 }, () => new TestClient(urlOf(server)));
    setTimeout(answer, 50);
    const ends = await Promise.all(
      clients.map((client) =>
        client.until(() => {
          if (client.story.includes("welcome")) return "welcome";
          const refused = client.all("refused")[0]?.code;
          const error = client.heard.find(({ name }) => name === "connect_error")?.value;
          return refused ?? (error as { data?: { code: string } } | undefined)?.data?.code;
        }),
      ),
    );
    expect(ends.filter((end) => end === "welcome")).toHaveLength(3);
    const others = ends.filter((end) => end !== "welcome");
    expect(others.every((end) => /^too-many-(members|sockets)$/.test(end))).toBe(true);
    expect(server.rooms()).toMatchObject([{ members: 3 }]);
  });
});

test("a server has so many rooms", () =>
  withServer({ limits: { rooms: 2 } }, async (server) => {
    await joined(server, { room: "one" });
    const two = await joined(server, { room: "two" });
    const third = new TestClient(urlOf(server), { room: "three" });
    expect(await third.refusal()).toMatchObject({ code: "too-many-rooms" });
    await joined(server, { room: "one" });
    two.client.emit("goodbye", { generation: 1 });
    await two.client.gone();
    await joined(server, { room: "three" });
    expect(server.stats()).toMatchObject({
      refused: { "too-many-rooms": 1 },
      limited: { rooms: 1 },
    });
  }));

test("a user has so many sockets; another of the same room object takes the place of the first", () => {
  const authenticate = ({ token = "" }) => ({ user: { id: token } });
  return withServer({ authenticate, limits: { userSockets: 2 } }, async (server) => {
    const key = newKey();
    await joined(server, { token: "ada", key });
    const tab = await joined(server, { token: "ada", room: "elsewhere" });
    const third = new TestClient(urlOf(server), { token: "ada" });
    expect(await third.refusal()).toMatchObject({ code: "too-many-sockets" });
    await joined(server, { token: "bob" });
    await joined(server, { token: "ada", key, generation: 2 });
    tab.client.socket.disconnect();
    await tab.client.gone();
    expect(server.stats().limited).toEqual({ "user-sockets": 1 });
  });
});

test("presence has its size, at the join and later, also in a frame", () =>
  withServer({ limits: { presenceBytes: 100 } }, async (server) => {
    const state = (bytes: number) => ({ x: "x".repeat(bytes - 8) });
    const large = new TestClient(urlOf(server), { presence: { version: 1, state: state(101) } });
    expect(await large.refusal()).toMatchObject({ code: "presence-too-large" });
    const a = await joined(server, { presence: { version: 1, state: state(100) } });
    const b = await joined(server);
    a.client.emit("presence", { version: 2, state: state(100) });
    await b.client.next("presence");
    a.client.sendFrame({ kind: "others" }, new Uint8Array(111).fill(3));
    a.client.emit("presence", { version: 3, state: state(101) });
    expect(await a.client.next("refused")).toMatchObject({ code: "presence-too-large" });
    await b.client.next("away");
    expect(b.client.all("frame")).toEqual([]);
    expect(server.stats()).toMatchObject({
      malformedFrames: 1,
      refused: { "presence-too-large": 2 },
      limited: { "presence-bytes": 2 },
    });
  }));

test("large presence is for rooms with few of them: everybody can take the welcome", () =>
  withServer({ limits: { members: 100, roomPresenceBytes: 20_000 } }, async (server) => {
    const presence = (bytes: number, version = 1) => ({
      ...{ version, state: { x: "x".repeat(bytes - 8) } },
    });
    const a = await joined(server, { presence: presence(12_000) });
    const refused = new TestClient(urlOf(server), { presence: presence(9_000) });
    expect(await refused.refusal()).toMatchObject({ code: "too-many-members" });
    // An even share is small, and everybody's.
    const b = await joined(server, { presence: presence(200) });
    a.client.emit("presence", presence(15_000, 2));
    await b.client.next("presence");
    b.client.emit("presence", presence(9_000, 2));
    expect(await b.client.next("refused")).toMatchObject({ code: "too-many-members" });
    await a.client.next("away");
    expect(a.client.all("presence")).toEqual([]);
    expect(server.stats().limited).toEqual({ "room-presence-bytes": 2 });
  }));

test("a frame has its size", () =>
  withServer({ limits: { frameBytes: 20_480 } }, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.sendFrame({ kind: "others" }, new Uint8Array(20_479).fill(2));
    await b.client.next("frame");
    a.client.sendFrame({ kind: "others" }, new Uint8Array(20_480).fill(2));
    expect(await a.client.next("refused")).toMatchObject({ code: "frame-too-large" });
    expect(server.stats().limited).toEqual({ "frame-bytes": 1 });
  }));

test("whoever is over its rate loses cursors first, gets no credit for a while, and goes on", () => {
  const clock = new FakeClock();
  return withServer({ clock, limits: { bytesPerSecond: 16_384 } }, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    // Two seconds' worth may come at once; no more than what the other, who confirms nothing, is sent.
    const messages = 10;
    const sizes = 20_000;
    for (let i = 0; i < messages; i++) {
      a.client.sendFrame({ kind: "others" }, new Uint8Array(sizes - 1).fill(2));
      a.client.sendFrame({ kind: "others" }, Uint8Array.of(4, 0, i));
    }
    await a.client.settled();
    await b.client.settled();
    const classes = b.client.all("frame").map((bytes) => bytes[1]);
    expect(classes.filter((each) => each === 2)).toHaveLength(messages);
    expect(classes.filter((each) => each === 4)).toHaveLength(1);
    expect(server.stats().overRateCursor).toBe(messages - 1);
    const total = messages * (sizes + 4);
    expect(a.client.all("credit").at(-1) ?? 0).toBeLessThan(total);
    // At 16 KiB a second that takes its time.
    clock.advance((total / 16_384) * 1000 - 3_000);
    await a.client.settled();
    expect(a.client.all("credit").at(-1) ?? 0).toBeLessThan(total);
    clock.advance(4_000);
    await a.client.next("credit", (bytes) => bytes === total);
    a.client.sendFrame({ kind: "others" }, Uint8Array.of(4, 0, 99));
    await b.client.next("frame", (bytes) => bytes[3] === 99);
    expect(server.stats().refused).toEqual({});

    for (let i = 0; i < 40; i++)
      a.client.emit("presence", { version: i + 2, state: { x: "x".repeat(16_000) } });
    expect(await a.client.next("refused")).toMatchObject({ code: "rate-limited" });
    expect(server.stats()).toMatchObject({
      refused: { "rate-limited": 1 },
      limited: { "byte-rate": 1 },
    });
  });
});

test("a server has so many sockets, and a balancer is told to try another", () =>
  withServer({ limits: { sockets: 1 } }, async (server) => {
    await joined(server);
    const response = await fetch(`${urlOf(server)}/skein/`).then(({ status }) => status);
    expect(response).toBe(426);
    const second = new TestClient(urlOf(server));
    await second.until(() => second.story.includes("connect_error") || undefined);
    expect(server.stats()).toMatchObject({
      refused: { "too-many-sockets": 1 },
      limited: { sockets: 1 },
    });
  }));

test("every limit is in the metrics by its name", () =>
  withServer({ admin: { token: "0123456789abcdef" }, limits: { rooms: 1 } }, async (server) => {
    await joined(server);
    await new TestClient(urlOf(server), { room: "two" }).refusal();
    const headers = { authorization: "Bearer 0123456789abcdef" };
    const text = await (await fetch(`${urlOf(server)}/metrics`, { headers })).text();
    expect(text).toContain('skein_limited_total{limit="rooms"} 1');
    expect(text).toContain('skein_refused_total{reason="too-many-rooms"} 1');
    expect(text).toContain('skein_over_rate_total{class="cursor"} 0');
  }));

test.each(LIMIT_NAMES)("limits.%s that is none is refused at the start", (name) => {
  const wrong = (limit: unknown) => () =>
    createSignalingServer({ limits: { [name]: limit as number } });
  for (const value of [0, -1, 0.5, Number.NaN, "1"]) {
    expect(wrong(value)).toThrow(`limits.${name} is ${JSON.stringify(value)}; allowed: a whole`);
  }
  expect(wrong(LIMITS[name].default)).not.toThrow();
  expect(() => createSignalingServer({ trustProxy: 17 })).toThrow("trustProxy is 17; allowed: ");
});
