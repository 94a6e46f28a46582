import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/* The run of all tests is itself judged: here its runners are small programs that do as they are told. */

let folder: string;

/** Each part of the browser tests leaves its own. */
const PLAYWRIGHT = "playwright-PART.json";

const vitestPasses = {
  testResults: [{ status: "passed", assertionResults: [passed(), passed()] }],
};
const playwrightPasses = { errors: [], suites: [suite("expected")] };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-test-run-"));
  mkdirSync(join(folder, "scripts"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  copyFileSync(join(import.meta.dirname, "test.mjs"), join(folder, "scripts/test.mjs"));
  program("biome");
  program("tsc");
  writeFileSync(join(folder, "scripts/build.mjs"), "");
  program("vitest", { report: "vitest.json", content: vitestPasses });
  program("playwright", { report: PLAYWRIGHT, content: playwrightPasses });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("adds up what passed: three steps, two tests, and one in each part of the browser tests", () => {
  expect(runAll()).toEqual({ last: "7 passed, 0 failed", status: 0 });
});

test("a failing step counts as one failed test, and the others run all the same", () => {
  program("tsc", { exit: 2 });
  expect(runAll()).toEqual({ last: "6 passed, 1 failed", status: 1 });
});

test("a runner that crashes has failed, even when its tests passed", () => {
  program("vitest", { report: "vitest.json", content: vitestPasses, exit: 1 });
  expect(runAll()).toEqual({ last: "7 passed, 1 failed", status: 1 });
});

test("a runner that leaves no report has failed", () => {
  program("playwright");
  expect(runAll()).toEqual({ last: "5 passed, 2 failed", status: 1 });
});

test("a runner that ran no test has failed", () => {
  program("vitest", { report: "vitest.json", content: { testResults: [] } });
  expect(runAll()).toEqual({ last: "5 passed, 1 failed", status: 1 });
});

test("an old report does not stand in for one that was not written", () => {
  mkdirSync(join(folder, "reports"));
  writeFileSync(join(folder, "reports/playwright-alone.json"), JSON.stringify(playwrightPasses));
  program("playwright");
  expect(runAll().last).toBe("5 passed, 2 failed");
});

test("a test file that could not be loaded has failed", () => {
  const content = {
    testResults: [...vitestPasses.testResults, { status: "failed", assertionResults: [] }],
  };
  program("vitest", { report: "vitest.json", content, exit: 1 });
  expect(runAll().last).toBe("7 passed, 1 failed");
});

test("what was skipped is counted apart, and fails in CI with its reason", () => {
  const content = { errors: [], suites: [suite("expected"), suite("skipped")] };
  program("playwright", { report: PLAYWRIGHT, content });
  expect(runAll()).toEqual({ last: "7 passed, 0 failed, 2 skipped", status: 0 });
  const inCi = runAll({ CI: "true" });
  expect(inCi).toEqual({ last: "7 passed, 2 failed", status: 1 });
  expect(printed).toContain("needs a second network");
});

test("a test that passed only at its second try has failed", () => {
  const content = { errors: [], suites: [suite("expected"), suite("flaky")] };
  program("playwright", { report: PLAYWRIGHT, content });
  expect(runAll()).toEqual({ last: "7 passed, 2 failed", status: 1 });
});

interface Behaviour {
  readonly exit?: number;
  /** File that it leaves in `reports`, and what is in it. */
  readonly report?: string;
  readonly content?: object;
}

function program(name: string, { exit = 0, report, content }: Behaviour = {}): void {
  const write =
    report === undefined
      ? ""
      : `require("node:fs").writeFileSync("reports/${report}".replace("PART", process.env.SKEIN_PART), ${JSON.stringify(JSON.stringify(content))});`;
  const file = join(folder, "node_modules/.bin", name);
  writeFileSync(file, `#!/usr/bin/env node\n${write}\nprocess.exitCode = ${exit};\n`, {
    mode: 0o755,
  });
}

let printed = "";

function runAll(env: Record<string, string> = { CI: "" }) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["scripts/test.mjs"], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  printed = stdout + stderr;
  return { last: stdout.trimEnd().split("\n").at(-1), status };
}

function passed() {
  return { status: "passed", fullName: "a test" };
}

function suite(status: "expected" | "skipped" | "flaky") {
  const annotations =
    status === "skipped" ? [{ type: "skip", description: "needs a second network" }] : [];
  return {
    title: "a.spec.ts",
    specs: [{ title: "a test", tests: [{ projectName: "chromium", status, annotations }] }],
  };
}
