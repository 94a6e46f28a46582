import { describe, expect, test, vi } from "vitest";
import { FakeClock } from "../../../lib/src/fake-clock.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { FakeSession } from "../fake-session.ts";
import type { SignalingServerOptions } from "../options.ts";
import { Rooms } from "../rooms.ts";
import { createStats } from "../stats.ts";
import { joined, newKey, TestClient, urlOf, withServer } from "../test-client.ts";
import { MAX_MAIL } from "./mailbox.ts";
import { Operations } from "./operations.ts";
import { Removed } from "./removed.ts";

/** Whose token is a name is that user. */
const byName: SignalingServerOptions = {
  authenticate: ({ token = "" }) => (token === "" ? {} : { user: { id: token } }),
};

test("tells who is in a room", () =>
  withServer(byName, async (server) => {
    const presence = { version: 1, state: { mood: "calm" } };
    const a = await joined(server, { token: "ada", presence });
    const b = await joined(server, {});
    b.client.cut();
    await a.client.next("away");
    expect(await server.members("room")).toEqual([
      {
        id: a.id,
        user: { id: "ada" },
        grants: null,
        joined: a.welcome.self.join,
        away: false,
        presence: { mood: "calm" },
      },
      expect.objectContaining({ id: b.id, user: null, away: true }),
    ]);
    expect(await server.members("elsewhere")).toEqual([]);
  }));

test("a user that is removed is told, is gone for the others, and does not come back by itself", () =>
  withServer(byName, async (server) => {
    const witness = await joined(server, { token: "bob" });
    const key = newKey();
    const tabs = [
      await joined(server, { token: "ada", key }),
      await joined(server, { token: "ada" }),
    ] as const;
    const elsewhere = await joined(server, { token: "ada", room: "cellar" });
    expect(await server.removeUser("ada", "room")).toBe(2);
    for (const { client, id } of tabs) {
      expect(await client.next("refused")).toMatchObject({ code: "removed" });
      await client.gone();
      expect(await witness.client.next("left", (left) => left.id === id)).toEqual({
        id,
        reason: "removed",
      });
    }
    const again = new TestClient(urlOf(server), { token: "ada", key, generation: 2 });
    expect(await again.refusal()).toMatchObject({ code: "removed" });
    // Neither tab hears of the other's leaving, and nobody was ever away.
    for (const { client } of tabs) expect(client.story).not.toContain("left");
    expect(witness.client.story).toEqual(["welcome", "joined", "joined", "left", "left"]);
    expect(elsewhere.client.closed).toBe(false);
    expect(await server.removeUser("ada")).toBe(1);
    expect(await server.removeUser("ada")).toBe(0);
    // By a peer's id, on a server that knows no users.
    expect(await server.removeUser(witness.id)).toBe(1);
    expect(server.rooms()).toEqual([]);
  }));

test("one that is away is removed too, and is told when it comes back", () =>
  withServer(byName, async (server) => {
    const witness = await joined(server, { token: "bob" });
    const key = newKey();
    const ada = await joined(server, { token: "ada", key });
    ada.client.cut();
    await witness.client.next("away");
    expect(await server.removeUser("ada")).toBe(1);
    await witness.client.next("left", ({ reason }) => reason === "removed");
    const back = new TestClient(urlOf(server), { token: "ada", key, generation: 2 });
    expect(await back.refusal()).toMatchObject({ code: "removed" });
  }));

test("a room that is closed is closed for everybody, and may be opened again by others", () =>
  withServer(byName, async (server) => {
    const members = [await joined(server), await joined(server), await joined(server)];
    expect(await server.closeRoom("room")).toBe(3);
    for (const { client } of members) {
      expect(await client.next("refused")).toEqual({
        code: "removed",
        message: "The room was closed.",
      });
      expect(client.story).not.toContain("left");
    }
    expect(server.rooms()).toEqual([]);
    expect(await server.closeRoom("room")).toBe(0);
    const { request } = members[0]?.client ?? {};
    const same = new TestClient(urlOf(server), { ...request, generation: 9 });
    expect(await same.refusal()).toMatchObject({ code: "removed" });
    await joined(server);
  }));

test("a message of the back end reaches everybody, or whom it is for", () =>
  withServer(byName, async (server) => {
    const ada = await joined(server, { token: "ada" });
    const bob = await joined(server, { token: "bob" });
    expect(await server.sendMessage("room", "notice", { text: "Soon" })).toBe(2);
    expect(await server.sendMessage("room", "ping", undefined, { to: ["ada", "nobody"] })).toBe(1);
    expect(await server.sendMessage("room", "hint", [1], { to: bob.id })).toBe(1);
    expect(await server.sendMessage("cellar", "notice")).toBe(0);
    await ada.client.next("message", ({ type }) => type === "ping");
    await bob.client.next("message", ({ type }) => type === "hint");
    const said = ({ client }: typeof ada) =>
      client.all("message").map(({ id: _, ...rest }) => rest);
    expect(said(ada)).toEqual([{ type: "notice", data: { text: "Soon" } }, { type: "ping" }]);
    expect(said(bob)).toEqual([
      { type: "notice", data: { text: "Soon" } },
      { type: "hint", data: [1] },
    ]);
  }));

