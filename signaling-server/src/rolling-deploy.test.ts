/** Three servers behind nginx, with one Redis, deployed one after the other under load. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildNode, NodeProcess, program, removeBuild } from "./cluster/node-process.ts";
import { RedisProcess } from "./cluster/redis-process.ts";
import { load } from "./load/load.ts";
import { type Balancing, Nginx } from "./nginx-process.ts";

/** Over which each server's clients move; in production it is 20. */
const WINDOW_SECONDS = 4;

beforeAll(buildNode);
afterAll(removeBuild);

// Clients wait for their moment most of the time; each deploy has a Redis of its own.
test.concurrent.each<Balancing>(["by-room", "round-robin"])(
  "a rolling deploy, %s: no message is lost or doubled, and nobody is seen to leave",
  async (balancing) => {
    const redis = await RedisProcess.start();
    const start = (port = 0) =>
      NodeProcess.start(redis.url, [`--drain-window=${WINDOW_SECONDS}`, `--port=${port}`]);
    const nodes = await Promise.all([start(), start(), start()]);
    const before = [...nodes];
    const nginx = await Nginx.start(
      balancing,
      nodes.map(({ port }) => port),
    );
    try {
      const { messages, leaves, notes, ...report } = await load({
        server: nginx.url,
        rooms: 40,
        members: 5,
        moving: 1,
        // And as long as the deploy takes.
        seconds: 3 * WINDOW_SECONDS,
        rate: 0,
        messages: 2,
        threads: { count: 2, program },
        // As an orchestrator does it: the next one only when the last is back and ready.
        meanwhile: async () => {
          for (const [i, node] of nodes.entries()) {
            await node.end("SIGTERM");
            nodes[i] = await start(node.port);
          }
        },
      });
      expect(nodes.some((node) => before.includes(node))).toBe(false);
      expect(messages.sent).toBeGreaterThan(0);
      // What members went through beside, for whoever has to find out why.
      expect({ lost: messages.lost, doubled: messages.doubled, leaves, notes }).toEqual({
        ...{ lost: 0, doubled: 0, leaves: 0 },
        notes: expect.anything(),
      });
      // Everybody was on another server at some time.
      expect(report.reconnections.count).toBeGreaterThanOrEqual(report.members);
    } finally {
      await nginx.stop();
      await Promise.all(nodes.map((node) => node.end("SIGKILL")));
      await redis.kill();
    }
  },
  180_000,
);
