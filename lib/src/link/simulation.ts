/**
 * Rooms of links in memory, for tests: a server whose sockets come and go, WebRTC-like paths that are
 * cut, half open, dead until an ICE restart or gone, and members that leave and come back. The same
 * seed gives the same run. Every promise that links make is checked as it happens.
 */
import { FakeClock } from "../fake-clock.ts";
import { seededRandom } from "../path/memory.ts";
import { Ledger } from "./ledger.ts";
import { Pair } from "./simulated-pair.ts";
import { Peer } from "./simulated-peer.ts";

export type { Peer } from "./simulated-peer.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly peers: number;
}

export class Simulation {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly peers: Peer[] = [];
  readonly pairs: Pair[] = [];
  readonly seed: number;
  /** Set when nothing disturbs any more, and nothing that worked may stop to. */
  inPeace = false;
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  readonly counts = { resets: 0, paths: 0, leaves: 0, lost: 0, replaced: 0 };
  readonly ledger: Ledger;

  constructor({ seed, peers }: SimulationOptions) {
    this.seed = seed;
    this.random = seededRandom(seed);
    this.ledger = new Ledger(this.clock, (text) => this.fail(text));
    for (let n = 0; n < peers; n++) this.peers.push(new Peer(this, n));
    for (const a of this.peers) {
      for (const b of this.peers) if (a.number < b.number) this.pairs.push(new Pair(this, a, b));
    }
    for (const peer of this.peers) peer.join();
  }

  fail(text: string): void {
    this.failures.push(`${Math.round(this.clock.now())} ms: ${text}`);
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  pair(a: Peer, b: Peer): Pair {
    const found = this.pairs.find(
      (pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a),
    );
    if (found === undefined) throw new Error("no such pair");
    return found;
  }

  /** Everything works again from now on. */
  heal(): void {
    for (const pair of this.pairs) {
      pair.heal();
      pair.allowDirect(true);
    }
    for (const peer of this.peers) {
      peer.hidden = false;
      peer.setFull(false);
      if (!peer.present) peer.join();
      else if (!peer.joined) peer.resume();
    }
  }

  /** Ends everybody. */
  close(): void {
    this.inPeace = false;
    for (const peer of this.peers) peer.close();
    for (const pair of this.pairs) pair.heal();
  }
}
