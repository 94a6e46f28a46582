export type { SignalingServerOptions, Timings, UpgradeServer } from "./options.ts";
export { createSignalingServer, type RoomCount, type SignalingServer } from "./server.ts";
export type { ServerStats } from "./stats.ts";
export type { TurnOptions } from "./turn.ts";
