import { type BrowserKind, browserKinds } from "./browsers.ts";
import { type LinkDriver, RawDriver, type Settled } from "./drivers.ts";
import { allCells, type Cell, MatrixLab, shortCells } from "./matrix.ts";
import { whyNot } from "./requirements.ts";
import { type Scenario, scenarios, startScenario } from "./scenarios.ts";
import { SkeinDriver } from "./skeinDriver.ts";

const usage = () => `usage: npm run netlab -- [raw] SCENARIO [BROWSER [BROWSER]]
       npm run netlab -- [raw] all | short

Builds a network inside this machine, lets two real browsers link up across it, and prints which
path they settled on and how long it took.

scenarios:
${Object.entries(scenarios)
  .map(([name, { about, expected }]) => `  ${name.padEnd(16)}${about} → ${expected}`)
  .join("\n")}
  ${"all".padEnd(16)}every pair of networks with every pair of browsers, ${allCells.length} in all
  ${"short".padEnd(16)}every pair of networks once, the browsers taking turns

raw: bare RTCPeerConnections instead of Skein, to see what the network itself allows

browsers: ${browserKinds.join(", ")} (default: chromium chromium)
`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const inMs = (ms: number) => `${Math.round(ms)} ms`.padStart(9);

/** `npm run netlab -- …` */
export async function main(args: string[]): Promise<void> {
  const driver = args[0] === "raw" ? new RawDriver() : new SkeinDriver();
  const [name, first = "chromium", second = first] = args[0] === "raw" ? args.slice(1) : args;
  const scenario = scenarios[name ?? ""];
  const cells = { all: allCells, short: shortCells }[name ?? ""];
  if (scenario === undefined && cells === undefined) return refuse(usage());
  const missing = whyNot();
  if (missing !== undefined) return refuse(`The network lab cannot run here: ${missing}\n`);
  // Leaving by `exit` takes the namespaces along, with everything that runs in them.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  if (cells !== undefined) return runMatrix(driver, cells);
  const isBrowser = (word: string): word is BrowserKind => browserKinds.some((k) => k === word);
  if (scenario === undefined || !isBrowser(first) || !isBrowser(second)) return refuse(usage());
  await runScenario(driver, scenario, first, second);
}

function refuse(message: string): void {
  process.stderr.write(message);
  process.exitCode = 2;
}

async function runScenario(
  driver: LinkDriver,
  scenario: Scenario,
  a: BrowserKind,
  b: BrowserKind,
): Promise<void> {
  say(scenario.about);
  const begin = performance.now();
  const running = await startScenario(scenario, driver);
  try {
    say(`network built        ${inMs(performance.now() - begin)}`);
    report(await running.link(a, b), scenario.expected);
  } finally {
    await running.close();
  }
}

function report(settled: Settled, expected: string): void {
  const right = settled.path === expected;
  if (settled.firstCursorMs !== undefined)
    say(`first cursor after   ${inMs(settled.firstCursorMs)}`);
  say(`first message after  ${inMs(settled.firstMessageMs)}`);
  say(`settled after        ${inMs(settled.settledMs)}`);
  say(`path                 ${settled.path}${right ? "" : `, but expected ${expected}`}`);
  say(`details              ${settled.detail}`);
  if (!right) process.exitCode = 1;
}

async function runMatrix(driver: LinkDriver, cells: readonly Cell[]): Promise<void> {
  const begin = performance.now();
  const matrix = await MatrixLab.create(driver);
  let wrong = 0;
  try {
    for (const cell of cells) {
      await matrix.prepare(cell);
      const start = performance.now();
      const settled = await matrix.run(cell).catch((error: unknown) => String(error));
      if (typeof settled === "string") {
        wrong += 1;
        say(`WRONG ${cell.name.padEnd(52)} ${settled}`);
        continue;
      }
      const { path, firstMessageMs, firstCursorMs, settledMs, detail } = settled;
      const right = path === cell.expected;
      if (!right) wrong += 1;
      const columns = [
        right ? "ok   " : "WRONG",
        cell.name.padEnd(52),
        (right ? path : `${path}, not ${cell.expected}`).padEnd(7),
        firstCursorMs === undefined ? "" : `cursor ${inMs(firstCursorMs)}`,
        `message ${inMs(firstMessageMs)}`,
        `settled ${inMs(settledMs)}`,
        `in all ${inMs(performance.now() - start)}`,
        detail,
      ];
      say(columns.join(" "));
    }
  } finally {
    await matrix.close();
  }
  say(
    `${cells.length} cells, ${wrong} wrong, in ${Math.round((performance.now() - begin) / 1000)} s`,
  );
  if (wrong > 0) process.exitCode = 1;
}
