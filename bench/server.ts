/**
 * Skein's server beside the least that a socket.io server needs to pass cursors on as JSON, each in a
 * process of its own that tells what processor time it used. Both are given the same samples; the run
 * ends when the last has arrived, and what never does is shed.
 *
 *   npm run bench:server -- [seconds] [--only small|large|crowd|memory] [--profile DIRECTORY]
 */
import { parseArgs } from "node:util";
import { buildServers, removeServers } from "./server/process.ts";
import { type Load, measure, type Outcome, weigh } from "./server/run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, profile: { type: "string" } },
});
const seconds = Number(positionals[0] ?? 8);

/** What the issue asks for. */
const LEAST_SMALL = 2;
const LEAST_LARGE = 5;
const MOST_MEMORY = 1.15;
const LEAST_HZ = 10;
const MOST_DELAY_MS = 50;

/** Idle members that are weighed. */
const IDLE = 5_000;

/** As many a second as Skein's clients send in a room of 10. */
const SMALL: Load = { rooms: 10, members: 10, moving: 10, rate: 60, seconds };
const LARGE: Load = { rooms: 1, members: 500, moving: 50, rate: 5, seconds };
const CROWD: Load = { rooms: 1, members: 1_000, moving: 50, rate: 12, seconds };

const wanted = (part: string) => values.only === undefined || values.only === part;
const verdict = (holds: boolean) => (holds ? "holds" : "DOES NOT HOLD");
const perSecond = ({ delivered, processor }: Outcome) => delivered / processor;

function row(name: string, outcome: Outcome): string {
  const { delivered, deliverable, perPairHz, delayP99, processor } = outcome;
  const shed = (100 * (1 - delivered / deliverable)).toFixed(1);
  return [
    `  ${name.padEnd(10)}`,
    `${Math.round(perSecond(outcome)).toLocaleString("en")} updates per CPU second`.padStart(34),
    `${processor.toFixed(2)} s of CPU`.padStart(15),
    `${perPairHz.toFixed(1)} Hz a pair`.padStart(15),
    `${shed} % shed`.padStart(12),
    `loop p99 ${delayP99.toFixed(0)} ms`.padStart(18),
  ].join("");
}

async function compare(title: string, load: Load, least: number): Promise<void> {
  const { rooms, members, moving, rate } = load;
  console.log(`${title}: ${rooms} × ${members} members, ${moving} moving at ${rate} Hz`);
  const other = await measure("socket-io", load);
  console.log(row("socket.io", other));
  const skein = await measure("skein", load, values.profile);
  console.log(row("Skein", skein));
  const ratio = perSecond(skein) / perSecond(other);
  console.log(`  ratio ${ratio.toFixed(1)}, at least ${least}: ${verdict(ratio >= least)}\n`);
}

await buildServers();
try {
  if (wanted("small")) await compare("Rooms of 10", SMALL, LEAST_SMALL);
  if (wanted("large")) await compare("A room of 500", LARGE, LEAST_LARGE);
  if (wanted("crowd")) {
    const { members, moving, rate } = CROWD;
    console.log(`A room of ${members.toLocaleString("en")}, ${moving} moving at ${rate} Hz`);
    const crowd = await measure("skein", CROWD, values.profile);
    console.log(row("Skein", crowd));
    const holds = crowd.perPairHz >= LEAST_HZ && crowd.delayP99 < MOST_DELAY_MS;
    console.log(
      `  at least ${LEAST_HZ} Hz a pair, p99 under ${MOST_DELAY_MS} ms: ${verdict(holds)}\n`,
    );
  }
  if (wanted("memory")) {
    const other = await weigh("socket-io", IDLE);
    const skein = await weigh("skein", IDLE);
    const kB = (bytes: number) => `${(bytes / 1024).toFixed(1)} kB`;
    console.log(`Memory per idle member, of ${IDLE.toLocaleString("en")} in rooms of 10`);
    for (const [name, { rss, heap }] of [
      ["socket.io", other],
      ["Skein", skein],
    ] as const) {
      console.log(`  ${name.padEnd(10)} ${kB(rss)} resident, ${kB(heap)} of it heap`);
    }
    const ratio = skein.rss / other.rss;
    console.log(
      `  ratio ${ratio.toFixed(2)}, at most ${MOST_MEMORY}: ${verdict(ratio <= MOST_MEMORY)}`,
    );
  }
} finally {
  removeServers();
}
process.exit();
