/**
 * What it costs three servers when the balancer does not keep a room on one of them: the same load
 * behind nginx by room and in turn, one after the other.
 *
 *   npm run bench:balancing -- [seconds] [rooms] [members of each] [of those moving]
 *
 * It needs nginx and redis-server (`node scripts/setup.mjs --tests`).
 */
import { availableParallelism } from "node:os";
import { Redis } from "ioredis";
import {
  buildNode,
  NodeProcess,
  program,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { type LoadReport, load } from "../signaling-server/src/load/load.ts";
import { type Balancing, Nginx } from "../signaling-server/src/nginx-process.ts";

const [seconds = 10, rooms = 30, members = 10, moving = 2] = process.argv.slice(2).map(Number);

/** Of all three servers together. */
interface Spent {
  readonly processor: number;
  readonly redis: number;
  readonly framesIn: number;
  readonly framesOverRedis: number;
}

async function spent(nodes: readonly NodeProcess[], redis: Redis): Promise<Spent> {
  const texts = await Promise.all(
    nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  );
  const sum = (line: RegExp) =>
    texts.reduce(
      (total, text) =>
        total + [...text.matchAll(line)].reduce((sum, [, value]) => sum + Number(value), 0),
      0,
    );
  const info = await redis.info("cpu");
  const used = [...info.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)];
  return {
    processor: sum(/^process_cpu_seconds_total (\S+)$/gm),
    redis: used.reduce((total, [, value]) => total + Number(value), 0),
    framesIn: sum(/^skein_frames_in_total\{.*\} (\S+)$/gm),
    framesOverRedis: sum(/^skein_nodes_events_total\{kind="framesIn"\} (\S+)$/gm),
  };
}

async function run(balancing: Balancing): Promise<LoadReport & Spent> {
  const redis = await RedisProcess.start();
  const client = new Redis(redis.url);
  const nodes = await Promise.all([0, 1, 2].map(() => NodeProcess.start(redis.url)));
  const nginx = await Nginx.start(
    balancing,
    nodes.map(({ port }) => port),
  );
  try {
    let before: Spent | undefined;
    const report = await load({
      ...{ server: nginx.url, rooms, members, moving, seconds, rate: 30, messages: 1 },
      threads: { count: availableParallelism(), program },
      meanwhile: async () => {
        before = await spent(nodes, client);
      },
    });
    const after = await spent(nodes, client);
    const since = (of: keyof Spent) => after[of] - (before?.[of] ?? 0);
    return {
      ...report,
      processor: since("processor"),
      redis: since("redis"),
      framesIn: since("framesIn"),
      framesOverRedis: since("framesOverRedis"),
    };
  } finally {
    client.disconnect();
    await nginx.stop();
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await redis.kill();
  }
}

await buildNode();
try {
  console.log(
    `Three servers, ${rooms} rooms of ${members}, ${moving} of each moving at 30 Hz, ${seconds} s`,
  );
  const perUpdate: number[] = [];
  for (const balancing of ["by-room", "round-robin"] as const) {
    const { processor, redis, framesIn, framesOverRedis, cursors, messages, busy } =
      await run(balancing);
    const delivered = cursors.delivered + messages.delivered;
    perUpdate.push((processor + redis) / delivered);
    console.log(
      [
        balancing.padEnd(12),
        `${Math.round(delivered / (processor + redis)).toLocaleString("en")} updates per CPU second`,
        `servers ${processor.toFixed(1)} s, Redis ${redis.toFixed(1)} s`,
        `${(framesOverRedis / framesIn).toFixed(2)} trips over Redis per frame`,
        `messages ${messages.latencyMs.p50.toFixed(1)} ms median, ${messages.latencyMs.p99.toFixed(0)} p99, ${messages.lost} lost`,
        `cursors ${cursors.perPairHz.toFixed(1)} Hz a pair, load ${Math.round(100 * busy)} % busy`,
      ].join("; "),
    );
  }
  const [byRoom = 1, inTurn = 1] = perUpdate;
  console.log(`In turn an update costs ${(inTurn / byRoom).toFixed(1)} times as much.`);
} finally {
  removeBuild();
}
process.exit();
