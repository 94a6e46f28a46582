import { Lab } from "./lab.ts";

/** Builds a lab and dies without a word, for the test that tidies up after it. */
export async function main(): Promise<void> {
  await Lab.create({ a: { network: "cone", link: { rttMs: 10 } } });
  process.kill(process.pid, "SIGKILL");
}
