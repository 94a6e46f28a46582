/** The balancer's files of deploy/, read by a real nginx. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Balancing, Nginx } from "./nginx-process.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";
import { TestClient } from "./test-client.ts";

let servers: SignalingServer[];
let nginx: Nginx | undefined;

const portOf = (server: SignalingServer | undefined) => server?.address?.port ?? 0;

async function behind(balancing: Balancing): Promise<string> {
  nginx = await Nginx.start(balancing, servers.map(portOf));
  return nginx.url;
}

async function join(url: string, room: string): Promise<TestClient> {
  const client = new TestClient(url, { room });
  await client.welcome();
  return client;
}

/** How many sockets each server has. */
const sockets = () => servers.map((server) => server.stats().sockets);

beforeEach(async () => {
  servers = [1, 2, 3].map(() => createSignalingServer({ port: 0, log: () => {} }));
  await Promise.all(servers.map((server) => server.listen()));
});

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
  await Promise.all(servers.map((server) => server.close()));
});

test("by room: everybody of a room is on one server, and rooms are on all of them", async () => {
  const url = await behind("by-room");
  for (let i = 0; i < 6; i++) await join(url, "one room & its members");
  expect(sockets().filter((count) => count > 0)).toEqual([6]);
  for (let i = 0; i < 60; i++) await join(url, `room ${i}`);
  for (const count of sockets()) expect(count).toBeGreaterThan(5);
});

test("round robin: members of a room are on whichever is next", async () => {
  const url = await behind("round-robin");
  for (let i = 0; i < 9; i++) await join(url, "room");
  expect(sockets().every((count) => count > 0)).toBe(true);
});

test.each(["by-room", "round-robin"] as const)(
  "%s: a server that drains, or is gone, is passed over and nobody notices",
  async (balancing) => {
    const url = await behind(balancing);
    const there = await join(url, "room");
    const at = sockets().indexOf(1);
    const [leaving] = servers.splice(at, 1);
    const drained = leaving?.drain({ windowSeconds: 2, move: true });
    for (let i = 0; i < 6; i++) await join(url, "room");
    expect(sockets().reduce((sum, count) => sum + count)).toBe(6);
    // Who was there is still there, and was asked to go.
    await there.next("drain");
    await there.settled();
    there.cut();
    await drained;
    await leaving?.close();
    for (let i = 0; i < 6; i++) await join(url, "room");
    expect(sockets().reduce((sum, count) => sum + count)).toBe(12);
  },
);

test("what is the operator's stays inside", async () => {
  const url = await behind("by-room");
  const status = async (path: string) => (await fetch(url + path)).status;
  expect(await status("/health")).toBe(200);
  expect(await status("/skein/")).toBe(426);
  for (const path of ["/metrics", "/admin/policy", "/ready", "/", "/skein/admin", "/skein//"]) {
    expect({ path, status: await status(path) }).toEqual({ path, status: 404 });
  }
});
