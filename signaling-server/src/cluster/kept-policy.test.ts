/** The policy that is set while servers run, beside the settings that they are started with. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { SignalingServerOptions } from "../options.ts";
import { createSignalingServer, type SignalingServer } from "../server.ts";
import { RedisProcess } from "./redis-process.ts";
import { World } from "./test-node.ts";

let redis: RedisProcess;
beforeAll(async () => {
  redis = await RedisProcess.start();
});
afterAll(() => redis.kill());

const servers: SignalingServer[] = [];
beforeEach(() => redis.flush());
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function start(options: SignalingServerOptions = {}) {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const server = createSignalingServer({ port: 0, redisUrl: redis.url, ...options, logger });
  servers.push(server);
  await server.listen();
  await vi.waitFor(() => expect(server.ready).toBe(true), { timeout: 10_000 });
  /** The settings that it was warned of. */
  const overridden = () =>
    logger.warn.mock.calls.map(([fields]) => fields).filter((fields) => "setting" in fields);
  return { server, overridden };
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

test("what was not changed stays as each server was started, also one that is started later", async () => {
  const first = await start();
  first.server.setPolicy({ meshLimit: 8 });
  const later = await start({ policy: { paths: "relay" } });
  await soon(() => expect(later.server.policy.meshLimit).toBe(8));
  expect(later.server.policy).toEqual({ paths: "relay", meshLimit: 8, cursorRate: 60 });
  expect(later.overridden()).toEqual([]);
  // Nor does it tell the first one of its own.
  later.server.setPolicy({ cursorRate: 30 });
  await soon(() => expect(first.server.policy.cursorRate).toBe(30));
  expect(first.server.policy).toEqual({ paths: "all", meshLimit: 8, cursorRate: 30 });
});

test("whoever starts with a setting that is overridden is warned, and can end that on all servers", async () => {
  const first = await start({ meshLimit: 4 });
  first.server.setPolicy({ paths: "all" });
  first.server.setPolicy({ meshLimit: 8 });
  const later = await start({ policy: { paths: "relay" } });
  await soon(() => expect(later.server.policy).toMatchObject({ paths: "all", meshLimit: 8 }));
  expect(later.overridden()).toEqual([{ setting: "paths", given: "relay", now: "all" }]);
  expect(later.server.resetPolicy()).toMatchObject({ paths: "relay", meshLimit: 16 });
  await soon(() => expect(first.server.policy.meshLimit).toBe(4));
  expect(first.server.policy.paths).toBe("all");
  const last = await start({ policy: { paths: "server" } });
  first.server.setPolicy({ cursorRate: 30 });
  await soon(() => expect(last.server.policy.cursorRate).toBe(30));
  expect(last.server.policy).toMatchObject({ paths: "server", meshLimit: 16 });
  expect(last.overridden()).toEqual([]);
});

test("it lasts for as long as a server runs, and two minutes", async () => {
  const world = new World();
  const [a, b] = [world.node("a"), world.node("b")];
  await world.advance(100);
  a.cluster.keepPolicy("changed");
  await world.advance(100);
  await world.settle(a.stop());
  await world.advance(600_000);
  const c = world.node("c");
  await world.advance(100);
  expect(c.policies).toEqual(["changed"]);
  b.kill();
  c.kill();
  await world.advance(100_000);
  const soonAfter = world.node("d");
  await world.advance(100);
  expect(soonAfter.policies).toEqual(["changed"]);
  soonAfter.kill();
  await world.advance(130_000);
  const muchLater = world.node("e");
  await world.advance(30_000);
  expect(muchLater.policies).toEqual([]);
});
