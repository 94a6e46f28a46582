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
