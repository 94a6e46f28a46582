/** Many runs at once, as the property tests have them: shared by two files, and so by two processors. */
import { expect, test } from "vitest";
import { run } from "./simulated-run.ts";

/** Runs in CI, in all files together; `LINK_RUNS` and `LINK_FIRST_SEED` ask for others. */
const RUNS = Number(process.env["LINK_RUNS"] ?? 10_000);
const FIRST_SEED = Number(process.env["LINK_FIRST_SEED"] ?? 1);
/** Each file's share of the runs takes half a minute, on a machine that does nothing else … */
const SHARE_MS = 30_000;
/** … and on one that does a lot this many times as long; beyond that the runs have become too dear. */
const BUSY = 10;

/** Every `files`-th seed, from the `nth` on. */
export function sweep(nth: number, files: number): void {
  const limit = SHARE_MS * BUSY * Math.max(1, RUNS / 10_000);
  test("every message arrives once and in call order, or its loss is told", {
    timeout: limit,
  }, () => {
    const failed: string[] = [];
    const began = performance.now();
    for (let n = nth; n < RUNS && failed.length < 5; n += files) {
      const seed = FIRST_SEED + n;
      const failures = run(seed);
      if (failures.length > 0) failed.push(`seed ${seed}: ${failures.slice(0, 4).join("; ")}`);
      // Vitest can end nothing that does not wait.
      if (performance.now() - began < limit) continue;
      failed.push(`seed ${seed} is the ${n + 1}th, and ${limit} ms are over`);
      break;
    }
    expect(failed).toEqual([]);
  });
}
