import { parseArgs } from "node:util";
import { settled } from "../library.ts";
import { type BrowserKind, browserKinds } from "./browsers.ts";
import { cutOnce, detours, limits, startStream } from "./cuts.ts";
import { whyNot } from "./requirements.ts";
import { stopOnce } from "./stops.ts";
import { gather, TabsLab } from "./tabs.ts";
import type { HostPlan } from "./topology.ts";

/** Rounds of which the median is taken. */
const ROUNDS = 10;
/** How long the server is away each time. */
const AWAY_MS = 20_000;

const usage = `usage: npm run netlab:times -- [ROUNDS] [--rtt MS] [--only cut|stop]

Measures the limits of time, as medians of ROUNDS (default ${ROUNDS}) beside an undisturbed baseline
from the same run; it takes some minutes, on a machine that does nothing else.

--rtt MS   puts one end behind a line with this round-trip time
--only     cut: a direct path black-holed and restored, with the server and with a relay to go on over
           stop: the server away for ${AWAY_MS / 1000} s under a mesh of four

SKEIN_CUT_SECONDS in the environment makes the cuts longer.
`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const rounded = (values: object) => JSON.stringify(values, (_, v) => (v > 9 ? Math.round(v) : v));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** `npm run netlab:times -- …`: the time limits, as medians beside an undisturbed baseline. */
export async function main(args: string[]): Promise<void> {
  const plan = understood(args);
  if (plan === undefined) return refuse(usage);
  const missing = whyNot();
  if (missing !== undefined) return refuse(`The network lab cannot run here: ${missing}\n`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const far = { network: "cone", ...(plan.rttMs > 0 && { link: { rttMs: plan.rttMs } }) } as const;
  if (plan.only !== "stop") await measureCuts(far, plan.rounds);
  if (plan.only !== "cut") await measureStops(far, plan.rounds);
}

function understood(args: string[]): { rounds: number; rttMs: number; only?: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { rtt: { type: "string", default: "0" }, only: { type: "string" } },
    });
    const { only } = values;
    const plan = { rounds: Number(positionals[0] ?? ROUNDS), rttMs: Number(values.rtt) };
    const right = plan.rounds >= 1 && plan.rttMs >= 0 && positionals.length < 2;
    if (!right || ![undefined, "cut", "stop"].includes(only)) return undefined;
    return only === undefined ? plan : { ...plan, only };
  } catch {
    return undefined;
  }
}

function refuse(message: string): void {
  process.stderr.write(message);
  process.exitCode = 2;
}

async function measureCuts(far: HostPlan, rounds: number): Promise<void> {
  for (const { by, meanwhile, turn } of detours) {
    const tabs = await TabsLab.create({ hosts: { a: far, b: { network: "cone" } }, turn });
    try {
      for (const kind of browserKinds) {
        const pages = await startStream(tabs, kind, `times-${kind}`);
        const once = () => cutOnce(tabs, pages, meanwhile);
        const of = await repeated(`${kind}, cut, going on over ${by}`, rounds, once);
        await tabs.closeTabs();
        report(kind, of);
      }
    } finally {
      await tabs.close();
    }
  }
}

function report(kind: BrowserKind, of: (key: keyof Awaited<ReturnType<typeof cutOnce>>) => number) {
  const rttMs = of("rttMs");
  const baselineMs = of("baselineMs");
  say(`  ${"round-trip time".padEnd(30)} ${rttMs.toFixed(1).padStart(6)} ms`);
  say(`  ${"longest gap, undisturbed".padEnd(30)} ${baselineMs.toFixed(0).padStart(6)} ms`);
  check("longest gap over the cut", of("gapMs"), limits.gapMs({ rttMs }));
  check("back on direct", of("backMs"), limits.backMs[kind]);
  check("longest gap over the return", of("returnGapMs"), baselineMs + limits.beyondBaselineMs);
}

async function measureStops(far: HostPlan, rounds: number): Promise<void> {
  const tabs = await TabsLab.create({ hosts: { a: far, b: { network: "cone" } }, turn: null });
  try {
    const kinds = browserKinds.flatMap((kind) => [["a", kind] as const, ["b", kind] as const]);
    const pages = await Promise.all(kinds.map(([host, kind]) => tabs.open(host, kind)));
    const ids = await gather(pages, "stops");
    await Promise.all(pages.map((page) => settled(page, "direct", pages.length - 1)));
    const of = await repeated("a mesh of four, the server stopped", rounds, () =>
      stopOnce(tabs, pages, ids, AWAY_MS, { baselineMs: AWAY_MS }),
    );
    const baselineMs = of("baselineMs");
    say(`  ${"longest gap, undisturbed".padEnd(30)} ${baselineMs.toFixed(0).padStart(6)} ms`);
    check("longest gap while away", of("awayMs"), baselineMs + limits.beyondBaselineMs);
    check("longest gap over the return", of("returnMs"), baselineMs + limits.beyondBaselineMs);
  } finally {
    await tabs.close();
  }
}

/** Measures so many times, says each, and returns the medians. */
async function repeated<T extends object>(
  what: string,
  rounds: number,
  once: () => Promise<T>,
): Promise<(key: keyof T) => number> {
  say(`${what}, medians of ${rounds}`);
  const all: T[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measured = await once();
    all.push(measured);
    say(`  ${round + 1}: ${rounded(measured)}`);
  }
  return (key) => median(all.map((each) => Number(each[key])));
}

function check(what: string, value: number, limit: number): void {
  const right = value <= limit;
  if (!right) process.exitCode = 1;
  const figures = `${value.toFixed(0).padStart(6)} ms, at most ${limit.toFixed(0)}`;
  say(`  ${what.padEnd(30)} ${figures}${right ? "" : "   TOO LONG"}`);
}
