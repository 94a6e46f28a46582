/**
 * Every setting of the command: its flag, its variable, what it may be. A new one is one entry here;
 * reading it, the help, the messages and their test follow from the table.
 */

import { MIN_SECRET_BYTES, SECRET_WORDS } from "./access/secret.ts";
import {
  type Allowed,
  HOST,
  JWKS_URL,
  line,
  ORIGIN,
  oneOf,
  PATH,
  PATHS,
  PORT,
  REDIS_PREFIX,
  REDIS_URL,
  STUN_URL,
  TURN_URL,
  wholeNumber,
} from "./allowed.ts";
import { MAX_DRAIN_SECONDS } from "./drain.ts";
import { ADMIN_TOKEN } from "./http/token.ts";
import { LIMITS, type LimitOptions } from "./limits/limits.ts";
import { MAX_CURSOR_RATE, MAX_MESH_LIMIT, MESH_LIMIT, PROXIES } from "./options.ts";
import { MAX_TURN_TTL_SECONDS, MIN_TURN_TTL_SECONDS, TURN_TTL_SECONDS } from "./turn.ts";

interface Common {
  /** What stands for the value in the help. */
  readonly value: string;
  readonly help: string;
}

export type Setting =
  | (Common & { readonly kind: "text"; readonly allowed: Allowed<string> })
  | (Common & { readonly kind: "number"; readonly allowed: Allowed<number> })
  /** Several: the flag repeated, or separated by commas in the variable. */
  | (Common & { readonly kind: "list"; readonly allowed: Allowed<string> })
  /** The flag has no value; the variable is `true` or `false`. */
  | (Common & { readonly kind: "switch" })
  /**
   * A command line is seen by every user of the machine: the secret is in the variable, or in a file,
   * whose name is a setting of its own (`-file`, `_FILE`).
   */
  | (Common & { readonly kind: "secret"; readonly allowed: Allowed<string> });

const text = (value: string, allowed: Allowed<string>, help: string) =>
  ({ kind: "text", value, allowed, help }) as const;
const number = (value: string, allowed: Allowed<number>, help: string) =>
  ({ kind: "number", value, allowed, help }) as const;
const list = (value: string, allowed: Allowed<string>, help: string) =>
  ({ kind: "list", value, allowed, help }) as const;
const secret = (allowed: Allowed<string>, help: string) =>
  ({ kind: "secret", value: "FILE", allowed, help }) as const;

const limit = (name: keyof LimitOptions, value: string, help: string) =>
  number(value, LIMITS[name], `${help} (default ${LIMITS[name].default})`);

/** The setting of each limit. */
export const LIMIT_SETTINGS = {
  members: "max-members",
  rooms: "max-rooms",
  sockets: "max-sockets",
  addressSockets: "max-address-sockets",
  userSockets: "max-user-sockets",
  frameBytes: "max-frame-bytes",
  presenceBytes: "max-presence-bytes",
  roomPresenceBytes: "max-room-presence-bytes",
  framesPerSecond: "max-frame-rate",
  bytesPerSecond: "max-byte-rate",
  handshakeSeconds: "handshake-time",
} as const satisfies { readonly [limit in keyof LimitOptions]-?: string };

/** A line of text that means something to whoever signs tokens. */
const CLAIM = line("one line of text, as in the tokens", 256);

export const LOG_LEVELS = oneOf("debug", "info", "warn", "error", "silent");
export const LOG_FORMATS = oneOf("text", "json");

