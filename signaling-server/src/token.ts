/** `skein-server/token`: room tokens, made and read. Needs no server beside it. */
export {
  type Access,
  AccessError,
  type AccessErrorCode,
  type Authenticate,
  type AuthenticateRequest,
} from "./access/access.ts";
export { type MintOptions, mintToken } from "./access/mint.ts";
export { type RoomTokenOptions, roomTokens, type TokenClaims } from "./access/room-tokens.ts";
