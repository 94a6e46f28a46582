export {
  type Access,
  AccessError,
  type AccessErrorCode,
  type Authenticate,
  type AuthenticateRequest,
} from "./access/access.ts";
export {
  type MemberSummary,
  OthersUnreachableError,
  type ServerMessageOptions,
} from "./access/operator.ts";
export type { DrainOptions } from "./drain.ts";
export type { LimitName, LimitOptions } from "./limits/limits.ts";
export type { Fields, Logger } from "./log.ts";
export type {
  AdminOptions,
  OperatorPolicy,
  PolicyOptions,
  SignalingServerOptions,
  Timings,
  UpgradeServer,
} from "./options.ts";
export { createSignalingServer, type RoomCount, type SignalingServer } from "./server.ts";
export type { Count, ServerStats } from "./stats.ts";
export type { TurnOptions } from "./turn.ts";
