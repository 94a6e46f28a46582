/**
 * Credentials for TURN, as coturn's `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00):
 * the username says until when they are good, the password proves that this server said so.
 */
import { createHmac } from "node:crypto";
import type { IceServer, IceServers } from "../../lib/src/signaling/events.ts";

/** Default time to live of TURN credentials, in seconds. */
export const TURN_TTL_SECONDS = 3600;

/** TURN credentials live from 10 s (tests) to a week. */
export const MIN_TURN_TTL_SECONDS = 10;
export const MAX_TURN_TTL_SECONDS = 7 * 24 * 3600;

/** Clients get fresh credentials over the open socket after this share of the time to live. */
export const REFRESH_AT = 0.8;

export interface TurnOptions {
  /** `turn:host:port?transport=udp|tcp` or `turns:…`. */
  readonly urls: readonly string[];
  /** coturn's `static-auth-secret`. */
  readonly secret: string;
  /** 10 s to a week. Default {@link TURN_TTL_SECONDS}. */
  readonly ttlSeconds?: number;
}

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

/** `nowMs` is the wall clock: coturn compares the username's seconds since 1970 with its own. */
export function turnCredentials(
  secret: string,
  peerId: string,
  ttlSeconds: number,
  nowMs: number,
): TurnCredentials {
  const username = `${Math.floor(nowMs / 1000) + ttlSeconds}:${peerId}`;
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return { username, credential };
}

/** Every ICE server a peer is told of: the fixed ones, and TURN with credentials of its own. */
export function iceServersFor(
  peerId: string,
  fixed: readonly IceServer[],
  turn: TurnOptions | undefined,
  nowMs: number,
): IceServers {
  if (!turn) return { servers: fixed, ttlSeconds: 0 };
  const ttlSeconds = turn.ttlSeconds ?? TURN_TTL_SECONDS;
  const credentials = turnCredentials(turn.secret, peerId, ttlSeconds, nowMs);
  return { servers: [...fixed, { urls: turn.urls, ...credentials }], ttlSeconds };
}
