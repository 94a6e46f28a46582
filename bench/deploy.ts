/**
 * A rolling deploy of three servers behind nginx under load, and what members noticed of it:
 *
 *   npm run bench:deploy -- [rooms] [members of each]
 *
 * It needs nginx and redis-server (`node scripts/setup.mjs --tests`).
 */
import {
  buildNode,
  NodeProcess,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { inWords } from "../signaling-server/src/load/command.ts";
import { load } from "../signaling-server/src/load/load.ts";
import { Nginx } from "../signaling-server/src/nginx-process.ts";

/** As in production. */
const WINDOW_SECONDS = 20;

const [rooms = 300, members = 10] = process.argv.slice(2).map(Number);

for (const balancing of ["by-room", "round-robin"] as const) {
  await buildNode();
  const redis = await RedisProcess.start();
  const start = (port = 0) =>
    NodeProcess.start(redis.url, [`--drain-window=${WINDOW_SECONDS}`, `--port=${port}`]);
  const nodes = await Promise.all([start(), start(), start()]);
  const nginx = await Nginx.start(
    balancing,
    nodes.map(({ port }) => port),
  );
  try {
    const options = {
      ...{ server: nginx.url, rooms, members, moving: 1, seconds: 1, rate: 2, messages: 1 },
      progress: (what: string) => console.error(what),
      meanwhile: async () => {
        for (const [i, node] of nodes.entries()) {
          const began = performance.now();
          await node.end("SIGTERM");
          const seconds = ((performance.now() - began) / 1000).toFixed(1);
          console.error(`server ${i + 1} was empty and ended after ${seconds} s`);
          nodes[i] = await start(node.port);
        }
      },
    };
    const report = await load(options);
    console.log(`\nRolling deploy, ${balancing}: ${inWords(report, options)}`);
  } finally {
    await nginx.stop();
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await redis.kill();
    removeBuild();
  }
}
process.exit();
