/** What must hold between ours and what is usual. */
import type { Fidelity } from "./fidelity.ts";

/** `latency` adds less than this, in milliseconds: a frame of a 60 Hz screen. */
export const FRAME_MS = 1000 / 60;

/** Per setting, of one set of recordings. */
export interface Measured {
  readonly ours: Readonly<Record<string, Fidelity>>;
  readonly usual: Readonly<Record<string, Fidelity>>;
  readonly usualAtOurRate: Readonly<Record<string, Fidelity>>;
}

/** The least p95 of our settings that add no more delay than this; infinite when all add more. */
export function ourP95At(added: number, ours: Measured["ours"]): number {
  const inTime = Object.values(ours).filter((one) => one.added <= added);
  return Math.min(...inTime.map(({ p95 }) => p95));
}

/** What does not hold, in words. */
export function violations({ ours, usual, usualAtOurRate }: Measured): string[] {
  const found: string[] = [];
  const compare = (others: Measured["usual"], share: number): void => {
    for (const [name, { added, p95 }] of Object.entries(others)) {
      const our = ourP95At(added, ours);
      if (our <= share * p95) continue;
      found.push(`At ${added} ms ours has a p95 of ${our} px, "${name}" ${p95} px.`);
    }
  };
  compare(usual, 1 / 2);
  compare(usualAtOurRate, 1);
  const latency = ours["latency"]?.added ?? Number.NaN;
  if (!(latency < FRAME_MS)) found.push(`"latency" adds ${latency} ms, a frame or more.`);
  return found;
}
