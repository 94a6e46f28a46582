/** Grants and operations where the members of a room are on several servers: a real Redis between them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Grant } from "../../../lib/src/signaling/grants.ts";
import { RedisProcess } from "../cluster/redis-process.ts";
import { createSignalingServer, type SignalingServer } from "../server.ts";
import { joined, newKey, TestClient, urlOf } from "../test-client.ts";
import { OthersUnreachableError } from "./operator.ts";

let redis: RedisProcess;
let a: SignalingServer;
let b: SignalingServer;
/** Nobody ever comes in here. */
let c: SignalingServer;

/** A token is `user grant,grant`; `*` for all grants. */
function authenticate({ token = "" }) {
  const [id = "", grants = "*"] = token.split(" ");
  const list = grants.split(",").filter(Boolean) as Grant[];
  return { user: { id }, ...(grants === "*" ? {} : { grants: list }) };
}

beforeAll(async () => {
  redis = await RedisProcess.start();
});
afterAll(() => redis.kill());

let prefix = 0;
beforeEach(async () => {
  prefix++;
  const servers = [0, 1, 2].map(() =>
    createSignalingServer({
      ...{ port: 0, log: () => {}, redisUrl: redis.url, redisPrefix: `test${prefix}` },
      authenticate,
    }),
  );
  [a, b, c] = servers as [SignalingServer, SignalingServer, SignalingServer];
  await Promise.all(servers.map((server) => server.listen()));
  await vi.waitFor(() => expect(servers.map(({ cluster }) => cluster?.nodes)).toEqual([3, 3, 3]), {
    timeout: 10_000,
  });
});

afterEach(() => Promise.all([a, b, c].map((server) => server.close())));

const enter = (server: SignalingServer, token: string) => joined(server, { token });

test("a member's grants are vouched for on every server, and so are renewed ones", async () => {
  const ada = await enter(a, "ada *");
  const vic = await enter(b, "vic cursor");
  const told = await ada.client.next("joined", ({ id }) => id === vic.id);
  expect(told).toMatchObject({ user: { id: "vic" }, grants: ["cursor"] });
  const later = await enter(a, "bob *");
  expect(later.welcome.members.find(({ id }) => id === vic.id)?.grants).toEqual(["cursor"]);
  vic.client.emit("token", "vic message:chat");
  expect(await ada.client.next("vouched")).toEqual({
    id: vic.id,
    user: { id: "vic" },
    grants: ["message:chat"],
  });
  // What it may not say does not get as far as the other server.
  vic.client.emit("presence", { version: 9, state: { name: "Boss" } });
  await vic.client.settled();
  expect(b.stats().forbidden).toBe(1);
  expect((await a.members("room")).find(({ id }) => id === vic.id)?.presence).toEqual({});
  expect(ada.client.all("presence")).toEqual([]);
});

test("any server tells who is in a room", async () => {
  const ada = await enter(a, "ada *");
  const vic = await enter(b, "vic cursor");
  await ada.client.next("joined");
  const members = [
    expect.objectContaining({ id: ada.id, user: { id: "ada" }, grants: null, away: false }),
    expect.objectContaining({ id: vic.id, user: { id: "vic" }, grants: ["cursor"] }),
  ];
  for (const server of [a, b, c]) expect(await server.members("room")).toEqual(members);
  expect(await c.members("elsewhere")).toEqual([]);
});

test("what a member said of itself is gone on every server when it may not say it any more", async () => {
  const ada = await enter(a, "ada *");
  const presence = { version: 1, state: { mood: "calm" } };
  const vic = await joined(b, { token: "vic presence", presence });
  await ada.client.next("joined", ({ id }) => id === vic.id);
  vic.client.emit("token", "vic cursor");
  expect(await ada.client.next("presence")).toEqual({ id: vic.id, version: 2, state: {} });
  const later = await enter(a, "bob *");
  expect(later.welcome.members.find(({ id }) => id === vic.id)?.presence.state).toEqual({});
  expect((await c.members("room")).find(({ id }) => id === vic.id)?.presence).toEqual({});
});

