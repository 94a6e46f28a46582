/** How a server stands to the others. */
import type { UplinkState } from "./uplink.ts";

export interface ClusterHealth {
  /** `up`: Redis can be used; `waiting`: it cannot, and is spared for a moment. */
  readonly state: UplinkState;
  /** Since when, wall clock in milliseconds. */
  readonly since: number;
  /** Nodes heard of within the last 10 s, with this one. */
  readonly nodes: number;
  /** Rooms that this node shares with others. */
  readonly rooms: number;
  /** Why Redis cannot be used, for the log. */
  readonly error: string | undefined;
}
