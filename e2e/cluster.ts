/** Three servers, one Redis, and nginx in front as it is deployed. */
import {
  buildNode,
  NodeProcess,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { type Balancing, Nginx } from "../signaling-server/src/nginx-process.ts";
import type { Library } from "./library-server.ts";
import { pageFiles } from "./page-files.ts";
import { serveBefore } from "./serve-library.ts";

/** The test page, whose rooms are on three servers: with `round-robin` each tab is on another one. */
export async function startClustered(balancing: Balancing): Promise<Library> {
  const [redis, files] = await Promise.all([RedisProcess.start(), pageFiles(), buildNode()]);
  const nodes = await Promise.all([0, 1, 2].map(() => NodeProcess.start(redis.url)));
  const nginx = await Nginx.start(
    balancing,
    nodes.map(({ port }) => port),
  );
  const pages = await serveBefore(nginx.url, files);
  return {
    ...pages,
    get server(): never {
      throw new Error("There are three servers, in processes of their own.");
    },
    async close() {
      await pages.close();
      await nginx.stop();
      await Promise.all(nodes.map((node) => node.end("SIGKILL")));
      await redis.kill();
      removeBuild();
    },
  };
}