test("any server removes a user from all of them, and it comes back to none", async () => {
  const witness = await enter(a, "bob *");
  const key = newKey();
  const here = await joined(a, { token: "ada *", key });
  const there = await enter(b, "ada *");
  await witness.client.next("joined", ({ id }) => id === there.id);
  expect(await c.removeUser("ada")).toBe(2);
  for (const { client, id } of [here, there]) {
    expect(await client.next("refused")).toMatchObject({ code: "removed" });
    expect(await witness.client.next("left", (left) => left.id === id)).toMatchObject({
      reason: "removed",
    });
  }
  for (const server of [a, b, c]) {
    const again = new TestClient(urlOf(server), { token: "ada *", key, generation: 2 });
    expect(await again.refusal()).toMatchObject({ code: "removed" });
  }
  expect(witness.client.story).not.toContain("away");
  expect(await b.removeUser("ada")).toBe(0);
});

test("any server closes a room, and a back end's message reaches members of all", async () => {
  const members = [await enter(a, "ada *"), await enter(b, "bob *"), await enter(b, "cyd *")];
  await members[0]?.client.next("joined", ({ user }) => user?.id === "cyd");
  expect(await c.sendMessage("room", "notice", { text: "Soon" })).toBe(3);
  expect(await a.sendMessage("room", "hint", 1, { to: ["bob", "nobody"] })).toBe(1);
  for (const { client } of members) {
    expect(await client.next("message")).toMatchObject({ type: "notice", data: { text: "Soon" } });
  }
  await members[1]?.client.next("message", ({ type }) => type === "hint");
  expect(await c.closeRoom("room")).toBe(3);
  for (const { client } of members) {
    expect(await client.next("refused")).toMatchObject({ code: "removed" });
    // Once each.
    expect(client.all("message").length).toBe(client === members[1]?.client ? 2 : 1);
  }
  await vi.waitFor(async () => expect(await c.members("room")).toEqual([]));
});

test("what a member has not received on one server comes to it on the next", async () => {
  const witness = await enter(a, "bob *");
  const key = newKey();
  const ada = await joined(a, { token: "ada *", key });
  ada.client.cut();
  await witness.client.next("away");
  expect(await c.sendMessage("room", "notice", 1, { to: "ada" })).toBe(1);
  const { join } = ada.welcome.self;
  const back = await joined(b, { token: "ada *", key, generation: 2, join });
  expect(back.welcome.resumed).toBe(true);
  expect(await back.client.next("message")).toMatchObject({ type: "notice", data: 1 });
  expect(await c.sendMessage("room", "notice", 2, { to: "ada" })).toBe(1);
  await back.client.next("message", ({ data }) => data === 2);
  expect(back.client.all("message")).toHaveLength(2);
  expect(witness.client.story).not.toContain("left");
});

test("while the others cannot be told, it is done here and says so", async () => {
  const ada = await enter(a, "ada *");
  const bob = await enter(b, "bob *");
  await ada.client.next("joined", ({ id }) => id === bob.id);
  await redis.kill();
  try {
    await vi.waitFor(() => expect(a.ready).toBe(false), { timeout: 5_000 });
    expect(await a.sendMessage("room", "notice")).toBe(1);
    await ada.client.next("message");
    await expect(a.removeUser("ada")).rejects.toBeInstanceOf(OthersUnreachableError);
    expect(await ada.client.next("refused")).toMatchObject({ code: "removed" });
    expect(bob.client.closed).toBe(false);
    // Who is known is told of; where nobody is, that is no proof that nobody is elsewhere.
    expect(await b.members("room")).toContainEqual(expect.objectContaining({ id: bob.id }));
    await expect(c.members("room")).rejects.toBeInstanceOf(OthersUnreachableError);
  } finally {
    await redis.restart();
  }
  await vi.waitFor(() => expect([a, b, c].every(({ ready }) => ready)).toBe(true), {
    timeout: 10_000,
  });
  await bob.client.next("left", ({ id }) => id === ada.id);
}, 30_000);
