import { expect, test } from "vitest";
import { World } from "./cluster/test-node.ts";
import { Rooms } from "./rooms.ts";
import { createStats } from "./stats.ts";

test("closed, they make and share no room again", () => {
  const world = new World();
  const { clock, wallNow } = world;
  const { cluster } = world.node("a");
  const rooms = new Rooms({
    ...{ clock, cluster, most: 10 },
    roomOptions: () => ({
      ...{ clock, wallNow, policy: { paths: "all", meshLimit: 16 }, stats: createStats() },
      iceFor: () => ({ servers: [], ttlSeconds: 0 }),
    }),
  });
  rooms.named("before");
  expect(cluster.health.rooms).toBe(1);
  rooms.close({ code: "shutting-down", message: "" });
  expect(rooms.prepare("after", true)).toBeUndefined();
  expect(() => rooms.named("after")).toThrow("closed");
  expect([...rooms]).toEqual([]);
  expect(cluster.health.rooms).toBe(0);
});