export const SETTINGS = {
  host: text("ADDRESS", HOST, "where to listen; 0.0.0.0 for every network (default 127.0.0.1)"),
  port: number("PORT", PORT, "0 takes a free one (default 4600)"),
  path: text("PATH", PATH, "path of the WebSocket (default /skein)"),
  origin: list("ORIGIN", ORIGIN, 'pages that may connect, or "same-origin" (default: every page)'),
  "stun-url": list("URL", STUN_URL, "stun:host:port"),
  "turn-url": list(
    "URL",
    TURN_URL,
    "turn:host:port?transport=udp, or turns:host:port?transport=tcp",
  ),
  "turn-secret": secret(
    line("the static-auth-secret of the TURN server, one line"),
    "the TURN server's static-auth-secret",
  ),
  "turn-ttl": number(
    "SECONDS",
    wholeNumber(MIN_TURN_TTL_SECONDS, MAX_TURN_TTL_SECONDS, "seconds"),
    `how long TURN credentials live (default ${TURN_TTL_SECONDS})`,
  ),
  "token-secret": secret(
    {
      words: SECRET_WORDS,
      test: (value) => !/\p{Cc}/u.test(value) && Buffer.byteLength(value) >= MIN_SECRET_BYTES,
    },
    "the secret that signs room tokens (HS256)",
  ),
  "jwks-url": text("URL", JWKS_URL, "public keys of whoever signs room tokens"),
  "token-issuer": text("NAME", CLAIM, "what room tokens must have as `iss`"),
  "token-audience": text("NAME", CLAIM, "what room tokens must have as `aud`"),
  "require-auth": {
    kind: "switch",
    value: "",
    help: "refuses to start where nobody is asked who they are",
  },
  paths: text("PATHS", PATHS, 'what links may use: "all", "relay" or "server" (default all)'),
  "mesh-limit": number(
    "COUNT",
    wholeNumber(0, MAX_MESH_LIMIT),
    `members of a room with WebRTC links (default ${MESH_LIMIT})`,
  ),
  "cursor-rate": number(
    "HZ",
    wholeNumber(1, MAX_CURSOR_RATE),
    `cursor updates a second that a member sends to each other, at most (default ${MAX_CURSOR_RATE})`,
  ),
  "max-members": limit("members", "COUNT", "members of a room"),
  "max-rooms": limit("rooms", "COUNT", "rooms on this server"),
  "max-sockets": limit("sockets", "COUNT", "sockets of this server; others are answered 503"),
  "max-address-sockets": limit(
    "addressSockets",
    "COUNT",
    "sockets of one network address, given also of a private one",
  ),
  "max-user-sockets": limit("userSockets", "COUNT", "sockets of one user"),
  "max-frame-bytes": limit("frameBytes", "BYTES", "largest binary message"),
  "max-presence-bytes": limit("presenceBytes", "BYTES", "largest presence"),
  "max-room-presence-bytes": limit(
    "roomPresenceBytes",
    "BYTES",
    "presence of a room's members together",
  ),
  "max-frame-rate": limit("framesPerSecond", "COUNT", "messages a second of one socket"),
  "max-byte-rate": limit("bytesPerSecond", "BYTES", "bytes a second of one socket"),
  "handshake-time": limit("handshakeSeconds", "SECONDS", "for the request, and again to CONNECT"),
  "trust-proxy": number(
    "COUNT",
    PROXIES,
    "proxies before this server that set X-Forwarded-For (default 0)",
  ),
  "redis-url": text(
    "URL",
    REDIS_URL,
    "shares rooms with other servers; with a password only in the variable (default: alone)",
  ),
  "redis-prefix": text(
    "TEXT",
    REDIS_PREFIX,
    'begins every key and channel in Redis (default "skein")',
  ),
  "admin-token": secret(
    ADMIN_TOKEN,
    "the bearer token that opens the admin API; without it there is none",
  ),
  "admin-port": number("PORT", PORT, "metrics and admin API on a port of their own"),
  "admin-host": text("ADDRESS", HOST, "where that port listens (default 127.0.0.1)"),
  "drain-window": number(
    "SECONDS",
    wholeNumber(0, MAX_DRAIN_SECONDS, "seconds"),
    "after SIGTERM clients move to other nodes over this time (default 20; without others 0)",
  ),
  "log-level": text(
    "LEVEL",
    LOG_LEVELS,
    'least that is logged: "debug", "info", "warn" … "silent"',
  ),
  "log-format": text("FORMAT", LOG_FORMATS, '"json" or "text" (default: text on a terminal)'),
  "log-addresses": {
    kind: "switch",
    value: "",
    help: "logs clients' network addresses, which are personal data",
  },
  exec: text(
    "COMMAND",
    { words: 'a command such as "playwright test"', test: (value) => value.trim() !== "" },
    "runs it with SKEIN_URL set, and ends with it and its exit code",
  ),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What a setting's value is, once it was checked. */
export type SettingValue<N extends SettingName> = {
  text: string;
  number: number;
  list: readonly string[];
  switch: boolean;
  secret: string;
}[(typeof SETTINGS)[N]["kind"]];

export const flagOf = (name: SettingName): string =>
  SETTINGS[name].kind === "secret" ? `${name}-file` : name;

export const variableOf = (name: string): string =>
  `SKEIN_${name.toUpperCase().replaceAll("-", "_")}`;
