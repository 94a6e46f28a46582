/** What an operator decides, checked before anything starts. */
import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { type Clock, systemClock } from "../../lib/src/clock.ts";
import { type IceServer, type Policy, SOCKET_PATH } from "../../lib/src/signaling/events.ts";
import type { Authenticate } from "./access/access.ts";
import type { TurnOptions } from "./turn.ts";

/** Members with a seat in a room's WebRTC mesh: 16 make 120 links. */
export const MESH_LIMIT = 16;
const MAX_MESH_LIMIT = 64;

/** TURN credentials live from 10 s (tests) to a week. */
const MIN_TURN_TTL_SECONDS = 10;
const MAX_TURN_TTL_SECONDS = 7 * 24 * 3600;

/** Anything of Node's that upgrades to WebSockets. */
export type UpgradeServer = HttpServer | HttpsServer | Http2SecureServer;

/** Times that tests shorten. Milliseconds. */
export interface Timings {
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
  readonly handshakeMs?: number;
  readonly lostAfterMs?: number;
  readonly seatRestMs?: number;
  readonly creditIntervalMs?: number;
  readonly authenticateMs?: number;
}

export interface SignalingServerOptions {
  /** An existing server to live in, beside its other upgrades. Without one, an own server is made. */
  readonly server?: UpgradeServer;
  /** Where the own server listens. Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** 0 to 65535; 0 takes a free one. Default 4600. */
  readonly port?: number;
  /** Default "/skein". */
  readonly path?: string;
  /**
   * Pages that may connect, as origins ("https://app.example.com"), or "same-origin": pages that
   * were served under the host name of the request. Default: every page. Programs outside of
   * browsers send no origin and are not affected.
   */
  readonly origins?: readonly string[];
  /**
   * Says who a client is and what it may do, or throws. Asked at each new socket and for each token
   * that is renewed, with at most 5 s to answer. Default: nobody is asked, and the server is open.
   * `roomTokens` of `skein-server/token` is one for tokens.
   */
  readonly authenticate?: Authenticate;
  /** Whether the server refuses to start without `authenticate`. Default false. */
  readonly requireAuth?: boolean;
  /** STUN and TURN servers for every client, with fixed credentials if any. Default: none. */
  readonly iceServers?: readonly IceServer[];
  /** A TURN server that shares a secret with this one. */
  readonly turn?: TurnOptions;
  /** What links may use: "all" (default), "relay" or "server". A client can only narrow it. */
  readonly policy?: { readonly paths?: Policy["paths"] };
  /** Members of a room that may hold WebRTC links, 0 to 64. Default 16. */
  readonly meshLimit?: number;
  /** Gets one line at a time. Default `console.log`. */
  readonly log?: (line: string) => void;
  readonly timings?: Timings;
  /** For tests: every timer and interval of rooms. */
  readonly clock?: Clock;
  /** For tests: the wall clock, in milliseconds since 1970. */
  readonly wallNow?: () => number;
}

type Optional = "server" | "origins" | "turn" | "authenticate";

export type CheckedOptions = Required<
  Omit<SignalingServerOptions, Optional | "policy" | "meshLimit">
> &
  Pick<SignalingServerOptions, Optional> & { readonly policy: Policy };

/** Throws a TypeError that names the option, its value and what is allowed. */
export function checkOptions(options: SignalingServerOptions): CheckedOptions {
  const { port = 4600, path = SOCKET_PATH, meshLimit = MESH_LIMIT, policy } = options;
  const paths = policy?.paths ?? "all";
  need(Number.isInteger(port) && port >= 0 && port <= 65535, "port", port, "0 to 65535");
  need(
    /^(\/[\w.~-]+)+$/.test(path),
    "path",
    path,
    'a path such as "/skein", without a slash at its end',
  );
  need(
    Number.isInteger(meshLimit) && meshLimit >= 0 && meshLimit <= MAX_MESH_LIMIT,
    "meshLimit",
    meshLimit,
    `0 to ${MAX_MESH_LIMIT}`,
  );
  need(
    ["all", "relay", "server"].includes(paths),
    "policy.paths",
    paths,
    '"all", "relay" or "server"',
  );
  for (const origin of options.origins ?? []) {
    need(
      isOrigin(origin) || origin === "same-origin",
      "origins",
      origin,
      'origins such as "https://app.example.com" (scheme, host and port only), or "same-origin"',
    );
  }
  for (const { urls } of options.iceServers ?? []) {
    for (const url of typeof urls === "string" ? [urls] : urls) checkIceUrl("iceServers", url);
  }
  if (options.turn) checkTurn(options.turn);
  const { authenticate, requireAuth = false } = options;
  need(
    authenticate === undefined || typeof authenticate === "function",
    "authenticate",
    authenticate,
    "a function",
  );
  need(typeof requireAuth === "boolean", "requireAuth", requireAuth, "true or false");
  if (requireAuth && authenticate === undefined) {
    throw new TypeError(
      "requireAuth is true, and there is no authentication; allowed: with authenticate, or from the command line with SKEIN_TOKEN_SECRET, --token-secret-file or --jwks-url",
    );
  }
  return {
    host: "127.0.0.1",
    iceServers: [],
    log: (line) => console.log(line),
    timings: {},
    clock: systemClock,
    wallNow: Date.now,
    requireAuth,
    ...options,
    port,
    path,
    policy: { paths, meshLimit },
  };
}

function checkTurn({ urls, secret, ttlSeconds }: TurnOptions): void {
  need(urls.length > 0, "turn.urls", "[]", "at least one TURN URL");
  for (const url of urls) checkIceUrl("turn.urls", url);
  // The secret itself never appears in a message.
  need(secret !== "", "turn.secret", '""', "the static-auth-secret of the TURN server");
  if (ttlSeconds === undefined) return;
  need(
    Number.isInteger(ttlSeconds) &&
      ttlSeconds >= MIN_TURN_TTL_SECONDS &&
      ttlSeconds <= MAX_TURN_TTL_SECONDS,
    "turn.ttlSeconds",
    ttlSeconds,
    `${MIN_TURN_TTL_SECONDS} to ${MAX_TURN_TTL_SECONDS}`,
  );
}

/** The forms of RFC 7064 (STUN) and RFC 7065 (TURN). */
function checkIceUrl(option: string, url: string): void {
  need(
    /^(stuns?:[^\s?/]+|turns?:[^\s?/]+(\?transport=(udp|tcp))?)$/.test(url),
    option,
    url,
    '"stun:host:port", "turn:host:port" or "turns:host:port", TURN with "?transport=udp" or "?transport=tcp"',
  );
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function need(holds: boolean, option: string, value: unknown, allowed: string): void {
  if (!holds) throw new TypeError(`${option} is ${JSON.stringify(value)}; allowed: ${allowed}`);
}
