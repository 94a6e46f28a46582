import { expect, test, vi } from "vitest";
import { World } from "./cluster/test-node.ts";
import { Rooms } from "./rooms.ts";
import { createSignalingServer } from "./server.ts";
import { TestClient, urlOf } from "./test-client.ts";

test("whoever waits for Redis when the server closes is told so, and enters no room", async () => {
  const world = new World();
  vi.doMock("./cluster/redis-commons.ts", () => ({ redisCommons: () => world.redis.connect }));
  const prepare = vi.spyOn(Rooms.prototype, "prepare");
  const { clock, wallNow } = world;
  const redisUrl = "redis://in-memory";
  const server = createSignalingServer({ port: 0, log: () => {}, redisUrl, clock, wallNow });
  await server.listen();
  await vi.waitFor(async () => {
    await world.advance(1);
    expect(server.cluster?.state).toBe("up");
  });
  const client = new TestClient(urlOf(server));
  // Time stands still, so the room cannot be read before the server closes.
  await vi.waitFor(() => expect(prepare).toHaveBeenCalledWith("room", true));
  const closed = server.close();
  expect(await client.until(() => client.story[0])).toBe("refused");
  expect(client.all("refused")).toMatchObject([{ code: "shutting-down" }]);
  await world.settle(closed);
  expect(server.stats().errors).toBe(0);
  expect(server.cluster?.rooms).toBe(0);
  expect(world.redis.room("room").records.size).toBe(0);
  // No timer keeps the process alive.
  await world.advance(1_000);
  expect(clock.next).toBeNull();
});
