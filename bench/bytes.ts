/**
 * `npm run bench:bytes -- [--trace FILE.csv]… [--seed N]… [--rate HZ] [--surface WIDTHxHEIGHT]`
 *
 * Bytes of cursor batches on the server path, over recordings or generated movement; with
 * `--surface` the coordinates are fractions of one that large. Exits with 1 when a batch of one
 * sample costs more than 10 bytes or, in pixels, one of four more than 20.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type Surface, weigh } from "./cursor-bytes.ts";
import { type MovementSample, movement } from "./movement.ts";
import { parseTrace } from "./trace.ts";

const BATCHES = [1, 2, 4, 8, 16];
const LIMITS = new Map([
  [1, 10],
  [4, 20],
]);
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    trace: { type: "string", multiple: true, default: [] },
    seed: { type: "string", multiple: true, default: [] },
    rate: { type: "string", default: "60" },
    surface: { type: "string" },
  },
});

function surfaceFrom(text: string | undefined): Surface {
  if (text === undefined) return undefined;
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width === undefined) throw new Error("--surface is WIDTHxHEIGHT, such as 1366x768.");
  return { width: Number(width), height: Number(height) };
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is a whole number, not ${text}.`);
  return Number(text);
}

const surface = surfaceFrom(values.surface);
const rate = whole("rate", values.rate);
const seeds = values.trace.length + values.seed.length === 0 ? ["1", "2", "3"] : values.seed;
const recordings: (readonly [name: string, samples: MovementSample[]])[] = [
  ...values.trace.map((file) => [basename(file), parseTrace(readFileSync(file, "utf8"))] as const),
  ...seeds.map((text) => {
    const seed = whole("seed", text);
    return [`seed ${seed}`, movement({ seed, durationMs: MINUTE_MS, rate })] as const;
  }),
];

for (const [name, samples] of recordings) {
  console.log(`${name}: ${samples.length} samples, ${surface ? "fractions" : "pixels"}`);
  console.table(
    BATCHES.map((count) => {
      const { worst, mean, ...cost } = weigh(samples, count, surface);
      const limit = surface && count > 1 ? undefined : LIMITS.get(count);
      if (limit !== undefined && cost.max > limit) {
        process.exitCode = 1;
        console.error(`A batch of ${count} costs ${cost.max} bytes:`, JSON.stringify(worst));
      }
      return { ...cost, mean: Number(mean.toFixed(2)), "mean a sample": (mean / count).toFixed(2) };
    }),
  );
}
