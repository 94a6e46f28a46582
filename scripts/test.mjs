/**
 * Runs every test, in the order in which a mistake is cheapest to find, and adds the results up.
 * The last line is `N passed, N failed`, with `, N skipped` where any were.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = join(root, "reports");
/** In CI nothing may be left out quietly. */
const skippedFails =
  process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";

const none = { passed: 0, failed: 0, skipped: [] };

/** A step without a runner counts as one test. */
const steps = [
  { name: "biome", command: ["biome", "check", "."] },
  { name: "tsc", command: ["tsc", "-p", "tsconfig.json"] },
  {
    name: "vitest",
    command: ["vitest", "run", "--reporter=default", "--reporter=json"],
    report: "vitest.json",
    flag: (file) => [`--outputFile.json=${file}`],
    read: readVitest,
  },
  { name: "build", script: "scripts/build.mjs" },
  // What measures has the machine for itself; e2e/form.ts says which is which.
  ...["alone", "beside"].map((part) => ({
    name: `playwright, ${part}`,
    command: ["playwright", "test"],
    env: { SKEIN_PART: part },
    report: `playwright-${part}.json`,
    read: readPlaywright,
  })),
];

function readVitest(report) {
  let passed = 0;
  let failed = 0;
  const skipped = [];
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else if (test.status === "failed") failedHere += 1;
      else skipped.push(`${test.fullName}: ${test.status}`);
    }
    // A file that could not be loaded has no tests to fail.
    failed += file.status === "failed" ? Math.max(1, failedHere) : failedHere;
  }
  return { passed, failed, skipped };
}

function readPlaywright(report) {
  let passed = 0;
  let failed = report.errors.length;
  const skipped = [];
  const visit = (suite, path) => {
    for (const inner of suite.suites ?? []) visit(inner, [...path, inner.title]);
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        const name = `[${test.projectName}] ${[...path, spec.title].join(" › ")}`;
        if (test.status === "expected") passed += 1;
        else if (test.status === "skipped") skipped.push(`${name}: ${reasonOf(test)}`);
        else failed += 1;
      }
    }
  };
  for (const suite of report.suites) visit(suite, [suite.title]);
  return { passed, failed, skipped };
}

function reasonOf(test) {
  const said = test.annotations
    .filter(({ type }) => type === "skip" || type === "fixme")
    .map(({ description }) => description ?? "no reason given");
  return said.length > 0 ? said.join("; ") : "did not run";
}

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(-1);
    });
    child.on("close", (code) => resolve(code ?? -1));
  });
}

function binary(name) {
  return join(root, "node_modules/.bin", name);
}

async function runStep(step) {
  console.log(`\n── ${step.name} ──`);
  if (!step.read) {
    const [command, ...args] = step.script
      ? [process.execPath, step.script]
      : [binary(step.command[0]), ...step.command.slice(1)];
    const ok = (await run(command, args)) === 0;
    return ok ? { ...none, passed: 1 } : { ...none, failed: 1 };
  }
  const file = join(reports, step.report);
  rmSync(file, { force: true });
  const [name, ...args] = step.command;
  const code = await run(binary(name), [...args, ...(step.flag?.(file) ?? [])], step.env);
  const result = readReport(step, file);
  const ran = result.passed + result.failed;
  if (ran === 0) console.error(`${step.name} ran no test.`);
  if (code !== 0 && result.failed === 0) console.error(`${step.name} ended with code ${code}.`);
  const crashed = result.failed === 0 && (code !== 0 || ran === 0);
  return crashed ? { ...result, failed: 1 } : result;
}

function readReport(step, file) {
  try {
    return step.read(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    console.error(`${step.name} left no readable report: ${error.message}`);
    return { ...none, failed: 1 };
  }
}

mkdirSync(reports, { recursive: true });
let passed = 0;
let failed = 0;
let skipped = 0;
const failures = [];
for (const step of steps) {
  const began = performance.now();
  const result = await runStep(step);
  console.log(`${step.name} took ${Math.round((performance.now() - began) / 1000)} s`);
  passed += result.passed;
  failed += result.failed;
  if (result.failed > 0) failures.push(`${step.name}: ${result.failed} failed`);
  for (const reason of result.skipped) {
    console.log(`${skippedFails ? "skipped, which fails in CI" : "skipped"}: ${reason}`);
  }
  if (skippedFails) failed += result.skipped.length;
  else skipped += result.skipped.length;
}
if (failures.length > 0) console.log(`\n${failures.join("\n")}`);
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;
