import type { Activity } from "./types.ts";

/** In the order of their numbers on the wire. */
export const ACTIVITIES: readonly Activity[] = ["active", "idle", "hidden"];