test("one that is away gets it on its return, unless it had received it", () =>
  withServer(byName, async (server) => {
    const witness = await joined(server);
    const key = newKey();
    const ada = await joined(server, { token: "ada", key });
    await server.sendMessage("room", "one", 1);
    ada.client.emit("received", (await ada.client.next("message")).id);
    await server.sendMessage("room", "two", 2);
    await ada.client.next("message", ({ type }) => type === "two");
    await ada.client.settled();
    ada.client.cut();
    await witness.client.next("away");
    await server.sendMessage("room", "three", 3, { to: "ada" });
    const back = await joined(server, { token: "ada", key, generation: 2 });
    await back.client.next("message", ({ type }) => type === "three");
    expect(back.client.all("message").map(({ type }) => type)).toEqual(["two", "three"]);
    expect(back.client.story[0]).toBe("welcome");
  }));

describe("who was removed elsewhere", () => {
  /** A server's rooms, and what it tells the others. */
  function setup(...names: string[]) {
    const clock = new FakeClock();
    const roomOptions = () => ({
      ...{ clock, stats: createStats(), wallNow: () => 1_700_000_000_000 },
      policy: { paths: "all", meshLimit: 0 } as const,
      iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    });
    const rooms = new Rooms({ clock, cluster: undefined, most: 10, roomOptions });
    const told: unknown[] = [];
    const cluster = {
      others: [],
      health: { state: "up" },
      tell: (said: unknown) => told.push(said),
    };
    const operations = new Operations({
      ...{ clock, rooms, removed: new Removed(clock) },
      cluster: cluster as unknown as Cluster,
    });
    const enter = (room: string, id: string) => {
      const session = new FakeSession();
      const admission = { id, generation: 1, join: undefined, features: 0, webrtc: false };
      const presence = { version: 1, state: {} };
      rooms.named(room).admit({ ...admission, presence, user: undefined }, session);
      return session;
    };
    const looked = new Map(names.map((name) => [name, vi.spyOn(rooms.named(name), "get")]));
    return {
      operations,
      told,
      enter,
      lookups: (name: string) => looked.get(name)?.mock.calls.length,
    };
  }

  test("is looked for in that room alone, and may have come here meanwhile", async () => {
    const there = setup();
    const ids = Array.from({ length: 50 }, (_, i) => `peer${i}`);
    for (const id of ids) there.enter("board", id);
    expect(await there.operations.closeRoom("board")).toBe(50);
    const [done] = there.told;
    expect(done).toMatchObject({ kind: "done", ids, rooms: ["board"], removed: true });

    const here = setup("board", "hall", "cellar");
    const moved = here.enter("board", "peer7");
    const other = here.enter("board", "somebody");
    here.operations.take(done);
    expect(moved.ended).toMatchObject({ code: "removed" });
    expect(other.ended).toBeUndefined();
    expect(here.lookups("board")).toBeGreaterThanOrEqual(50);
    expect([here.lookups("hall"), here.lookups("cellar")]).toEqual([0, 0]);
  });

  test("is looked for in all rooms where a server of an earlier version says so", () => {
    const here = setup();
    const moved = here.enter("board", "peer7");
    here.operations.take({ kind: "done", number: "1", ids: ["peer7"], removed: true });
    expect(moved.ended).toMatchObject({ code: "removed" });
  });

  test("from all its rooms is told of with their names", async () => {
    const there = setup();
    for (const room of ["board", "hall"]) there.enter(room, "peer7");
    there.enter("cellar", "peer8");
    expect(await there.operations.removeUser("peer7")).toBe(1);
    expect(there.told).toEqual([
      expect.objectContaining({ ids: ["peer7", "peer7"], rooms: ["board", "hall"] }),
    ]);
  });
});

test("what nobody receives is kept within bounds, and counted", () =>
  withServer(byName, async (server) => {
    const witness = await joined(server);
    const key = newKey();
    const ada = await joined(server, { token: "ada", key });
    ada.client.cut();
    await witness.client.next("away");
    for (let i = 0; i < MAX_MAIL + 10; i++) await server.sendMessage("room", "n", i, { to: "ada" });
    expect(server.stats().mailDropped).toBe(10);
    const large = "x".repeat(60_000);
    for (let i = 0; i < 10; i++) await server.sendMessage("room", "large", large, { to: "ada" });
    const back = await joined(server, { token: "ada", key, generation: 2 });
    await back.client.settled();
    expect(back.client.all("message").length).toBeLessThan(6);
  }));

test.each([
  ["no type", "", 1],
  ["a type that is too long", "x".repeat(129), 1],
  ["what JSON cannot carry", "t", () => {}],
  ["more than 64 KiB", "t", "x".repeat(65_536)],
])("sends nothing with %s", (_what, type, data) =>
  withServer({}, async (server) => {
    await expect(server.sendMessage("room", type, data)).rejects.toThrow(TypeError);
  }),
);
