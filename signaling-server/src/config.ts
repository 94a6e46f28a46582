/** The command line and the environment as options; a flag goes before its variable. */
import { parseArgs } from "node:util";
import type { Authenticate } from "./access/access.ts";
import { roomTokens } from "./access/room-tokens.ts";
import { LIMIT_NAMES } from "./limits/limits.ts";
import type { SignalingServerOptions } from "./options.ts";
import {
  flagOf,
  LIMIT_SETTINGS,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type SettingValue,
  variableOf,
} from "./settings.ts";

export type Command =
  | {
      readonly kind: "run";
      readonly options: SignalingServerOptions;
      readonly log: {
        readonly level: string;
        /** Undefined: text where a person reads it. */
        readonly format: string | undefined;
      };
      /** Undefined: as the server thinks fit. */
      readonly drainSeconds: number | undefined;
      /** A shell command to run beside the server, and the server runs for as long as it does. */
      readonly exec: string | undefined;
      /** What is odd and does not stop the start, one line each. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** What cannot be understood: one line that names the setting, its value and what is allowed. */
export class ConfigError extends Error {}

type Environment = { readonly [name: string]: string | undefined };
type ReadFile = (path: string) => string;
type Flags = { readonly [name: string]: string | boolean | (string | boolean)[] | undefined };
type Values = { readonly [N in SettingName]?: SettingValue<N> };

/** Throws a ConfigError. */
export function readConfig(
  args: readonly string[],
  environment: Environment,
  readFile: ReadFile,
): Command {
  const flags = parseFlags(args);
  if (flags["help"]) return { kind: "help" };
  if (flags["version"]) return { kind: "version" };
  const values: Values = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, readValue(name, flags, environment, readFile)]),
  );
  needTogether(values, "turn-url", ["turn-secret"]);
  needTogether(values, "admin-host", ["admin-port"]);
  needTogether(values, "token-issuer", KEYS);
  needTogether(values, "token-audience", KEYS);
  if (values["require-auth"]) needTogether(values, "require-auth", KEYS);
  notTogether(values, "jwks-url", "token-secret");
  return {
    kind: "run",
    options: optionsOf(values),
    log: { level: values["log-level"] ?? "info", format: values["log-format"] },
    drainSeconds: values["drain-window"],
    exec: values.exec,
    warnings: unknownVariables(environment),
  };
}

function optionsOf(values: Values): SignalingServerOptions {
  const { host, port, path } = values;
  const turnUrls = values["turn-url"];
  const stun = values["stun-url"];
  const admin = defined({
    token: values["admin-token"],
    port: values["admin-port"],
    host: values["admin-host"],
  });
  const limits = defined(
    Object.fromEntries(LIMIT_NAMES.map((name) => [name, values[LIMIT_SETTINGS[name]]])),
  );
  const policy = defined({ paths: values.paths as "all", cursorRate: values["cursor-rate"] });
  return defined({
    host,
    port,
    path,
    origins: values.origin,
    iceServers: stun && [{ urls: stun }],
    turn:
      turnUrls &&
      defined({
        urls: turnUrls,
        secret: values["turn-secret"] ?? "",
        ttlSeconds: values["turn-ttl"],
      }),
    policy: isEmpty(policy) ? undefined : policy,
    meshLimit: values["mesh-limit"],
    limits: isEmpty(limits) ? undefined : limits,
    trustProxy: values["trust-proxy"],
    redisUrl: values["redis-url"],
    redisPrefix: values["redis-prefix"],
    admin: isEmpty(admin) ? undefined : admin,
    authenticate: tokensOf(values),
    requireAuth: values["require-auth"],
    logAddresses: values["log-addresses"],
  });
}

/** Either says whose room tokens are good. */
const KEYS: readonly SettingName[] = ["token-secret", "jwks-url"];

function tokensOf(values: Values): Authenticate | undefined {
  const claims = defined({ issuer: values["token-issuer"], audience: values["token-audience"] });
  const { "token-secret": secret, "jwks-url": jwksUrl } = values;
  if (secret !== undefined) return roomTokens({ ...claims, secret });
  return jwksUrl === undefined ? undefined : roomTokens({ ...claims, jwksUrl });
}

/** One setting that means nothing without another, or one of others. */
function needTogether(values: Values, name: SettingName, needed: readonly SettingName[]): void {
  if (values[name] === undefined || needed.some((other) => values[other] !== undefined)) return;
  const others = needed.map((other) => `${other}, ${placesOf(other)}`).join(", or ");
  throw new ConfigError(
    `--${name} is ${shown(values[name])}; allowed: only together with ${others}`,
  );
}

/** One setting that contradicts another. */
function notTogether(values: Values, name: SettingName, other: SettingName): void {
  if (values[name] === undefined || values[other] === undefined) return;
  throw new ConfigError(
    `--${name} is ${shown(values[name])}; allowed: only without ${other}, ${placesOf(other)}`,
  );
}

/** Where a setting is made. */
function placesOf(name: SettingName): string {
  return SETTINGS[name].kind === "secret"
    ? `in ${variableOf(name)} or --${flagOf(name)}`
    : `--${flagOf(name)}`;
}

