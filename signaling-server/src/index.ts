export {
  type Access,
  AccessError,
  type AccessErrorCode,
  type Authenticate,
  type AuthenticateRequest,
} from "./access/access.ts";
export type { SignalingServerOptions, Timings, UpgradeServer } from "./options.ts";
export {
  createSignalingServer,
  type MemberSummary,
  type RoomCount,
  type ServerMessageOptions,
  type SignalingServer,
} from "./server.ts";
export type { ServerStats } from "./stats.ts";
export type { TurnOptions } from "./turn.ts";
