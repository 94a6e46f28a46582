/** The command line and the environment as options; a flag goes before its variable. */
import { parseArgs } from "node:util";
import type { Authenticate } from "./access/access.ts";
import { roomTokens, type TokenClaims } from "./access/room-tokens.ts";
import { MESH_LIMIT, type SignalingServerOptions } from "./options.ts";
import { TURN_TTL_SECONDS } from "./turn.ts";

interface Flag {
  /** Takes no value; its variable is true or false. */
  readonly boolean?: true;
  /** Takes several values: repeated as a flag, separated by commas in the variable. */
  readonly multiple: boolean;
  readonly value: string;
  readonly help: string;
}

const one = (value: string, help: string): Flag => ({ multiple: false, value, help });
const many = (value: string, help: string): Flag => ({ multiple: true, value, help });

const FLAGS = {
  host: one("ADDRESS", "where to listen; 0.0.0.0 for every network (default 127.0.0.1)"),
  port: one("PORT", "0 takes a free one (default 4600)"),
  path: one("PATH", "path of the WebSocket (default /skein)"),
  origin: many("ORIGIN", 'pages that may connect, or "same-origin" (default: every page)'),
  "stun-url": many("URL", "stun:host:port"),
  "turn-url": many("URL", "turn:host:port?transport=udp, or turns:host:port?transport=tcp"),
  "turn-secret-file": one("FILE", "file that holds the TURN server's static-auth-secret"),
  "turn-ttl": one("SECONDS", `how long TURN credentials live (default ${TURN_TTL_SECONDS})`),
  "token-secret-file": one("FILE", "file that holds the secret that signs room tokens (HS256)"),
  "jwks-url": one("URL", "public keys of whoever signs room tokens (https)"),
  "token-issuer": one("NAME", "what room tokens must have as `iss`"),
  "token-audience": one("NAME", "what room tokens must have as `aud`"),
  "require-auth": {
    boolean: true,
    multiple: false,
    value: "",
    help: "refuses to start where nobody is asked who they are",
  },
  paths: one("PATHS", 'what links may use: "all", "relay" or "server" (default all)'),
  "mesh-limit": one("COUNT", `members of a room with WebRTC links (default ${MESH_LIMIT})`),
  exec: one("COMMAND", "runs it with SKEIN_URL set, and ends with it and its exit code"),
} satisfies Record<string, Flag>;

type FlagName = keyof typeof FLAGS;
const NAMES = Object.keys(FLAGS) as FlagName[];

/** Only here or in a file: a command line is seen by every user of the machine. */
const SECRET_VARIABLE = "SKEIN_TURN_SECRET";
const TOKEN_SECRET_VARIABLE = "SKEIN_TOKEN_SECRET";

export type Command =
  | {
      readonly kind: "run";
      readonly options: SignalingServerOptions;
      /** A shell command to run beside the server, and the server runs for as long as it does. */
      readonly exec?: string;
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** What cannot be understood: one line that names the setting, its value and what is allowed. */
export class ConfigError extends Error {}

type Environment = { readonly [name: string]: string | undefined };

/** Throws a ConfigError. What each value may be is checked where the server is made. */
export function readConfig(
  args: readonly string[],
  environment: Environment,
  readFile: (path: string) => string,
): Command {
  const flags = parseFlags(args);
  const { help, version } = flags;
  if (help) return { kind: "help" };
  if (version) return { kind: "version" };
  const given = new Map<FlagName, Setting>();
  for (const name of NAMES) {
    const setting = settingOf(name, flags[name], environment[variableOf(name)]);
    if (setting) given.set(name, setting);
  }
  const text = (name: FlagName) => given.get(name)?.values[0];
  const number = (name: FlagName) => toNumber(given.get(name));
  const stun = given.get("stun-url")?.values;
  const turnUrls = given.get("turn-url")?.values;
  const secret = readSecret(given.get("turn-secret-file"), environment[SECRET_VARIABLE], readFile);
  if (turnUrls && secret === undefined) {
    throw new ConfigError(
      `--turn-url needs the TURN server's secret, in ${SECRET_VARIABLE} or --turn-secret-file`,
    );
  }
  const authenticate = readTokens(
    readSecret(given.get("token-secret-file"), environment[TOKEN_SECRET_VARIABLE], readFile),
    text("jwks-url"),
    defined({ issuer: text("token-issuer"), audience: text("token-audience") }),
  );
  const ttlSeconds = number("turn-ttl");
  const exec = text("exec");
  if (exec?.trim() === "") {
    throw new ConfigError('--exec is ""; allowed: a command such as "playwright test"');
  }
  return {
    kind: "run",
    options: defined({
      host: text("host"),
      port: number("port"),
      path: text("path"),
      origins: given.get("origin")?.values,
      iceServers: stun && [{ urls: stun }],
      turn: turnUrls && defined({ urls: turnUrls, secret: secret ?? "", ttlSeconds }),
      policy: given.has("paths") ? { paths: text("paths") as "all" } : undefined,
      meshLimit: number("mesh-limit"),
      authenticate,
      requireAuth: toBoolean(given.get("require-auth")),
    }),
    ...(exec === undefined ? {} : { exec }),
  };
}

export function helpText(): string {
  const lines = NAMES.map((name) => {
    const { value, help } = FLAGS[name];
    return `  ${`--${name} ${value}`.trim().padEnd(26)} ${help}`;
  });
  return `Usage: skein-server [options]
       skein-server [options] --exec "COMMAND"
       skein-server doctor URL

Runs a Skein signaling server. "doctor" checks one, with its STUN and TURN servers, from this host.

${lines.join("\n")}
  --help                     this text
  --version                  the version

Each option has an environment variable: --turn-url is SKEIN_TURN_URL. Options that take several
values may be repeated; in the environment they are separated by commas. Secrets are taken from
${SECRET_VARIABLE} and ${TOKEN_SECRET_VARIABLE} or from the files that --turn-secret-file and
--token-secret-file name, never from a flag.`;
}

interface Setting {
  /** As its user wrote it, for messages. */
  readonly name: string;
  readonly values: readonly string[];
}

type Flags = { readonly [name: string]: string | boolean | (string | boolean)[] | undefined };

function parseFlags(args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
        ...Object.fromEntries(
          NAMES.map((name) => {
            const { boolean, multiple }: Flag = FLAGS[name];
            return [name, { type: boolean ? ("boolean" as const) : ("string" as const), multiple }];
          }),
        ),
      },
    });
    return values;
  } catch (error) {
    // Node's second sentence advises on positional arguments: there are none here.
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new ConfigError(`${sentence} (see --help)`);
  }
}

