/** What an operator decides, checked before anything starts. */
import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { type Clock, systemClock } from "../../lib/src/clock.ts";
import { type IceServer, type Policy, SOCKET_PATH } from "../../lib/src/signaling/events.ts";
import type { Authenticate } from "./access/access.ts";
import {
  type Allowed,
  HOST,
  ICE_URL,
  ORIGIN,
  PATH,
  PATHS,
  PORT,
  REDIS_PREFIX,
  REDIS_URL,
  TURN_URL,
  wholeNumber,
} from "./allowed.ts";
import { ADMIN_TOKEN } from "./http/token.ts";
import {
  type CheckedLimits,
  checkLimits,
  type LimitOptions,
  MAX_PROXIES,
} from "./limits/limits.ts";
import { type Log, type Logger, lineLog } from "./log.ts";
import { MAX_TURN_TTL_SECONDS, MIN_TURN_TTL_SECONDS, type TurnOptions } from "./turn.ts";

/** Members with a seat in a room's WebRTC mesh: 16 make 120 links. */
export const MESH_LIMIT = 16;
export const MAX_MESH_LIMIT = 64;

/** Cursor updates a second to one receiver, at most: one for each frame of most screens. */
export const MAX_CURSOR_RATE = 60;

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
  /** What the rooms may do. It can be changed while the server runs. */
  readonly policy?: PolicyOptions;
  /** How much clients may ask of this server. */
  readonly limits?: LimitOptions;
  /**
   * How many proxies stand before this server, 0 to 16, each of which adds to `X-Forwarded-For` whom it
   * was asked by: that is then where a client is. Default 0, the socket's own address. More than there
   * are, and clients can say that they are somewhere else.
   */
  readonly trustProxy?: number;
  /** Members of a room that may hold WebRTC links, 0 to 64. Default 16. */
  readonly meshLimit?: number;
  /**
   * Where other servers of the same rooms are met: `redis://` or `rediss://`, with user and password
   * if it has them. Default: none, this server is alone.
   */
  readonly redisUrl?: string;
  /** Begins every key and channel in Redis; servers with the same one share rooms. Default "skein". */
  readonly redisPrefix?: string;
  /** Metrics and the admin API over HTTP. Without a token there is no admin API. */
  readonly admin?: AdminOptions;
  /** Gets one line at a time. Default `console.log`. */
  readonly log?: (line: string) => void;
  /** Gets structured records instead: a pino logger, or anything with its four methods. */
  readonly logger?: Logger;
  /** Whether records name the network addresses of clients, which are personal data. Default false. */
  readonly logAddresses?: boolean;
  readonly timings?: Timings;
  /** For tests: every timer and interval of rooms. */
  readonly clock?: Clock;
  /** For tests: the wall clock, in milliseconds since 1970. */
  readonly wallNow?: () => number;
}

export interface PolicyOptions {
  /** What links may use: "all" (default), "relay" or "server". A client can only narrow it. */
  readonly paths?: Policy["paths"];
  /**
   * Cursor updates and latest values a second that a member sends to each other, at most: 1 to 60
   * (default). Clients send at 60, 30, 15, 8, 4, 2 or 1 a second, whichever fits below it.
   */
  readonly cursorRate?: number;
}

export interface AdminOptions {
  /** The bearer token of the admin API, one line of at least 16 characters. */
  readonly token?: string;
  /** A port of its own for the metrics and the admin API; 0 takes a free one. Default: none. */
  readonly port?: number;
  /** Where that port listens. Default 127.0.0.1. */
  readonly host?: string;
}

/** The policy as its operator sets it, complete. */
export interface OperatorPolicy {
  readonly paths: Policy["paths"];
  readonly meshLimit: number;
  readonly cursorRate: number;
}

/** Some of it. */
export type PolicyGiven = Partial<OperatorPolicy>;

type Optional = "server" | "origins" | "turn" | "redisUrl" | "authenticate";

export type CheckedOptions = Required<
  Omit<SignalingServerOptions, Optional | "policy" | "meshLimit" | "limits" | "log" | "logger">
> &
  Pick<SignalingServerOptions, Optional> & {
    readonly policy: OperatorPolicy;
    /** What of it was given, and is no default. */
    readonly policyGiven: PolicyGiven;
    readonly limits: CheckedLimits;
    readonly log: Log;
  };

