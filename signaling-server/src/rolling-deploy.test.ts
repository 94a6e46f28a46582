/** Three servers behind nginx, with one Redis, deployed one after the other under load. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RedisProcess } from "./cluster/redis-process.ts";
import { load } from "./load/load.ts";
import { type Balancing, Nginx } from "./nginx-process.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";

/** Over which each server's clients move; in production it is 20. */
const WINDOW_SECONDS = 3;

let redis: RedisProcess;
let nginx: Nginx | undefined;
let servers: SignalingServer[];

async function start(port = 0): Promise<SignalingServer> {
  const server = createSignalingServer({ port, redisUrl: redis.url, log: () => {} });
  await server.listen();
  await vi.waitFor(() => expect(server.ready).toBe(true), { timeout: 20_000 });
  return server;
}

beforeEach(async () => {
  redis = await RedisProcess.start();
  servers = await Promise.all([start(), start(), start()]);
});

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
  await Promise.all(servers.map((server) => server.close()));
  await redis.kill();
});

/** As an orchestrator does it: the next one only when the last is back. */
async function deploy(): Promise<void> {
  for (const [i, server] of servers.entries()) {
    const port = server.address?.port;
    await server.drain({ windowSeconds: WINDOW_SECONDS });
    await server.close();
    servers[i] = await start(port);
  }
}

test.each<Balancing>(["by-room", "round-robin"])(
  "a rolling deploy, %s: no message is lost or doubled, and nobody is seen to leave",
  async (balancing) => {
    const ports = servers.map((server) => server.address?.port ?? 0);
    nginx = await Nginx.start(balancing, ports);
    const before = [...servers];
    let deployed: Promise<void> | undefined;
    const report = await load({
      server: nginx.url,
      rooms: 10,
      members: 5,
      moving: 2,
      seconds: 3 * (WINDOW_SECONDS + 2),
      rate: 10,
      messages: 4,
      progress: (what) => {
        if (what.includes("move")) deployed = deploy();
      },
    });
    await deployed;
    expect(servers.some((server) => before.includes(server))).toBe(false);
    expect(report.messages.sent).toBeGreaterThan(0);
    // What members went through, and nothing of it may be a leave.
    const { messages, leaves, notes } = report;
    expect({ lost: messages.lost, doubled: messages.doubled, leaves, notes }).toEqual({
      ...{ lost: 0, doubled: 0, leaves: 0 },
      notes: expect.not.objectContaining({ "leave lost": expect.anything() }),
    });
    // Everybody was on another server at some time.
    expect(report.reconnections.count).toBeGreaterThanOrEqual(report.members);
  },
  120_000,
);
