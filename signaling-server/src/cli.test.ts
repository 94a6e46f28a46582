/** The command as its users run it: built, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClient } from "./test-client.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
// Beside dist, so that it finds its package.json and dependencies where the built one does.
const outDir = path("../.vite-cli-test");

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        input: path("cli.ts"),
        external: [
          /^node:/,
          ...Object.keys(JSON.parse(readFileSync(path("../package.json"), "utf8")).dependencies),
        ],
        output: { entryFileNames: "cli.js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
});

afterAll(() => rmSync(outDir, { recursive: true, force: true }));

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly exit: Promise<number | null>;
}

function run(args: string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [`${outDir}/cli.js`, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      output += part;
      child.emit("output");
    });
  }
  return {
    process: child,
    output: () => output,
    line: async (pattern) => {
      for (;;) {
        const found = pattern.exec(output);
        if (found) return found;
        await once(child, "output");
      }
    },
    exit: once(child, "close").then(([code]) => code as number | null),
  };
}

test("it listens, serves a room, and stops cleanly when asked", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const server = run(["--port", "0"]);
    const [, url = ""] = await server.line(/listening at (\S+) /);
    const client = new TestClient(url);
    await client.welcome();
    server.process.kill(signal);
    expect(await client.next("refused")).toMatchObject({ code: "shutting-down" });
    expect(await server.exit).toBe(0);
    const lines = records(server.output());
    expect(lines[0]).toMatchObject({ level: 40, msg: expect.stringMatching(/^listening at /) });
    expect(lines[1]).toMatchObject({ signal, msg: "stopping" });
  }
});

test("SIGTERM moves clients elsewhere first where it is told to, SIGINT does not wait", async () => {
  const server = run(["--port", "0", "--drain-window", "1"]);
  const [, url = ""] = await server.line(/listening at (\S+) /);
  const client = new TestClient(url);
  await client.welcome();
  server.process.kill("SIGTERM");
  // Alone it has nowhere to send its clients: they stay to the end, and nobody new comes.
  await server.line(/draining/);
  await server.line(/drained/);
  await client.gone();
  expect(await server.exit).toBe(0);
  expect(client.all("drain")).toEqual([]);
});

test("the log: its level, its format, and never a token or an address", async () => {
  const secrets = { SKEIN_ADMIN_TOKEN: "correct-horse-battery", SKEIN_TURN_SECRET: "north-star" };
  const origin = { SKEIN_ORIGIN: "https://app.example.com", SKEIN_TURN_URL: "turn:t.example.com" };
  for (const format of ["json", "text"]) {
    const server = run(["--port", "0", "--log-format", format, "--log-level", "debug"], {
      ...secrets,
      ...origin,
      SKEIN_ORIGINS: "https://app.example.com",
    });
    const [, url = ""] = await server.line(/listening at (\S+) /);
    new TestClient(url, {}, { headers: { origin: "https://evil.example.com" } });
    await server.line(/evil/);
    const client = new TestClient(url, { token: "eyJ-secret-token" });
    await client.welcome();
    await fetch(`${url}/admin/policy`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${secrets.SKEIN_ADMIN_TOKEN}` },
      body: JSON.stringify({ meshLimit: 3 }),
    });
    await server.line(/policy changed/);
    server.process.kill("SIGINT");
    expect(await server.exit).toBe(0);
    const output = server.output();
    expect(output).toContain("SKEIN_ORIGINS is no setting of skein-server");
    for (const secret of ["correct-horse", "north-star", "eyJ-secret", client.request.key]) {
      expect(output).not.toContain(secret);
    }
    // Where it listens is no client's address.
    expect(output.replaceAll(url, "")).not.toContain("127.0.0.1");
    if (format === "json") expect(records(output).length).toBeGreaterThan(3);
    else expect(output).toMatch(/^\d\d:\d\d:\d\d WARN {2}listening at /m);
  }
  const silent = run(["--port", "0", "--log-level", "silent", "--exec", "true"]);
  expect(await silent.exit).toBe(0);
  expect(silent.output()).toBe("");
});

/** Each line is one record: pino's. */
const records = (output: string): { readonly [key: string]: unknown }[] =>
  output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly [key: string]: unknown });

test("help and version", async () => {
  const help = run(["--help"]);
  expect(await help.exit).toBe(0);
  expect(help.output()).toContain("--turn-url");
  const version = run(["--version"]);
  expect(await version.exit).toBe(0);
  const manifest = JSON.parse(readFileSync(path("../package.json"), "utf8"));
  expect(version.output().trim()).toBe(manifest.version);
});

