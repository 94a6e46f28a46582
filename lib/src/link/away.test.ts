import { expect, test } from "vitest";
import { Simulation } from "./simulation.ts";

/** How long a path still seems to answer after a hidden tab was killed so long after joining. */
function answersFor(ms: number): number {
  const simulation = new Simulation({ seed: 1, peers: 2 });
  const [here, killed] = simulation.peers;
  if (here === undefined || killed === undefined) throw new Error("there are two");
  const { clock } = simulation;
  killed.hidden = true;
  clock.advance(ms);
  const link = here.links.get(killed);
  expect(link?.answers).toBe(true);
  simulation.pair(here, killed).block("both");
  killed.drop();
  const since = clock.now();
  while (link?.answers === true) clock.advance(10);
  return clock.now() - since;
}

test("a killed tab is known to be gone 5 s after its socket, hidden or not, idle or not", () => {
  for (let ms = 20_000; ms < 26_000; ms += 500) {
    // The server's word takes a moment, and both limits begin with it.
    expect(answersFor(ms)).toBeLessThan(5_200);
  }
});
