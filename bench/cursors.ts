/**
 * `npm run bench:cursors [-- --trace FILE.csv]… [--seed N]… [--picture FILE.svg] [--docs]`
 *
 * How true remote cursors are to the hand, and how late: over recordings or generated movement,
 * through a link with 40 ms delay, 20 ms jitter (evenly from 20 to 60 ms, so that frames overtake
 * one another) and 5 % loss. Ours goes the library's own way from `moveCursor`'s sender to what a
 * frame draws; beside it what is usual. All are drawn at 60 frames a second.
 *
 * Added delay is the shift of the hand's path at which the mean distance between it and what is drawn
 * is least, less the link's 40 ms. Distances are those at this shift, over all frames in which the
 * hand moves or has moved in the last half second. Exits with 1 when what must hold does not.
 *
 * `--docs` puts the table and the picture into docs/cursors.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Fidelity, fidelity, MOST_SHIFT_MS, type Way } from "./cursors/fidelity.ts";
import { ROUGH_LINK } from "./cursors/link.ts";
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
    docs: { type: "boolean", default: false },
  },
});
const pictureFile = values.docs ? "docs/images/cursors.svg" : values.picture;

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
      Object.entries(group).map(([name, { added, median, p95, mean, waiting }]) => [
        name,
        {
          "added delay (ms)": added,
          "median (px)": rounded(median),
          "p95 (px)": rounded(p95),
          "mean (px)": rounded(mean),
          "waiting, most": waiting,
        },
      ]),
    ),
  ),
);

for (const [name, { added, waiting }] of Object.entries(measured.usual).concat(
  Object.entries(measured.usualAtOurRate),
)) {
  if (waiting > 0)
    console.log(
      `"${name}" falls behind: up to ${waiting} positions that had arrived waited in its own queue.`,
    );
  if (added >= MOST_SHIFT_MS - ROUGH_LINK.delay)
    console.log(`"${name}" is later than was looked for.`);
}

mkdirSync(dirname(pictureFile), { recursive: true });
writeFileSync(pictureFile, picture(measured, "How true a remote cursor is, and how late"));
console.log(`Picture: ${pictureFile}`);
if (values.docs) {
  const rows = Object.values(measured).flatMap((group: Record<string, Fidelity>) =>
    Object.entries(group).map(([name, { added, median, p95 }]) => {
      const title = Object.hasOwn(ours, name) ? `\`"${name}"\`` : name;
      return `| ${title} | ${added} ms | ${median.toFixed(1)} px | ${p95.toFixed(1)} px |`;
    }),
  );
  const table = ["| | added delay | median | p95 |", "| --- | --: | --: | --: |", ...rows].join(
    "\n",
  );
  const [from, to] = ["<!-- fidelity -->", "<!-- /fidelity -->"];
  const [before, , after] = readFileSync("docs/cursors.md", "utf8").split(/<!-- \/?fidelity -->/);
  if (after === undefined) throw new Error(`docs/cursors.md has no ${from} … ${to}.`);
  writeFileSync("docs/cursors.md", `${before}${from}\n${table}\n${to}${after}`);
}

for (const violation of violations(measured)) {
  process.exitCode = 1;
  console.error(violation);
}
