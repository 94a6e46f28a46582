/** One run of a simulation: trouble by the seed's dice, then peace, in which everything must come right. */
import { type Peer, Simulation } from "./simulation.ts";

/** From 320 kbit/s to 1.6 Mbit/s. */
const LEAST_BYTES_PER_SECOND = 40_000;
const MOST_BYTES_PER_SECOND = 200_000;
/** A burst: ten seconds of the slowest line. */
const LOAD_MESSAGES = 10;
const LOAD_BYTES = 16_384;
/** Until nothing waits any more, once everything works again. */
const REST_MS = 12_000;
const SLOW_REST_MS = 90_000;

/** A few seconds of trouble, then peace; returns what went wrong. */
export function run(seed: number): readonly string[] {
  const simulation = new Simulation({
    seed,
    peers: 2 + (seed % 8 === 0 ? 2 : seed % 4 === 0 ? 1 : 0),
  });
  const { clock } = simulation;
  // A third of the runs has members that leave and come back.
  const churn = seed % 3 === 0;
  for (const pair of simulation.pairs) pair.restarts = simulation.random() < 0.5;
  // A tenth has slow lines, and much to carry on them.
  const slow = seed % 10 === 5;
  if (slow) {
    for (const each of [...simulation.pairs, ...simulation.peers]) {
      each.bytesPerSecond = simulation.between(LEAST_BYTES_PER_SECOND, MOST_BYTES_PER_SECOND);
    }
  }
  const later = (least: number, most: number, task: () => void) =>
    clock.after(simulation.between(least, most), task);
  const end = clock.now() + simulation.between(2_000, 9_000);
  while (clock.now() < end) {
    clock.advance(simulation.between(0, 300));
    const peer = simulation.pick(simulation.peers);
    const pair = simulation.pick(simulation.pairs);
    const dice = simulation.random();
    if (slow && dice < 0.04) load(simulation);
    else if (dice < 0.3) peer.sendAll(1 + Math.floor(simulation.random() * 4));
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
  if (slow) load(simulation);
  simulation.heal();
  clock.advance(slow ? SLOW_REST_MS : REST_MS);
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

/** Much at once, from everybody to everybody. */
function load(simulation: Simulation): void {
  for (const peer of simulation.peers) {
    for (let n = 0; n < LOAD_MESSAGES; n++) {
      if (simulation.random() < 0.5) peer.sendAll(1, LOAD_BYTES);
      else
        peer.sendTo(
          simulation.pick(simulation.peers.filter((each) => each !== peer)),
          1,
          LOAD_BYTES,
        );
    }
  }
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
