import { expect, test } from "vitest";
import { type Peer, Simulation } from "./simulation.ts";

/** Runs in CI; `LINK_RUNS` and `LINK_FIRST_SEED` ask for others. */
const RUNS = Number(process.env["LINK_RUNS"] ?? 10_000);
const FIRST_SEED = Number(process.env["LINK_FIRST_SEED"] ?? 1);
/** Seeds that failed once. */
const PINNED: readonly number[] = [495, 852, 912, 1257, 1548, 1725, 1872];

test("every message arrives once and in call order, or its loss is told", {
  timeout: 3_600_000,
}, () => {
  const failed: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS && failed.length < 5; seed++) {
    const failures = run(seed);
    if (failures.length > 0) failed.push(`seed ${seed}: ${failures.slice(0, 4).join("; ")}`);
  }
  expect(failed).toEqual([]);
});

for (const seed of PINNED) {
  test(`seed ${seed}`, () => {
    expect(run(seed)).toEqual([]);
  });
}

/** A few seconds of trouble, then peace; returns what went wrong. */
function run(seed: number): readonly string[] {
  const simulation = new Simulation({
    seed,
    peers: 2 + (seed % 8 === 0 ? 2 : seed % 4 === 0 ? 1 : 0),
  });
  const { clock } = simulation;
  // A third of the runs has members that leave and come back.
  const churn = seed % 3 === 0;
  for (const pair of simulation.pairs) pair.restarts = simulation.random() < 0.5;
  const later = (least: number, most: number, task: () => void) =>
    clock.after(simulation.between(least, most), task);
  const end = clock.now() + simulation.between(2_000, 9_000);
  while (clock.now() < end) {
    clock.advance(simulation.between(0, 300));
    const peer = simulation.pick(simulation.peers);
    const pair = simulation.pick(simulation.pairs);
    const dice = simulation.random();
    if (dice < 0.3) peer.sendAll(1 + Math.floor(simulation.random() * 4));
    else if (dice < 0.5) talk(simulation, peer);
    else if (dice < 0.6) stream(simulation, peer);
    else if (dice < 0.67) {
      peer.drop();
      later(10, 4_000, () => peer.resume());
    } else if (dice < 0.69) {
      for (const each of simulation.peers) {
        each.drop();
        later(10, 4_000, () => each.resume());
      }
    } else if (dice < 0.78) {
      pair.block(simulation.pick(["both", "both", "a", "b"] as const));
      later(50, 5_000, () => pair.heal());
    } else if (dice < 0.81) pair.lose();
    else if (dice < 0.83) {
      pair.allowDirect(false);
      later(500, 6_000, () => pair.allowDirect(true));
    } else if (dice < 0.87) pair.kill();
    else if (dice < 0.9) {
      peer.setFull(true);
      later(10, 1_000, () => peer.setFull(false));
    } else if (dice < 0.92) peer.hidden = !peer.hidden;
    else if (dice < 0.95 && churn && peer.present) {
      peer.leave();
      later(0, 1_500, () => {
        if (!peer.present) peer.join();
      });
    }
  }
  simulation.heal();
  clock.advance(12_000);
  for (const peer of simulation.peers) {
    if (peer.unsettled > 0) simulation.fail(`${peer.unsettled} messages of ${peer.id} unsettled`);
  }
  // In peace nothing is missed, every link is on WebRTC again, and direct if it ever was.
  simulation.inPeace = true;
  for (const pair of simulation.pairs) if (simulation.random() < 0.5) pair.relayed();
  const { missed } = simulation.ledger.counts;
  for (const peer of simulation.peers) {
    peer.sendAll(2);
    talk(simulation, peer);
  }
  clock.advance(8_000);
  for (const peer of simulation.peers) {
    if (peer.unsettled > 0)
      simulation.fail(`${peer.unsettled} last messages of ${peer.id} unsettled`);
    for (const [about, link] of peer.links) {
      if (link.path === "server") simulation.fail(`${peer.id} to ${about.id} stays on the server`);
      const searches = peer.joinNumber > about.joinNumber && peer.wereDirect.has(link);
      if (link.path === "relay" && searches) {
        simulation.fail(`${peer.id} to ${about.id} stays on the relay`);
      }
    }
  }
  if (simulation.ledger.counts.missed > missed) simulation.fail("a message in peace was missed");
  simulation.close();
  clock.advance(30_000);
  if (clock.pending > 0) simulation.fail(`${clock.pending} timers left`);
  return simulation.failures;
}

/** To single peers and to all, mixed. */
function talk(simulation: Simulation, peer: Peer): void {
  for (let n = 0; n < 5; n++) {
    if (simulation.random() < 0.5) peer.sendAll();
    else peer.sendTo(simulation.pick(simulation.peers.filter((each) => each !== peer)));
  }
}

/** Half a second of a moving cursor. */
function stream(simulation: Simulation, peer: Peer): void {
  for (let ms = 0; ms < 500; ms += 50) simulation.clock.after(ms, () => peer.stream());
}
