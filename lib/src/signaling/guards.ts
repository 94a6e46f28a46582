/**
 * What the signaling server may say, checked before anybody sees it. The server, and the peers whose
 * presence and signals it passes on, are strangers: shapes, types and sizes are looked at here, once,
 * and whatever is not as events.ts says is dropped and counted.
 */
import {
  type IceServer,
  type IceServers,
  type Json,
  MAX_PRESENCE_BYTES,
  type MemberInfo,
  type Policy,
  type Refusal,
  type RefusalCode,
  type ServerToClientEvents,
  type VersionedPresence,
  type VouchedUser,
  type Welcome,
} from "./events.ts";
import { MAX_GRANT_LENGTH, MAX_GRANTS } from "./grants.ts";

/** Members in one welcome: far above any room, far below what would block a page. */
export const MAX_MEMBERS = 10_000;
const MAX_ICE_SERVERS = 32;
/** Characters of an ICE URL, a user name, a credential, a sentence for developers. */
export const MAX_LINE = 1024;
/** Characters of a `mid` or a user name fragment (RFC 8839 allows 256). */
export const MAX_TOKEN = 256;

export type Guard<T> = (value: unknown) => value is T;

type Shape<T> = { readonly [K in keyof T]-?: Guard<Exclude<T[K], undefined>> };

export const guard = <T>(test: (value: unknown) => boolean): Guard<T> => test as Guard<T>;

export const bool = guard<boolean>((value) => typeof value === "boolean");
const from = (least: number) =>
  guard<number>((value) => Number.isSafeInteger(value) && (value as number) >= least);
export const count = from(0);
export const handle = from(1);
export const text = (most: number) =>
  guard<string>((value) => typeof value === "string" && value.length <= most);
export const like = (pattern: RegExp) =>
  guard<string>((value) => typeof value === "string" && pattern.test(value));
export const one = <T extends string>(...allowed: readonly T[]) =>
  guard<T>((value) => (allowed as readonly unknown[]).includes(value));
export const either = <A, B>(a: Guard<A>, b: Guard<B>) =>
  guard<A | B>((value) => a(value) || b(value));
export const optional = <T>(inner: Guard<T>) =>
  guard<T>((value) => value === undefined || inner(value));
export const nullable = <T>(inner: Guard<T>) =>
  guard<T | null>((value) => value === null || inner(value));
export const list = <T>(most: number, inner: Guard<T>) =>
  guard<readonly T[]>(
    (value) => Array.isArray(value) && value.length <= most && value.every(inner),
  );
const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const object = <T>(shape: Shape<T>) => {
  const fields = Object.entries(shape) as [string, Guard<unknown>][];
  return guard<T>((value) => isObject(value) && fields.every(([key, is]) => is(value[key])));
};
export const both = <A, B>(a: Guard<A>, b: Guard<B>) =>
  guard<A & B>((value) => a(value) && b(value));

/** UTF-8 bytes of a value as JSON; Infinity when it cannot be written at all. */
export function jsonBytes(value: unknown): number {
  try {
    return new TextEncoder().encode(JSON.stringify(value)).length;
  } catch {
    // Nested so deep that writing it overflows the stack, or not JSON.
    return Number.POSITIVE_INFINITY;
  }
}

/** base64url of 16 bytes. */
export const isPeerId = like(/^[\w-]{21}[AQgw]$/);

const state = guard<{ readonly [key: string]: Json }>(
  (value) => isObject(value) && jsonBytes(value) <= MAX_PRESENCE_BYTES,
);
const presence = object<VersionedPresence>({ version: count, state });

export const user = both(
  state,
  object<{ id: string; name: string }>({ id: text(MAX_LINE), name: optional(text(MAX_LINE)) }),
) as Guard<VouchedUser>;

export const grants = list(MAX_GRANTS, text(MAX_GRANT_LENGTH));

const member = object<MemberInfo>({
  id: isPeerId,
  handle,
  join: count,
  features: count,
  webrtc: bool,
  seat: bool,
  away: bool,
  presence,
  user: optional(user),
  grants: optional(grants),
});

export const members = list(MAX_MEMBERS, member);

/** Looked at by what opens WebRTC paths, if they are anything that it can use: webrtc-guards.ts. */
const ice = object<IceServers>({
  servers: list(MAX_ICE_SERVERS, guard<IceServer>(isObject)),
  ttlSeconds: count,
});

const policy = object<Policy>({
  paths: one("all", "relay", "server"),
  meshLimit: count,
  pace: optional(count),
});

/** After which trying again is no use: only the developer or the user can help. */
const FINAL = [
  "unsupported-protocol",
  "bad-room-name",
  "bad-handshake",
  "room-mismatch",
  "origin-not-allowed",
  "unauthorized",
  "token-invalid",
  "token-not-yet-valid",
  "token-wrong-room",
  "forbidden",
  "stale-generation",
  "replaced",
  "removed",
  "presence-too-large",
] as const;

const PASSING = [
  "auth-unavailable",
  // For one who can have another, or a session that goes on: Tokens says when it is the end.
  "token-expired",
  "frame-too-large",
  "bad-message",
  "handshake-timeout",
  "too-many-members",
  "too-many-rooms",
  "too-many-sockets",
  "rate-limited",
  "shutting-down",
] as const;

type Known = (typeof FINAL)[number] | (typeof PASSING)[number];
/** A new code that is in neither list does not compile. */
const isCode: Guard<Known & RefusalCode> & Guard<RefusalCode> = one<Known>(...FINAL, ...PASSING);

/** Whether the same request would be refused again. */
export const isFinal = (code: RefusalCode): boolean => (FINAL as readonly string[]).includes(code);

export const isRefusal: Guard<Refusal> = object<Refusal>({
  code: isCode,
  message: text(MAX_LINE),
});

/** Events that come seldom, or not before one has joined: late-guards.ts. A frame is bytes. */
type Late =
  | ("vouched" | "renewed" | "notRenewed" | "message" | "echo" | "drain" | "audit" | "roll")
  | ("page" | "batch" | "knock" | "signal" | "undelivered" | "spread");

/** The JSON events that are understood from the first, and what each must carry. */
export const EVENT_GUARDS: {
  readonly [K in Exclude<keyof ServerToClientEvents, "frame" | Late>]: Guard<
    Parameters<ServerToClientEvents[K]>[0]
  >;
} = {
  welcome: object<Welcome>({
    protocol: count,
    features: count,
    self: member,
    resumed: bool,
    members,
    size: optional(count),
    ice,
    policy,
    ttlSeconds: optional(count),
    spread: optional(count),
  }),
  joined: member,
  away: object({ id: isPeerId }),
  back: object({ id: isPeerId, handle }),
  left: object({ id: isPeerId, reason: one("goodbye", "lost", "removed") }),
  presence: both(object({ id: isPeerId }), presence),
  seat: object({ id: isPeerId, seat: bool }),
  ice,
  policy,
  credit: count,
  refused: isRefusal,
};