function parseFlags(args: readonly string[]): Flags {
  const options = Object.fromEntries(
    SETTING_NAMES.map((name) => {
      const { kind } = SETTINGS[name];
      const type = kind === "switch" ? ("boolean" as const) : ("string" as const);
      return [flagOf(name), { type, multiple: kind === "list" }];
    }),
  );
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        ...options,
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    }).values;
  } catch (error) {
    // Node's second sentence advises on positional arguments: there are none here.
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new ConfigError(`${sentence} (see --help)`);
  }
}

/** What its user wrote, and where: messages name that. */
interface Given {
  readonly name: string;
  readonly text: string;
}

function readValue(
  name: SettingName,
  flags: Flags,
  environment: Environment,
  readFile: ReadFile,
): unknown {
  const setting: Setting = SETTINGS[name];
  const flag = flags[flagOf(name)];
  const variable = given(environment, variableOf(name));
  switch (setting.kind) {
    case "secret": {
      const file =
        typeof flag === "string"
          ? { name: `--${flagOf(name)}`, text: flag }
          : given(environment, variableOf(flagOf(name)));
      if (file) return readSecret(file, setting, readFile);
      // The secret itself never appears in a message.
      if (variable && !setting.allowed.test(variable.text)) refuse(variable, setting, "(hidden)");
      return variable?.text;
    }
    case "switch": {
      if (flag !== undefined) return true;
      if (!variable) return undefined;
      if (variable.text === "true" || variable.text === "false") return variable.text === "true";
      throw wrong(variable.name, shown(variable.text), '"true" or "false"');
    }
    case "list": {
      const all =
        flag === undefined
          ? variable?.text.split(",").map((text) => ({ ...variable, text: text.trim() }))
          : [flag].flat().map((each) => ({ name: `--${name}`, text: String(each) }));
      for (const each of all ?? []) if (!setting.allowed.test(each.text)) refuse(each, setting);
      return all?.map(({ text }) => text);
    }
    default: {
      const one = flag === undefined ? variable : { name: `--${name}`, text: String(flag) };
      if (!one) return undefined;
      if (setting.kind === "text") {
        if (!setting.allowed.test(one.text)) refuse(one, setting);
        return one.text;
      }
      // Number() takes "", " 1", "0x1" and "1e3" as well.
      const number = /^\d{1,15}$/.test(one.text) ? Number(one.text) : Number.NaN;
      if (!setting.allowed.test(number)) refuse(one, setting);
      return number;
    }
  }
}

/** An empty variable is how compose files leave one out. */
function given(environment: Environment, name: string): Given | undefined {
  const text = environment[name];
  return text === undefined || text === "" ? undefined : { name, text };
}

function readSecret(
  file: Given,
  setting: Extract<Setting, { kind: "secret" }>,
  readFile: ReadFile,
): string {
  let secret: string;
  try {
    secret = readFile(file.text).trim();
  } catch (error) {
    const [why = ""] = (error as Error).message.split("\n");
    throw wrong(file.name, shown(file.text), `a file that can be read (${why})`);
  }
  if (setting.allowed.test(secret)) return secret;
  throw wrong(file.name, shown(file.text), `a file that holds ${setting.allowed.words}`);
}

function refuse(
  { name, text }: Given,
  { allowed }: Exclude<Setting, { kind: "switch" }>,
  instead?: string,
): never {
  throw wrong(name, instead ?? shown(text), allowed.words);
}

function wrong(name: string, value: string, allowed: string): ConfigError {
  return new ConfigError(`${name} is ${value}; allowed: ${allowed}`);
}

/** So much of a value is shown. */
const MAX_SHOWN = 200;

/** As JSON, so that it is one line; without the user and password of a URL. */
function shown(value: unknown): string {
  const text = JSON.stringify(value).replace(/\/\/[^/@\s"]*@/g, "//…@");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What the command sets or reads by itself. */
const OWN_VARIABLES: readonly string[] = ["SKEIN_URL", "SKEIN_LOAD_TOKEN"];

/** A misspelt variable would do nothing, in silence. */
function unknownVariables(environment: Environment): string[] {
  const known = new Set(OWN_VARIABLES);
  for (const name of SETTING_NAMES) known.add(variableOf(name)).add(variableOf(flagOf(name)));
  return Object.keys(environment)
    .filter((name) => name.startsWith("SKEIN_") && !known.has(name))
    .sort()
    .map((name) => `${shown(name).slice(1, -1)} is no setting of skein-server (see --help)`);
}

export function helpText(): string {
  const lines = SETTING_NAMES.map((name) => {
    const { value, help, kind } = SETTINGS[name];
    const about = kind === "secret" ? `file that holds ${help}` : help;
    return `  ${`--${flagOf(name)} ${value}`.padEnd(26)} ${about}`;
  });
  const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].kind === "secret");
  return `Usage: skein-server [options]
       skein-server [options] --exec "COMMAND"
       skein-server doctor URL
       skein-server load URL

Runs a Skein signaling server. "doctor" checks one, with its STUN and TURN servers, from this host;
"load" fills one with rooms and measures.

${lines.join("\n")}
  --help                     this text
  --version                  the version

Each option has an environment variable: --turn-url is SKEIN_TURN_URL. Options that take several
values may be repeated; in the environment they are separated by commas. Secrets are taken from
${secrets.map(variableOf).join(", ")} or the files named above, never from a flag.`;
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** Without the keys that have no value, as exact optional properties want it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
