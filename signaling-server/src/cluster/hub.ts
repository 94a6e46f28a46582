import type { Clock } from "../../../lib/src/clock.ts";
import type { Commons } from "./commons.ts";
import type { Nodes } from "./nodes.ts";
import type { ClusterStats } from "./stats.ts";

/** What the parts of a node need of it. */
export interface Hub {
  readonly self: string;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly nodes: Nodes;
  readonly stats: ClusterStats;
  /** The living connection, and since when (the clock's time, in milliseconds). */
  readonly commons: Commons | undefined;
  readonly upSince: number;
  ask<T>(ask: (commons: Commons) => Promise<T>): Promise<T | undefined>;
}
