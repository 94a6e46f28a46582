/** How much clients may ask of one server: each limit with its default and the reason for it. */

import type { Allowance } from "../../../lib/src/meter.ts";
import {
  MAX_FRAME_BYTES,
  MAX_PRESENCE_BYTES,
  type Refusal,
} from "../../../lib/src/signaling/events.ts";
import { type Allowed, wholeNumber } from "../allowed.ts";

export interface LimitOptions {
  /**
   * Members of one room, on all servers, 1 to 10,000: what clients read in one welcome. Those who were
   * in it may always come back. Default 2,000.
   */
  readonly members?: number;
  /** Rooms on this server, 1 to 1,000,000. Default 20,000. */
  readonly rooms?: number;
  /**
   * Sockets of this server in all, 1 to 1,000,000; others are answered 503, so that a balancer tries the
   * next server. Default 20,000: some 400 MB.
   */
  readonly sockets?: number;
  /**
   * Sockets of one network address at once (of IPv6 a /64, which one host has to itself), 1 to 1,000,000,
   * and as many new ones a minute. Default 1,000, and none for loopback and private addresses, which
   * are most often a proxy's: given, it holds for those too. See `trustProxy`.
   */
  readonly addressSockets?: number;
  /** Sockets of one user whom the server vouches for, 1 to 1,000,000. Default 100. */
  readonly userSockets?: number;
  /** Largest binary message, 20,480 to 32,768 bytes (default): clients send up to 16 KiB and routes. */
  readonly frameBytes?: number;
  /** Largest presence as JSON, 64 to 16,384 bytes (default). */
  readonly presenceBytes?: number;
  /**
   * Presence of all members of a room together, 16,384 to 6,291,456 bytes as JSON: it is in every
   * welcome. Default 3,145,728. An even share of it, by `members`, everybody may have in any case.
   */
  readonly roomPresenceBytes?: number;
  /**
   * Messages a second of one socket in the long run, 10 to 1,000,000; as many as two seconds' at once.
   * Default 2,000. Above it cursors, latest values and presence frames are dropped, and clients are
   * slowed down; who goes on is cut off.
   */
  readonly framesPerSecond?: number;
  /**
   * Bytes a second of one socket in the long run, 16,384 to 1,000,000,000; as many as two seconds' at
   * once. Default 4,194,304. Above it as with `framesPerSecond`.
   */
  readonly bytesPerSecond?: number;
  /** What a client may take for its request, and again from there to CONNECT: 1 to 60 s. Default 10. */
  readonly handshakeSeconds?: number;
}

export type CheckedLimits = Required<LimitOptions> & {
  /** Whether addresses count that are most often a proxy's. */
  readonly privateToo: boolean;
};

/** A slow phone on a slow network needs three; whoever needs longer has no use for cursors. */
const HANDSHAKE_SECONDS = 10;

type Limit = keyof LimitOptions;

export const LIMITS: { readonly [L in Limit]: Allowed<number> & { readonly default: number } } = {
  members: { ...wholeNumber(1, 10_000), default: 2_000 },
  rooms: { ...wholeNumber(1, 1_000_000), default: 20_000 },
  sockets: { ...wholeNumber(1, 1_000_000), default: 20_000 },
  addressSockets: { ...wholeNumber(1, 1_000_000), default: 1_000 },
  userSockets: { ...wholeNumber(1, 1_000_000), default: 100 },
  frameBytes: {
    ...wholeNumber(20 * 1024, MAX_FRAME_BYTES, "bytes"),
    default: MAX_FRAME_BYTES,
  },
  presenceBytes: { ...wholeNumber(64, MAX_PRESENCE_BYTES, "bytes"), default: MAX_PRESENCE_BYTES },
  roomPresenceBytes: {
    ...wholeNumber(16 * 1024, 6 * 1024 * 1024, "bytes"),
    default: 3 * 1024 * 1024,
  },
  framesPerSecond: { ...wholeNumber(10, 1_000_000), default: 2_000 },
  bytesPerSecond: {
    ...wholeNumber(16 * 1024, 1_000_000_000, "bytes"),
    default: 4 * 1024 * 1024,
  },
  handshakeSeconds: { ...wholeNumber(1, 60, "seconds"), default: HANDSHAKE_SECONDS },
};

/** Proxies before a server that can be looked through: more is a mistake. */
export const MAX_PROXIES = 16;

export const LIMIT_NAMES = Object.keys(LIMITS) as Limit[];

/** What `limits` leaves open is as in LIMITS. `need` refuses. */
export function checkLimits(
  limits: LimitOptions,
  need: (allowed: Allowed<number>, option: string, value: number) => void,
): CheckedLimits {
  const checked = {} as { [L in Limit]: number };
  for (const name of LIMIT_NAMES) {
    checked[name] = limits[name] ?? LIMITS[name].default;
    need(LIMITS[name], `limits.${name}`, checked[name]);
  }
  return { ...checked, privateToo: limits.addressSockets !== undefined };
}

/** Seconds' worth of its rate that a socket may send at once: a join of a large room is a burst. */
const AT_ONCE_SECONDS = 2;
/**
 * An honest client has at most 320 KiB unconfirmed (docs/protocol.md), and stops when no credit comes:
 * so many bytes, or so many of the smallest messages, which have ten, are no proof that it does not.
 */
const OWED_BYTES = 512 * 1024;
const OWED_FRAMES = 32 * 1024;

/** What a socket may send. */
export interface Rates {
  readonly frames: Allowance;
  readonly bytes: Allowance;
}

export const ratesOf = ({ framesPerSecond, bytesPerSecond }: CheckedLimits): Rates => ({
  frames: allowance(framesPerSecond, OWED_FRAMES),
  bytes: allowance(bytesPerSecond, OWED_BYTES),
});

const allowance = (perSecond: number, owed: number): Allowance => ({
  ...{ perSecond, atOnce: AT_ONCE_SECONDS * perSecond, owed },
});

/** What somebody ran into, as metrics name it. */
export type LimitName =
  | "members"
  | "rooms"
  | "sockets"
  | "address-sockets"
  | "address-joins"
  | "user-sockets"
  | "frame-bytes"
  | "presence-bytes"
  | "room-presence-bytes"
  | "frame-rate"
  | "byte-rate"
  | "handshake-time";

export const TOO_MANY_MEMBERS: Refusal = {
  code: "too-many-members",
  message: "This room is full. Try again later, or use another room.",
};
export const TOO_MUCH_PRESENCE: Refusal = {
  code: "too-many-members",
  message: "The members of this room have as much presence as they may have together.",
};
export const TOO_MANY_ROOMS: Refusal = {
  code: "too-many-rooms",
  message: "This server has as many rooms as it may have. Try again later.",
};
export const TOO_MANY_SOCKETS: Refusal = {
  code: "too-many-sockets",
  message: "This server has as many connections as it may have. Try again later.",
};
export const TOO_MANY_OF_ADDRESS: Refusal = {
  code: "too-many-sockets",
  message: "There are too many connections from this network address.",
};
export const TOO_MANY_OF_USER: Refusal = {
  code: "too-many-sockets",
  message: "This user has too many connections: close some tabs.",
};
export const TOO_OFTEN: Refusal = {
  code: "rate-limited",
  message: "There were too many new connections from this network address within a minute.",
};
export const TOO_FAST: Refusal = {
  code: "rate-limited",
  message: "This client sends more than it may, and went on when it was given no credit.",
};
export const TOO_SLOW: Refusal = {
  code: "handshake-timeout",
  message: "No CONNECT packet came in time.",
};