function settingOf(
  name: FlagName,
  flag: Flags[string],
  variable: string | undefined,
): Setting | undefined {
  if (flag !== undefined) {
    const values = (Array.isArray(flag) ? flag : [flag]).map(String);
    return { name: `--${name}`, values };
  }
  // An empty variable is how compose files leave one out.
  if (variable === undefined || variable === "") return undefined;
  const values = FLAGS[name].multiple ? variable.split(",").map((each) => each.trim()) : [variable];
  return { name: variableOf(name), values };
}

function variableOf(name: FlagName): string {
  return `SKEIN_${name.toUpperCase().replaceAll("-", "_")}`;
}

function toNumber(setting: Setting | undefined): number | undefined {
  if (!setting) return undefined;
  const [text = ""] = setting.values;
  if (!/^\d{1,15}$/.test(text)) {
    throw new ConfigError(`${setting.name} is ${JSON.stringify(text)}; allowed: a whole number`);
  }
  return Number(text);
}

function toBoolean(setting: Setting | undefined): boolean | undefined {
  if (!setting) return undefined;
  const [text = ""] = setting.values;
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new ConfigError(`${setting.name} is ${JSON.stringify(text)}; allowed: true or false`);
}

/** Room tokens, where there is a secret or the address of keys; undefined where there is neither. */
function readTokens(
  secret: string | undefined,
  jwksUrl: string | undefined,
  claims: TokenClaims,
): Authenticate | undefined {
  if (secret !== undefined && jwksUrl !== undefined) {
    throw new ConfigError(
      `--jwks-url is ${JSON.stringify(jwksUrl)}, and there is a token secret too; allowed: one of the two`,
    );
  }
  try {
    if (secret !== undefined) return roomTokens({ ...claims, secret });
    if (jwksUrl !== undefined) return roomTokens({ ...claims, jwksUrl });
  } catch (error) {
    const name =
      secret === undefined ? "--jwks-url" : `${TOKEN_SECRET_VARIABLE} or --token-secret-file`;
    throw new ConfigError(`${name}: ${(error as Error).message}`);
  }
  if (Object.keys(claims).length === 0) return undefined;
  throw new ConfigError(
    `--token-issuer and --token-audience need tokens to look at; allowed: with ${TOKEN_SECRET_VARIABLE}, --token-secret-file or --jwks-url`,
  );
}

function readSecret(
  file: Setting | undefined,
  variable: string | undefined,
  readFile: (path: string) => string,
): string | undefined {
  if (!file) return variable || undefined;
  const [path = ""] = file.values;
  let secret: string;
  try {
    secret = readFile(path).trim();
  } catch (error) {
    throw new ConfigError(
      `${file.name} is ${JSON.stringify(path)}, which cannot be read: ${(error as Error).message}`,
    );
  }
  if (secret === "")
    throw new ConfigError(`${file.name} is ${JSON.stringify(path)}: an empty file`);
  return secret;
}

/** Without the keys that have no value, as exact optional properties want it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
