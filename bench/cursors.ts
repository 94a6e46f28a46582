/**
 * `npm run bench:cursors [-- --trace FILE.csv]… [--seed N]… [--picture FILE.svg]`
 *
 * How true remote cursors are to the hand, and how late: over recordings or generated movement,
 * through a link with 40 ms delay, 20 ms jitter (evenly from 20 to 60 ms, so that frames overtake
 * one another) and 5 % loss. Ours goes the library's own way from `moveCursor`'s sender to what a
 * frame draws; beside it what is usual. All are drawn at 60 frames a second.
 *
 * Added delay is the shift of the hand's path at which the mean distance between it and what is drawn
 * is least, less the link's 40 ms. Distances are those at this shift, over all frames in which the
 * hand moves or has moved in the last half second. Exits with 1 when what must hold does not.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Fidelity, fidelity, type Way } from "./cursors/fidelity.ts";
import { picture } from "./cursors/picture.ts";
import { ours, usual, usualAtOurRate } from "./cursors/settings.ts";
import { type Measured, violations } from "./cursors/verdict.ts";
import { type MovementSample, movement } from "./movement.ts";
import { parseTrace } from "./trace.ts";

const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    trace: { type: "string", multiple: true, default: [] },
    seed: { type: "string", multiple: true, default: [] },
    picture: { type: "string", default: "reports/cursors.svg" },
  },
});

function seedFrom(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--seed is a whole number, not ${text}.`);
  return Number(text);
}

const seeds = values.trace.length + values.seed.length === 0 ? ["1", "2", "3"] : values.seed;
const recordings: MovementSample[][] = [
  ...values.trace.map((file) => parseTrace(readFileSync(file, "utf8"))),
  ...seeds.map((text) => movement({ seed: seedFrom(text), durationMs: MINUTE_MS })),
];
const names = [
  ...values.trace.map((file) => basename(file)),
  ...(seeds.length > 0 ? [`generated movement (seed ${seeds.join(", ")})`] : []),
];

function measure(ways: Readonly<Record<string, Way>>): Record<string, Fidelity> {
  return Object.fromEntries(
    Object.entries(ways).map(([name, way]) => [name, fidelity(recordings, way)]),
  );
}

const measured: Measured = {
  ours: measure(ours),
  usual: measure(usual),
  usualAtOurRate: measure(usualAtOurRate),
};

console.log(`${names.join(", ")}\nLink: 40 ms delay, 20 ms jitter, 5 % loss`);
const rounded = (value: number): number => Number(value.toFixed(2));
console.table(
  Object.fromEntries(
    Object.values(measured).flatMap((group: Record<string, Fidelity>) =>
      Object.entries(group).map(([name, { added, median, p95, mean }]) => [
        name,
        {
          "added delay (ms)": added,
          "median (px)": rounded(median),
          "p95 (px)": rounded(p95),
          "mean (px)": rounded(mean),
        },
      ]),
    ),
  ),
);

mkdirSync(dirname(values.picture), { recursive: true });
writeFileSync(values.picture, picture(measured, "How true a remote cursor is, and how late"));
console.log(`Picture: ${values.picture}`);

for (const violation of violations(measured)) {
  process.exitCode = 1;
  console.error(violation);
}
