import { type BrowserKind, browserKinds } from "./browsers.ts";
import { type Cut, cutOnce, limits, startStream } from "./cuts.ts";
import { whyNot } from "./requirements.ts";
import { TabsLab } from "./tabs.ts";

/** Cuts of which the median is taken. */
const ROUNDS = 10;
const cone = { network: "cone" } as const;
const say = (line: string) => process.stdout.write(`${line}\n`);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** `npm run netlab:times [-- ROUNDS]`: the time limits, as medians beside an undisturbed baseline. */
export async function main([rounds = `${ROUNDS}`]: string[]): Promise<void> {
  const missing = whyNot();
  if (missing !== undefined) {
    process.stderr.write(`The network lab cannot run here: ${missing}\n`);
    process.exitCode = 2;
    return;
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  // Without TURN: what comes back can only be the direct path.
  const tabs = await TabsLab.create({ hosts: { a: cone, b: cone }, turn: null });
  try {
    for (const kind of browserKinds) await measure(tabs, kind, Number(rounds));
  } finally {
    await tabs.close();
  }
}

async function measure(tabs: TabsLab, kind: BrowserKind, rounds: number): Promise<void> {
  const pages = await startStream(tabs, kind, `times-${kind}`);
  const cuts: Cut[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cut = await cutOnce(tabs, pages, "server");
    cuts.push(cut);
    say(`  ${kind} ${round + 1}: ${JSON.stringify(cut, (_, v) => (v > 9 ? Math.round(v) : v))}`);
  }
  await tabs.closeTabs();
  const of = (key: keyof Cut) => median(cuts.map((cut) => cut[key]));
  const rttMs = of("rttMs");
  const baselineMs = of("baselineMs");
  say(`${kind}, medians of ${rounds}, round-trip time ${rttMs.toFixed(1)} ms`);
  say(`  longest gap, undisturbed       ${baselineMs.toFixed(0).padStart(6)} ms`);
  const check = (what: string, value: number, limit: number) => {
    const right = value <= limit;
    if (!right) process.exitCode = 1;
    const figures = `${value.toFixed(0).padStart(6)} ms, at most ${limit.toFixed(0)}`;
    say(`  ${what.padEnd(30)} ${figures}${right ? "" : "   TOO LONG"}`);
  };
  check("longest gap over the cut", of("gapMs"), limits.gapMs({ rttMs }));
  check("back on direct", of("backMs"), limits.backMs[kind]);
  check("longest gap over the return", of("returnGapMs"), baselineMs + limits.beyondBaselineMs);
}
