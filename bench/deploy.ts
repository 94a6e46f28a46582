/**
 * A rolling deploy of three servers behind nginx under load, and what members noticed of it:
 *
 *   npm run bench:deploy -- [rooms] [members of each] [messages a second of one of them]
 *
 * All of it runs on this machine: where the load says that it was at work all the time, some members
 * could not move in time, and their servers ended before they did. Then let them say less.
 * It needs nginx and redis-server (`node scripts/setup.mjs --tests`).
 */
import { availableParallelism } from "node:os";
import {
  buildNode,
  NodeProcess,
  program,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { histogram, inWords } from "../signaling-server/src/load/command.ts";
import { load } from "../signaling-server/src/load/load.ts";
import { Nginx } from "../signaling-server/src/nginx-process.ts";

/** As in production. */
const WINDOW_SECONDS = 20;
/** Bars of a window's histogram. */
const BARS = 10;

const [rooms = 300, members = 10, messages = 1] = process.argv.slice(2).map(Number);

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
  const windows: { began: number; seconds: number }[] = [];
  try {
    const options = {
      ...{ server: nginx.url, rooms, members, moving: 1, seconds: 1, rate: 0, messages },
      threads: { count: availableParallelism(), program },
      progress: (what: string) => console.error(what),
      meanwhile: async () => {
        for (const [i, node] of nodes.entries()) {
          const began = Date.now();
          await node.end("SIGTERM");
          const seconds = (Date.now() - began) / 1000;
          windows.push({ began, seconds });
          console.error(`server ${i + 1} was empty and ended after ${seconds.toFixed(1)} s`);
          nodes[i] = await start(node.port);
        }
      },
    };
    const report = await load(options);
    console.log(`\nRolling deploy, ${balancing}: ${inWords(report, options)}`);
    for (const [i, { began, seconds }] of windows.entries()) {
      const bars = Array.from({ length: BARS }, () => 0);
      for (const time of report.reconnections.times) {
        const bar = Math.floor(((time - began) / 1000 / seconds) * BARS);
        if (bar in bars) bars[bar] = (bars[bar] ?? 0) + 1;
      }
      console.log(`  from server ${i + 1}`);
      for (const line of histogram(bars, seconds)) console.log(line);
    }
  } finally {
    await nginx.stop();
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await redis.kill();
    removeBuild();
  }
}
process.exit();