/** Throws a TypeError that names the option, its value and what is allowed. */
export function checkOptions(options: SignalingServerOptions): CheckedOptions {
  const { port = 4600, path = SOCKET_PATH, host = "127.0.0.1", admin = {} } = options;
  const { trustProxy = 0 } = options;
  need(HOST, "host", host);
  need(PORT, "port", port);
  need(PATH, "path", path);
  const policyGiven = stated({ ...options.policy, meshLimit: options.meshLimit });
  const policy = checkPolicy(policyGiven, POLICY);
  const limits = checkLimits(options.limits ?? {}, need);
  need(PROXIES, "trustProxy", trustProxy);
  for (const origin of options.origins ?? []) need(ORIGIN, "origins", origin);
  for (const { urls } of options.iceServers ?? []) {
    for (const url of typeof urls === "string" ? [urls] : urls) need(ICE_URL, "iceServers", url);
  }
  if (options.turn) checkTurn(options.turn);
  checkAuthentication(options);
  // The token itself never appears in a message.
  if (admin.token !== undefined) need(ADMIN_TOKEN, "admin.token", admin.token, "(hidden)");
  // Nor does Redis's password.
  if (options.redisUrl !== undefined) need(REDIS_URL, "redisUrl", options.redisUrl, "(hidden)");
  if (options.redisPrefix !== undefined) need(REDIS_PREFIX, "redisPrefix", options.redisPrefix);
  if (admin.port !== undefined) need(PORT, "admin.port", admin.port);
  if (admin.host !== undefined) need(HOST, "admin.host", admin.host);
  const { log: writeLine, logger, ...rest } = options;
  return {
    iceServers: [],
    timings: {},
    clock: systemClock,
    wallNow: Date.now,
    logAddresses: false,
    requireAuth: false,
    redisPrefix: REDIS_PREFIX_DEFAULT,
    ...rest,
    admin,
    log: logger ?? lineLog(writeLine ?? ((line) => console.log(line))),
    host,
    port,
    path,
    policy,
    policyGiven,
    limits,
    trustProxy,
  };
}

/** Begins every key and channel in Redis. */
const REDIS_PREFIX_DEFAULT = "skein";

const POLICY: OperatorPolicy = {
  paths: "all",
  meshLimit: MESH_LIMIT,
  cursorRate: MAX_CURSOR_RATE,
};

/** Of `trustProxy`. */
export const PROXIES = wholeNumber(0, MAX_PROXIES);
const MESH_LIMITS = wholeNumber(0, MAX_MESH_LIMIT);
const CURSOR_RATES = wholeNumber(1, MAX_CURSOR_RATE);

type PolicyChange = { readonly [K in keyof OperatorPolicy]?: OperatorPolicy[K] | undefined };

/** `before` with what `change` says. Throws a TypeError as {@link checkOptions} does. */
export function checkPolicy(change: PolicyChange, before: OperatorPolicy): OperatorPolicy {
  const {
    paths = before.paths,
    meshLimit = before.meshLimit,
    cursorRate = before.cursorRate,
  } = change;
  need(PATHS, "policy.paths", paths);
  need(MESH_LIMITS, "meshLimit", meshLimit);
  need(CURSOR_RATES, "policy.cursorRate", cursorRate);
  return { paths, meshLimit, cursorRate };
}

/** Without the keys that have no value. */
export function stated(change: PolicyChange): PolicyGiven {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** Milliseconds between two updates at pace 0; each further pace doubles them. See protocol.md. */
const PACE_0_MS = 16;
/** Pace 0 are 62.5 a second: that is meant by 60. */
const ROUNDING = 1.05;

/** What clients are told: the cursor rate as a pace. */
export function announced({ paths, meshLimit, cursorRate }: OperatorPolicy): Policy {
  const most = cursorRate * ROUNDING;
  const pace = Math.max(0, Math.ceil(Math.log2(1000 / PACE_0_MS / most)));
  return pace === 0 ? { paths, meshLimit } : { paths, meshLimit, pace };
}

const FUNCTION: Allowed<unknown> = {
  words: "a function",
  test: (value) => value === undefined || typeof value === "function",
};
const SWITCH: Allowed<unknown> = {
  words: "true or false",
  test: (value) => value === undefined || typeof value === "boolean",
};

function checkAuthentication({ authenticate, requireAuth }: SignalingServerOptions): void {
  need(FUNCTION, "authenticate", authenticate);
  need(SWITCH, "requireAuth", requireAuth);
  if (!requireAuth || authenticate) return;
  throw new TypeError("requireAuth is true; allowed: only together with authenticate");
}

const TTL_SECONDS = wholeNumber(MIN_TURN_TTL_SECONDS, MAX_TURN_TTL_SECONDS, "seconds");
const TURN_URLS: Allowed<readonly string[]> = {
  words: "at least one TURN URL",
  test: (urls) => Array.isArray(urls) && urls.length > 0,
};
const TURN_SECRET: Allowed<string> = {
  words: "the static-auth-secret of the TURN server",
  test: (secret) => secret !== "",
};

function checkTurn({ urls, secret, ttlSeconds }: TurnOptions): void {
  need(TURN_URLS, "turn.urls", urls);
  for (const url of urls) need(TURN_URL, "turn.urls", url);
  need(TURN_SECRET, "turn.secret", secret, '""');
  if (ttlSeconds !== undefined) need(TTL_SECONDS, "turn.ttlSeconds", ttlSeconds);
}

function need<T>(allowed: Allowed<T>, option: string, value: T, shown?: string): void {
  if (allowed.test(value)) return;
  throw new TypeError(`${option} is ${shown ?? JSON.stringify(value)}; allowed: ${allowed.words}`);
}
