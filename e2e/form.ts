/**
 * How long and how wide the browser tests go. Every run takes the short form, in which long times are
 * cut down and browsers take turns where both would do the same; `SKEIN_FORM=full npm run e2e` takes
 * the full one. CONTRIBUTING.md says what differs.
 */
const form = process.env["SKEIN_FORM"] ?? "short";
if (form !== "short" && form !== "full") {
  throw new Error(`SKEIN_FORM is "${form}"; allowed: short (the default) or full`);
}

/** Whether everything runs at its full length, in every browser. */
export const full = form === "full";

/**
 * Which of the browser tests run: those that measure time or memory need the machine for themselves,
 * and the others, which wait more than they work, run beside one another. `npm test` runs the one part
 * after the other; by default all run, one at a time.
 */
const parts = ["alone", "beside", "all"] as const;
export const part = parts.find((each) => each === (process.env["SKEIN_PART"] ?? "all"));
if (part === undefined) {
  throw new Error(`SKEIN_PART is "${process.env["SKEIN_PART"]}"; allowed: ${parts.join(", ")}`);
}

/** A number that differs between the forms; the environment variable goes before both. */
export function inForm(variable: string, numbers: { short: number; full: number }): number {
  const given = process.env[variable];
  if (given === undefined) return full ? numbers.full : numbers.short;
  const number = Number(given);
  if (given.trim() === "" || !(number > 0)) {
    throw new Error(`${variable} is "${given}"; allowed: a number above 0`);
  }
  return number;
}
