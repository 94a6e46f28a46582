import { expect, test } from "vitest";
import { ConfigError, helpText, readConfig } from "./config.ts";

const noFile = (path: string): string => {
  throw new Error(`no such file: ${path}`);
};
const read = (args: string[], environment: Record<string, string> = {}, file = noFile) =>
  readConfig(args, environment, file);

test("nothing given is nothing decided", () => {
  expect(read([])).toEqual({ kind: "run", options: {} });
});

test("a command to run beside the server, and an empty one", () => {
  const given = { kind: "run", options: { port: 0 }, exec: "playwright test --project firefox" };
  expect(read(["--port", "0", "--exec", given.exec])).toEqual(given);
  expect(read(["--port", "0"], { SKEIN_EXEC: given.exec })).toEqual(given);
  for (const empty of ["", "  "]) expect(() => read(["--exec", empty])).toThrow(/--exec is ""/);
});

test("flags and variables say the same, and flags go first", () => {
  const options = {
    host: "0.0.0.0",
    port: 0,
    path: "/live",
    origins: ["https://a.example.com", "same-origin"],
    iceServers: [{ urls: ["stun:s.example.com"] }],
    turn: { urls: ["turn:t.example.com", "turns:t.example.com"], secret: "north", ttlSeconds: 60 },
    policy: { paths: "relay" },
    meshLimit: 4,
  };
  const flags =
    "--host 0.0.0.0 --port 0 --path /live --origin https://a.example.com --origin same-origin --stun-url stun:s.example.com --turn-url turn:t.example.com --turn-url turns:t.example.com --turn-ttl 60 --paths relay --mesh-limit=4";
  const variables = {
    SKEIN_HOST: "0.0.0.0",
    SKEIN_PORT: "0",
    SKEIN_PATH: "/live",
    SKEIN_ORIGIN: "https://a.example.com, same-origin",
    SKEIN_STUN_URL: "stun:s.example.com",
    SKEIN_TURN_URL: "turn:t.example.com,turns:t.example.com",
    SKEIN_TURN_SECRET: "north",
    SKEIN_TURN_TTL: "60",
    SKEIN_PATHS: "relay",
    SKEIN_MESH_LIMIT: "4",
  };
  expect(read(flags.split(" "), { SKEIN_TURN_SECRET: "north" })).toEqual({ kind: "run", options });
  expect(read([], variables)).toEqual({ kind: "run", options });
  expect(read(["--port", "1"], { SKEIN_PORT: "2" })).toEqual({ kind: "run", options: { port: 1 } });
  expect(read([], { SKEIN_PORT: "", SKEIN_ORIGIN: "" })).toEqual({ kind: "run", options: {} });
});

test("the TURN secret comes from a file or a variable, the file first", () => {
  const args = ["--turn-url", "turn:t.example.com", "--turn-secret-file", "secret.txt"];
  expect(read(args, { SKEIN_TURN_SECRET: "other" }, () => "north\n")).toMatchObject({
    options: { turn: { secret: "north" } },
  });
});

test.each([
  [["--prot", "1"], {}, "--prot"],
  [["4600"], {}, "4600"],
  [["--port"], {}, "--port"],
  [["--port", "http"], {}, '--port is "http"; allowed: a whole number'],
  [["--port", "-1"], {}, "--port"],
  [[], { SKEIN_MESH_LIMIT: "many" }, 'SKEIN_MESH_LIMIT is "many"'],
  [["--turn-url", "turn:t"], {}, "SKEIN_TURN_SECRET"],
  [["--turn-secret-file", "none"], {}, "no such file: none"],
  [["--token-secret-file", "none"], {}, "no such file: none"],
  [
    [],
    { SKEIN_TOKEN_SECRET: "short" },
    "SKEIN_TOKEN_SECRET or --token-secret-file: The token secret has 5",
  ],
  [["--jwks-url", "http://keys.example.com"], {}, '"http://keys.example.com"; allowed: https'],
  [["--jwks-url", "https://a.example"], { SKEIN_TOKEN_SECRET: "x".repeat(32) }, "one of the two"],
  [["--token-issuer", "us"], {}, "need tokens to look at"],
  [[], { SKEIN_REQUIRE_AUTH: "yes" }, 'SKEIN_REQUIRE_AUTH is "yes"; allowed: true or false'],
])("%j with %j is one line that says what is wrong", (args, environment, message) => {
  const run = () => read(args, environment as Record<string, string>);
  expect(run).toThrow(ConfigError);
  expect(run).toThrow(message);
  expect(run).toThrow(/^[^\n]*$/);
});

test("tokens are asked for where there is a secret or the address of keys", () => {
  const secret = "x".repeat(32);
  const authenticate = expect.any(Function);
  expect(read([], { SKEIN_TOKEN_SECRET: secret })).toMatchObject({ options: { authenticate } });
  const file = ["--token-secret-file", "token.txt", "--require-auth"];
  expect(read(file, { SKEIN_TOKEN_SECRET: "short" }, () => `${secret}\n`)).toMatchObject({
    options: { authenticate, requireAuth: true },
  });
  const keys = ["--jwks-url", "https://a.example/jwks.json", "--token-issuer", "us"];
  expect(read(keys, { SKEIN_REQUIRE_AUTH: "1" })).toMatchObject({
    options: { authenticate, requireAuth: true },
  });
  expect(read([], { SKEIN_REQUIRE_AUTH: "false" })).toEqual({
    kind: "run",
    options: { requireAuth: false },
  });
});

test("help names every option", () => {
  expect(read(["--help", "--port", "1"])).toEqual({ kind: "help" });
  expect(read(["-v"])).toEqual({ kind: "version" });
  for (const flag of [
    "SKEIN_TOKEN_SECRET",
    "--require-auth",
    "--host",
    "--turn-secret-file",
    "--mesh-limit",
    "SKEIN_TURN_SECRET",
  ]) {
    expect(helpText()).toContain(flag);
  }
});
