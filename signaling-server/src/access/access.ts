/** What an app's own `authenticate` is asked and may answer. */
import type { IncomingHttpHeaders } from "node:http";
import type { RefusalCode, Vouched, VouchedUser } from "../../../lib/src/signaling/events.ts";
import { type Grant, isGrant, MAX_GRANTS } from "../../../lib/src/signaling/grants.ts";
import { isRecord, jsonBytes } from "../checks.ts";

/** Largest user, in bytes of JSON: it is in every `welcome`, times the members. */
const MAX_USER_BYTES = 4 * 1024;
/** Longest `id` and `name` of a user, in characters. */
const MAX_USER_TEXT = 256;
/** As milliseconds since 1970 a number below this is in 1973; as seconds it is in 5138. */
const SURELY_SECONDS = 100_000_000_000;

export interface AuthenticateRequest {
  /**
   * Cookies of the page's WebSocket request. Empty for a page from elsewhere, unless `origins` names
   * its origin: another site must not act in the name of whoever visits it.
   */
  readonly cookies: { readonly [name: string]: string | undefined };
  /** Headers of the WebSocket request; without `cookie` where `cookies` is empty. */
  readonly headers: IncomingHttpHeaders;
  /** The client's `token` option. */
  readonly token: string | undefined;
  readonly room: string;
  /** The network address that the client comes from, or a proxy's unless `trustProxy` says how many. */
  readonly address: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What the server is to vouch for. */
export interface Access {
  /** Every other member sees it; at most 4 KiB as JSON. `id` is a string. */
  readonly user?: VouchedUser | undefined;
  /** What this member may do. Absent: everything. `[]`: look on. */
  readonly grants?: readonly Grant[] | undefined;
  /** A date, or milliseconds since 1970. The member must have renewed its token by then. */
  readonly expires?: Date | number | undefined;
}

/** Throw an {@link AccessError} to refuse; see docs/access.md. */
export type Authenticate = (request: AuthenticateRequest) => Access | Promise<Access>;

/** The reasons that `authenticate` can give. */
export type AccessErrorCode = Extract<
  RefusalCode,
  | "unauthorized"
  | "auth-unavailable"
  | "token-invalid"
  | "token-expired"
  | "token-not-yet-valid"
  | "token-wrong-room"
>;

/**
 * Refuses a client and tells it why: whoever wrote the page reads `message`, so keep secrets out of
 * it. After `auth-unavailable` the client tries again by itself; the other codes are final, unless
 * it can fetch another token.
 */
export class AccessError extends Error {
  readonly code: AccessErrorCode;

  constructor(message: string, code: AccessErrorCode = "unauthorized", options?: ErrorOptions) {
    super(message, options);
    this.name = "AccessError";
    this.code = code;
  }
}

/** What was answered, checked. */
export interface CheckedAccess {
  readonly vouched: Vouched;
  /** Milliseconds since 1970; Infinity: never. */
  readonly expires: number;
}

/** Throws a TypeError when `authenticate` answered anything else. Nothing at all is no consent. */
export function checkAccess(answer: unknown): CheckedAccess {
  if (!isRecord(answer)) {
    throw new TypeError("authenticate must return an object such as { user, grants }, or throw");
  }
  const { user, grants, expires } = answer;
  return {
    vouched: {
      ...(user === undefined || user === null ? {} : { user: checkUser(user) }),
      ...(grants === undefined ? {} : { grants: checkGrants(grants) }),
    },
    expires: checkExpires(expires),
  };
}

/** Throws a TypeError. */
export function checkUser(user: unknown): VouchedUser {
  if (!isRecord(user)) throw new TypeError("user must be an object such as { id, name }");
  const { id, name } = user;
  if (typeof id !== "string" || id === "" || id.length > MAX_USER_TEXT) {
    throw new TypeError(
      `user.id must be a string of 1 to ${MAX_USER_TEXT} characters (write String(id) for a number)`,
    );
  }
  if (name !== undefined && (typeof name !== "string" || name.length > MAX_USER_TEXT)) {
    throw new TypeError(`user.name must be a string of at most ${MAX_USER_TEXT} characters`);
  }
  if (jsonBytes(user) > MAX_USER_BYTES) {
    throw new TypeError(`user must have at most ${MAX_USER_BYTES} bytes as JSON`);
  }
  // As it will travel, and no object that the app goes on changing.
  return JSON.parse(JSON.stringify(user)) as VouchedUser;
}

/** Throws a TypeError. */
export function checkGrants(grants: unknown): Grant[] {
  if (!Array.isArray(grants) || grants.length > MAX_GRANTS) {
    throw new TypeError(`grants must be a list of at most ${MAX_GRANTS} strings`);
  }
  const unknown: unknown = grants.find((grant) => !isGrant(grant));
  if (unknown !== undefined) {
    throw new TypeError(
      `grants has ${JSON.stringify(unknown)}; there are "cursor", "message", "message:" and a type, "presence" and "document"`,
    );
  }
  return [...new Set(grants as Grant[])];
}

function checkExpires(expires: unknown): number {
  if (expires === undefined || expires === null) return Number.POSITIVE_INFINITY;
  const ms = expires instanceof Date ? expires.getTime() : expires;
  if (typeof ms !== "number" || !(ms >= SURELY_SECONDS)) {
    throw new TypeError(
      "expires must be a Date, or milliseconds since 1970 such as Date.now() has",
    );
  }
  return ms;
}
