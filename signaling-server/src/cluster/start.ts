import { randomBytes } from "node:crypto";
import type { CheckedOptions } from "../options.ts";
import { Cluster } from "./cluster.ts";
import type { Connect } from "./commons.ts";
import { parseJson } from "./packets.ts";

/** Bytes of a node's name: it is made anew with each process. */
const NAME_BYTES = 9;

/** This server among others, if it is told where they meet. Nothing happens before its `start()`. */
export function createCluster(
  options: CheckedOptions,
  onPolicy: (kept: unknown) => void,
  onOrder: (order: unknown) => void,
): Cluster | undefined {
  const { redisUrl, redisPrefix, clock, wallNow, log, timings } = options;
  if (redisUrl === undefined) return undefined;
  const connect: Connect = async (self, events) => {
    // Whoever has no Redis does not load its client.
    const { redisCommons } = await import("./redis-commons.ts");
    return redisCommons(redisUrl, redisPrefix)(self, events);
  };
  return new Cluster({
    self: randomBytes(NAME_BYTES).toString("base64url"),
    connect,
    clock,
    wallNow,
    random: Math.random,
    log,
    lostAfterMs: timings.lostAfterMs,
    onOrder,
    onPolicy: (text) => {
      try {
        onPolicy(parseJson(text));
      } catch (error) {
        log.warn({ reason: (error as Error).message }, "another node's policy was not understood");
      }
    },
  });
}