test.each([
  [["--port", "70000"], {}, '--port is "70000"; allowed: a whole number from 0 to 65535'],
  [["--nonsense"], {}, "--nonsense"],
  [["--exec", ""], {}, '--exec is ""'],
  [[], { SKEIN_ORIGIN: "app.example.com" }, 'SKEIN_ORIGIN is "app.example.com"; allowed: origins'],
  [
    ["--port", "0", "--host", "192.0.2.1"],
    {},
    '--host is "192.0.2.1"; allowed: an address of this',
  ],
  [
    ["--port", "0"],
    { SKEIN_HOST: "no.invalid" },
    'SKEIN_HOST is "no.invalid"; allowed: an address',
  ],
  [
    ["--port", "0", "--admin-port=0", "--admin-host=192.0.2.1"],
    { SKEIN_ADMIN_HOST: "127.0.0.1", SKEIN_LOG_LEVEL: "silent" },
    '--admin-host is "192.0.2.1"; allowed: an address of this',
  ],
])("%j with %j ends with one line", async (args, environment, message) => {
  const server = run(args, environment as Record<string, string>);
  expect(await server.exit).toBe(1);
  expect(server.output()).toContain(message);
  expect(server.output()).toMatch(/^skein-server: [^\n]*\n$/);
});

test("a port that somebody else has is named, with what may be there", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const taken = `is ${port}; allowed: a port that nobody else listens on, or 0 for a free one`;
  const variable = { SKEIN_PORT: String(port), SKEIN_LOG_LEVEL: "silent" };
  await Promise.all(
    (
      [
        [["--port", `${port}`], {}, "--port"],
        [[], variable, "SKEIN_PORT"],
        [["--port", "0", "--admin-port", `${port}`], variable, "--admin-port"],
        [["--exec", "true"], variable, "SKEIN_PORT"],
      ] as const
    ).map(async ([args, environment, name]) => {
      const server = run([...args], environment);
      expect(await server.exit).toBe(1);
      expect(server.output()).toContain(`skein-server: ${name} ${taken} (listen EADDRINUSE`);
      expect(server.output()).toMatch(/^[^\n]*\n$/);
    }),
  );
  other.close();
});

describe("--exec", () => {
  const node = (script: string) => `"${process.execPath}" -e '${script.replaceAll("\n", " ")}'`;

  test("the command finds the server in SKEIN_URL, and its exit code is the end", async () => {
    // A welcome of its own: the command speaks to the server while it runs.
    const script = `
      const { SKEIN_URL, SKEIN_EXEC } = process.env;
      const answer = await fetch(SKEIN_URL + "/nothing-here").then((r) => r.status, (e) => e.message);
      console.log("exec:", SKEIN_EXEC, new URL(SKEIN_URL).port > 0, typeof answer);
      process.exit(7);`.replaceAll("\n", " ");
    const exec = `"${process.execPath}" --input-type=module -e '${script}' && echo not here`;
    for (const [args, environment] of [
      [["--port", "0", "--exec", exec], {}],
      [["--host", "0.0.0.0"], { SKEIN_PORT: "0", SKEIN_EXEC: exec }],
    ] as const) {
      const server = run([...args], environment);
      expect(await server.exit).toBe(7);
      expect(server.output()).toContain("exec: undefined true number");
      expect(server.output()).not.toContain("not here");
    }
  });

  test("done, the server is stopped", async () => {
    const server = run(["--port", "0", "--exec", 'echo "at $SKEIN_URL"']);
    const [, url = ""] = await server.line(/at (http:\S+)\n/);
    expect(await server.exit).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s goes to the command, which ends in its own time",
    async (signal) => {
      const script = `
      process.on("${signal}", () => setTimeout(() => { console.log("tidied up"); process.exit(5); }, 200));
      setInterval(() => {}, 1e3);
      console.log("up");`;
      for (const [exec, codes] of [
        [`exec ${node(script)}`, [5]],
        // A shell that waits dies of the signal itself, or goes on with what follows: either way it is
        // waited for what it waited for.
        [`${node(script)}; echo $? > /dev/null`, [0, 128 + constants.signals[signal]]],
      ] as const) {
        const server = run(["--port", "0", "--exec", exec]);
        await server.line(/up/);
        server.process.kill(signal);
        expect(codes).toContain(await server.exit);
        expect(server.output()).toContain("tidied up");
      }
    },
  );

  test("one that a signal ends, and one that cannot be found", async () => {
    const ended = run(["--port", "0", "--exec", "kill -9 $$"]);
    expect(await ended.exit).toBe(128 + 9);
    const missing = run(["--port", "0", "--exec", "no-such-command-here"]);
    expect(await missing.exit).toBe(127);
  });
});

test("the doctor says what it found, and its exit code whether links work", async () => {
  const server = run(["--port", "0"]);
  const [, url = ""] = await server.line(/listening at (\S+) /);
  const well = run(["doctor", url]);
  expect(await well.exit).toBe(0);
  expect(well.output()).toContain(`✓ Signaling  ${url}/skein let us in`);
  expect(well.output()).toContain("Warning: No relay");
  expect(well.output()).toMatch(/```text\nskein doctor \d/);
  server.process.kill("SIGTERM");
  await server.exit;

  // Processes start slowly, so these run side by side.
  const ill = run(["doctor", url]);
  const wrong = [[], ["signal.example.com"], [url, url], ["--nonsense", url]].map((args) =>
    run(["doctor", ...args]),
  );
  expect(await ill.exit).toBe(1);
  expect(ill.output()).toContain("✗ Signaling");
  for (const each of wrong) {
    expect(await each.exit).toBe(1);
    expect(each.output()).toMatch(/^skein-server: [^\n]*\n$/);
  }
}, 20_000);
