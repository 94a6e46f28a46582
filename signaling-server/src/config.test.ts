import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError, helpText, readConfig } from "./config.ts";
import {
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  variableOf,
} from "./settings.ts";

const noFile = (path: string): string => {
  throw new Error(`no such file: ${path}`);
};
const read = (args: string[], environment: Record<string, string> = {}, file = noFile) =>
  readConfig(args, environment, file);
const run = (...given: Parameters<typeof read>) => {
  const command = read(...given);
  if (command.kind !== "run") throw new Error(`${command.kind} is not what was asked for`);
  return command;
};

/** What is wrong with each setting: every value is refused, by flag and by variable. */
const WRONG: { readonly [name in SettingName]: readonly string[] } = {
  host: ["a b", "host\n", "<script>", "x".repeat(256)],
  port: ["-1", "65536", "http", "1e3", "0x50", " 80", "80 ", "4600.5", "٤٦٠٠", "9".repeat(400)],
  path: ["skein", "/skein/", "/a b", "//", "/a\n", "/?x"],
  origin: [
    "app.example.com",
    "https://app.example.com/",
    "*",
    "null",
    "https://a b",
    "javascript:1",
  ],
  "stun-url": ["stun:", "turn:t.example.com", "http://s", "stun:a b", "stun:s\u0000"],
  "turn-url": ["turn:", "stun:s.example.com", "turn:t?transport=sctp", "turn:t/x"],
  "turn-secret": [" ", "two\nlines"],
  "turn-ttl": ["9", "604801", "1h", "-60"],
  "token-secret": ["short", "x".repeat(31)],
  "jwks-url": ["http://keys.example.com", "keys.example.com", "ftp://localhost/keys"],
  "token-issuer": [" ", "two\nlines", "x".repeat(257)],
  "token-audience": [" ", "\t"],
  "require-auth": ["yes", "1"],
  paths: ["ALL", "direct", "all,relay", "__proto__", "constructor"],
  "mesh-limit": ["-1", "65", "many", "1e1"],
  "cursor-rate": ["0", "61", "60Hz"],
  "max-members": ["0", "10001", "all"],
  "max-rooms": ["0", "1000001"],
  "max-sockets": ["0", "-1"],
  "max-address-sockets": ["0", "1e3"],
  "max-user-sockets": ["0", "many"],
  "max-frame-bytes": ["20479", "32769", "32k"],
  "max-presence-bytes": ["63", "16385"],
  "max-room-presence-bytes": ["16383", "6291457", "3MB"],
  "max-frame-rate": ["9", "1000001"],
  "max-byte-rate": ["16383", "1000000001"],
  "handshake-time": ["0", "61", "10s"],
  "trust-proxy": ["-1", "17", "true", "10.0.0.0/8"],
  "redis-url": [
    "redis:",
    "http://redis",
    "redis://",
    "localhost:6379",
    "redis://r/x",
    "redis://r\n",
  ],
  "redis-prefix": ["a b", "x".repeat(65), "{}"],
  "admin-token": [
    "short",
    "x".repeat(1025),
    "sixteen characters and a space",
    "línea-no-ascii-larga",
  ],
  "admin-port": ["-1", "65536", "admin"],
  "admin-host": ["a b", "\u202e"],
  "drain-window": ["-1", "26", "20s"],
  "log-level": ["verbose", "INFO", "30"],
  "log-format": ["pretty", "JSON"],
  "log-addresses": ["yes", "1", "TRUE"],
  exec: [" ", "\t"],
};

/** One value of each that is right, and settings that it needs beside it. */
const RIGHT: { readonly [name in SettingName]: string } = {
  host: "0.0.0.0",
  port: "0",
  path: "/live",
  origin: "https://a.example.com",
  "stun-url": "stun:s.example.com",
  "turn-url": "turn:t.example.com?transport=tcp",
  "turn-secret": "north",
  "turn-ttl": "60",
  "token-secret": "x".repeat(32),
  "jwks-url": "https://a.example.com/jwks.json",
  "token-issuer": "us",
  "token-audience": "skein",
  "require-auth": "true",
  paths: "relay",
  "mesh-limit": "4",
  "cursor-rate": "30",
  "max-members": "500",
  "max-rooms": "100",
  "max-sockets": "4000",
  "max-address-sockets": "50",
  "max-user-sockets": "10",
  "max-frame-bytes": "20480",
  "max-presence-bytes": "1024",
  "max-room-presence-bytes": "100000",
  "max-frame-rate": "200",
  "max-byte-rate": "1000000",
  "handshake-time": "5",
  "trust-proxy": "1",
  "redis-url": "redis://:north@redis.example.com:6379/1",
  "redis-prefix": "board",
  "admin-token": "0123456789abcdef",
  "admin-port": "9100",
  "admin-host": "10.0.0.1",
  "drain-window": "10",
  "log-level": "debug",
  "log-format": "json",
  "log-addresses": "true",
  exec: "playwright test --project firefox",
};

