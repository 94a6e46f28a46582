export { createRoom, joinRoom } from "./room/create.ts";
export { SkeinError, type SkeinErrorCode } from "./room/errors.ts";
export { sameUser } from "./room/same-user.ts";
export type * from "./room/types.ts";
