/** Makes room tokens, in any back end on Node: it needs no server. */
import { SignJWT } from "jose";
import type { VouchedUser } from "../../../lib/src/signaling/events.ts";
import type { Grant } from "../../../lib/src/signaling/grants.ts";
import { checkGrants, checkUser } from "./access.ts";
import { secretBytes } from "./secret.ts";

/** A client asks for the next one while three quarters are over: no need for long lives. */
const TTL_SECONDS = 600;
const MAX_TTL_SECONDS = 30 * 24 * 3600;

export interface MintOptions {
  /** The same as the server's SKEIN_TOKEN_SECRET: at least 32 bytes. */
  readonly secret: string | Uint8Array;
  /** The room's name; with `*` at its end all rooms whose names begin so. `"*"`: every room. */
  readonly room: string;
  /** Whom the server is to vouch for: `{ id, name }` and whatever else the others are to know. */
  readonly user?: VouchedUser;
  /** What this user may do. Absent: everything. `[]`: look on. */
  readonly grants?: readonly Grant[];
  /** Seconds until it expires, up to 30 days. Default 600: it is renewed over the open socket. */
  readonly ttlSeconds?: number;
}

/**
 * A token for the `token` option of `joinRoom`: a JWT signed with HS256.
 *
 * @throws TypeError when an option is not what it may be; never with the secret in it
 */
export async function mintToken(options: MintOptions): Promise<string> {
  const { secret, room, user, grants, ttlSeconds = TTL_SECONDS } = options;
  const key = secretBytes(secret);
  if (typeof room !== "string" || room === "") {
    throw new TypeError('room must be a room\'s name, or a beginning of names such as "team-7/*"');
  }
  if (!(Number.isInteger(ttlSeconds) && ttlSeconds > 0 && ttlSeconds <= MAX_TTL_SECONDS)) {
    throw new TypeError(`ttlSeconds is ${ttlSeconds}; allowed: 1 to ${MAX_TTL_SECONDS}`);
  }
  const { id, name, ...more } = user === undefined ? { id: undefined } : checkUser(user);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    room,
    ...(id === undefined ? {} : { sub: id }),
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(more).length === 0 ? {} : { user: more }),
    ...(grants === undefined ? {} : { grants: checkGrants(grants) }),
  })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(now)
    .setExpirationTime(now + ttlSeconds)
    .sign(key);
}