const OPTIONS = {
  host: "0.0.0.0",
  port: 0,
  path: "/live",
  origins: ["https://a.example.com"],
  iceServers: [{ urls: ["stun:s.example.com"] }],
  turn: { urls: ["turn:t.example.com?transport=tcp"], secret: "north", ttlSeconds: 60 },
  policy: { paths: "relay", cursorRate: 30 },
  meshLimit: 4,
  limits: {
    ...{ members: 500, rooms: 100, sockets: 4000, addressSockets: 50, userSockets: 10 },
    ...{ frameBytes: 20_480, presenceBytes: 1024, framesPerSecond: 200, bytesPerSecond: 1_000_000 },
    ...{ roomPresenceBytes: 100_000, handshakeSeconds: 5 },
  },
  trustProxy: 1,
  redisUrl: "redis://:north@redis.example.com:6379/1",
  redisPrefix: "board",
  admin: { token: "0123456789abcdef", port: 9100, host: "10.0.0.1" },
  logAddresses: true,
  authenticate: expect.any(Function) as unknown,
  requireAuth: true,
};

/** All but the one that another contradicts. */
const TOGETHER = SETTING_NAMES.filter((name) => name !== "jwks-url");

test("nothing given is nothing decided", () => {
  expect(read([])).toEqual({
    kind: "run",
    options: {},
    log: { level: "info", format: undefined },
    drainSeconds: undefined,
    exec: undefined,
    warnings: [],
  });
});

test("flags and variables say the same, and flags go first", () => {
  const flags = TOGETHER.flatMap((name) => {
    const { kind } = SETTINGS[name];
    if (kind === "switch") return [`--${name}`];
    return [`--${flagOf(name)}`, kind === "secret" ? `${name}.txt` : RIGHT[name]];
  });
  const file = (path: string) => `${RIGHT[path.replace(".txt", "") as SettingName]}\n`;
  const variables = Object.fromEntries(TOGETHER.map((name) => [variableOf(name), RIGHT[name]]));
  const all = {
    kind: "run",
    options: OPTIONS,
    log: { level: "debug", format: "json" },
    drainSeconds: 10,
    exec: "playwright test --project firefox",
    warnings: [],
  };
  expect(read(flags, {}, file)).toEqual(all);
  expect(read([], variables)).toEqual(all);
  expect(run(["--port", "1"], { SKEIN_PORT: "2" }).options).toEqual({ port: 1 });
  expect(run([], { SKEIN_PORT: "", SKEIN_ORIGIN: "" }).options).toEqual({});
});

test("settings that take several", () => {
  const origins = ["https://a.example.com", "same-origin"];
  expect(run(["--origin", "https://a.example.com", "--origin=same-origin"]).options).toEqual({
    origins,
  });
  expect(run([], { SKEIN_ORIGIN: "https://a.example.com, same-origin" }).options).toEqual({
    origins,
  });
});

test("a secret comes from a file or a variable, the file first", () => {
  const args = ["--turn-url", "turn:t.example.com", "--turn-secret-file", "secret.txt"];
  const north = { options: { turn: { secret: "north" } } };
  expect(read(args, { SKEIN_TURN_SECRET: "other" }, () => "north\n")).toMatchObject(north);
  const variables = { SKEIN_TURN_URL: "turn:t.example.com", SKEIN_TURN_SECRET_FILE: "secret.txt" };
  expect(read([], variables, () => "north")).toMatchObject(north);
});

