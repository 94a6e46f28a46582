/** What is between the rooms of a hub: how long it takes, what it loses, and who is cut off from whom. */

import type { HubClock } from "./clock.ts";
import type { Conditions } from "./line.ts";
import { isSignOfLife } from "./memory-socket.ts";
import type { Air } from "./memory-webrtc.ts";

/** With the server; the other sides of a partition are numbered from 1. */
const SERVERS_SIDE = 0;
/** What is lost is sent again after so long, several times at worst. */
const RETRANSMISSION_MS = 1_000;

/** Where a room is. */
export class Place {
  delayMs = 0;
  loss = 0;
  side = SERVERS_SIDE;
}

export class Network implements Air<Place> {
  readonly clock: HubClock;
  readonly random: () => number;
  /** Of everything, beside what each place adds. */
  delayMs = 0;
  loss = 0;
  /** When something last went anywhere. */
  #lastTraffic = Number.NEGATIVE_INFINITY;

  constructor(clock: HubClock, random: () => number) {
    this.clock = clock;
    this.random = random;
  }

  /** From one place to another, whatever path: so a hop to or from the server is half of it. */
  conditions(a: Place, b: Place): Conditions {
    return {
      delayMs: this.delayMs + a.delayMs + b.delayMs,
      loss: 1 - (1 - this.loss) * (1 - a.loss) * (1 - b.loss),
    };
  }

  toServer(place: Place): Conditions {
    return {
      delayMs: this.delayMs / 2 + place.delayMs,
      loss: 1 - Math.sqrt(1 - this.loss) * (1 - place.loss),
    };
  }

  separated(a: Place, b: Place): boolean {
    return a.side !== b.side;
  }

  reachesServer(place: Place): boolean {
    return place.side === SERVERS_SIDE;
  }

  onFrame(frame: Uint8Array): void {
    if (!isSignOfLife(frame)) this.onTraffic();
  }

  onTraffic(): void {
    this.#lastTraffic = this.clock.now();
  }

  /** Whether nothing but signs of life went anywhere for so long, and nothing can be on its way. */
  isQuiet(ms: number, places: readonly Place[]): boolean {
    const slowest = Math.max(0, ...places.map(({ delayMs }) => delayMs));
    const lossy = this.loss > 0 || places.some(({ loss }) => loss > 0);
    const underWay = 2 * (this.delayMs + 2 * slowest) + (lossy ? RETRANSMISSION_MS : 0);
    return this.clock.now() - this.#lastTraffic >= ms + underWay;
  }
}
