/** What is between the rooms of a hub: how long it takes, what it loses, and who is cut off from whom. */

import type { HubClock } from "./clock.ts";
import { type Conditions, MAX_RETRANSMITS, RETRANSMIT_MS } from "./line.ts";
import { isSignOfLife } from "./memory-socket.ts";
import type { Air } from "./memory-webrtc.ts";

/** With the server; the other sides of a partition are numbered from 1. */
const SERVERS_SIDE = 0;

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
  /** When the last of what was on its way at a change has arrived. */
  #arrivedBy = Number.NEGATIVE_INFINITY;

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

  /** To be called before conditions change: what is on its way by then keeps to the old ones. */
  changing(places: readonly Place[]): void {
    this.#arrivedBy = Math.max(this.#arrivedBy, this.clock.now() + this.#longestWay(places));
  }

  /** Whether for so long nothing went anywhere but signs of life, and nothing can be on its way. */
  isQuiet(ms: number, places: readonly Place[]): boolean {
    const arrivedBy = Math.max(this.#arrivedBy, this.#lastTraffic + this.#longestWay(places));
    return this.clock.now() >= arrivedBy + ms;
  }

  /** That anything can take, lost as often as can be. */
  #longestWay(places: readonly Place[]): number {
    const slowest = Math.max(0, ...places.map(({ delayMs }) => delayMs));
    const delayMs = this.delayMs + 2 * slowest;
    const lossy = this.loss > 0 || places.some(({ loss }) => loss > 0);
    return delayMs + (lossy ? MAX_RETRANSMITS * (RETRANSMIT_MS + 2 * delayMs) : 0);
  }
}
