/** Many runs at once, as the property tests have them: shared by two files, and so by two processors. */
import { expect, test } from "vitest";
import { run } from "./simulated-run.ts";

/** Runs in CI, in all files together; `LINK_RUNS` and `LINK_FIRST_SEED` ask for others. */
const RUNS = Number(process.env["LINK_RUNS"] ?? 10_000);
const FIRST_SEED = Number(process.env["LINK_FIRST_SEED"] ?? 1);
/** Processor time that each file's share may take: less than half of it on a machine as CI has. */
const MOST_MS = 120_000;
/** A machine that does a lot besides takes much longer than that for it. */
const PATIENCE = 10;

/** Every `files`-th seed, from the `nth` on. */
export function sweep(nth: number, files: number): void {
  const most = MOST_MS * Math.max(1, RUNS / 10_000);
  test("every message arrives once and in call order, or its loss is told", {
    timeout: most * PATIENCE,
  }, () => {
    const failed: string[] = [];
    const began = process.cpuUsage();
    for (let n = nth; n < RUNS && failed.length < 5; n += files) {
      const seed = FIRST_SEED + n;
      const failures = run(seed);
      if (failures.length > 0) failed.push(`seed ${seed}: ${failures.slice(0, 4).join("; ")}`);
      // Vitest can end nothing that does not wait.
      const { user, system } = process.cpuUsage(began);
      if ((user + system) / 1_000 < most) continue;
      failed.push(`${most} ms of processor time are over at seed ${seed}`);
      break;
    }
    expect(failed).toEqual([]);
  });
}