describe.each(SETTING_NAMES)("%s", (name) => {
  const setting: Setting = SETTINGS[name];
  const { kind } = setting;
  const allowed = setting.kind === "switch" ? '"true" or "false"' : setting.allowed.words;

  test.each(WRONG[name])("is not %j, and one line says so", (value) => {
    const variable = () => read([], { [variableOf(name)]: value });
    expect(variable).toThrow(ConfigError);
    expect(variable).toThrow(/^[^\n]*$/);
    expect(variable).toThrow(`${variableOf(name)} is `);
    expect(variable).toThrow(`allowed: ${allowed}`);
    if (kind === "secret") {
      expect(variable).not.toThrow(value.trim() || "nothing of it");
      const file = () => read([`--${flagOf(name)}`, "secret.txt"], {}, () => value);
      expect(file).toThrow(
        `--${flagOf(name)} is "secret.txt"; allowed: a file that holds ${allowed}`,
      );
    } else if (kind !== "switch") {
      const flag = () => read([`--${name}=${value}`]);
      expect(flag).toThrow(ConfigError);
      expect(flag).toThrow(/^[^\n]*$/);
      expect(flag).toThrow(`--${name} is ${JSON.stringify(value).slice(0, 200)}`);
      expect(flag).toThrow(`allowed: ${allowed}`);
    }
  });
});

test.each([
  [["--prot", "1"], {}, "--prot"],
  [["4600"], {}, "4600"],
  [["--port"], {}, "--port"],
  [["--turn-url", "turn:t"], {}, "SKEIN_TURN_SECRET or --turn-secret-file"],
  [["--admin-host", "::1"], {}, '--admin-host is "::1"; allowed: only together with admin-port'],
  [["--turn-secret-file", "none"], {}, "(no such file: none)"],
  [
    ["--jwks-url", "https://a.example"],
    { SKEIN_TOKEN_SECRET: "x".repeat(32) },
    '--jwks-url is "https://a.example"; allowed: only without token-secret, in SKEIN_TOKEN_SECRET or',
  ],
  [["--token-issuer", "us"], {}, "allowed: only together with token-secret, in SKEIN_TOKEN_SECRET"],
  [["--require-auth"], {}, "--require-auth is true; allowed: only together with token-secret"],
  [["--turn-url", "turn:a:b@c d"], {}, "--turn-url"],
  [["--log-addresses=yes"], {}, "--log-addresses"],
])("%j with %j is one line that says what is wrong", (args, environment, message) => {
  const wrong = () => read(args, environment as Record<string, string>);
  expect(wrong).toThrow(ConfigError);
  expect(wrong).toThrow(message);
  expect(wrong).toThrow(/^[^\n]*$/);
});

test("tokens are asked for where there is a secret or the address of keys", () => {
  const tokens = { authenticate: expect.any(Function), requireAuth: true };
  const jwks = ["--jwks-url", "https://a.example/jwks.json", "--token-issuer", "us"];
  expect(run([...jwks, "--require-auth"]).options).toEqual(tokens);
  const secret = { SKEIN_TOKEN_SECRET: "x".repeat(32), SKEIN_REQUIRE_AUTH: "true" };
  expect(run([], secret).options).toEqual(tokens);
  expect(run([], { SKEIN_REQUIRE_AUTH: "false" }).options).toEqual({ requireAuth: false });
});

test("passwords in URLs are not shown", () => {
  const wrong = () => read(["--origin", "https://ada:s3cret@app.example.com"]);
  expect(wrong).toThrow("https://…@app.example.com");
  expect(wrong).not.toThrow("s3cret");
});

test("misspelt variables are named, whatever is in them", () => {
  const environment = { SKEIN_ORIGINS: "https://a", SKEIN_URL: "x", SKEIN_PORT: "1", PATH: "/bin" };
  expect(run([], environment).warnings).toEqual([
    "SKEIN_ORIGINS is no setting of skein-server (see --help)",
  ]);
});

test("the README says all of them", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const name of SETTING_NAMES) {
    expect(readme).toMatch(
      new RegExp(`^\\| .--${flagOf(name)}\\b[^|]*\\| .${variableOf(flagOf(name))}. \\|`, "m"),
    );
  }
});

test("help names every option", () => {
  expect(read(["--help", "--port", "1"])).toEqual({ kind: "help" });
  expect(read(["-v"])).toEqual({ kind: "version" });
  for (const name of SETTING_NAMES) expect(helpText()).toContain(`--${flagOf(name)} `);
  expect(helpText()).toContain("SKEIN_TURN_SECRET");
});
