/**
 * Which nodes are heard of. Each has a lease that it renews; one that is not heard of for as long as
 * a lease runs is silent, whether it died, Redis did, or this node is cut off: its members are away.
 */
import type { Clock } from "../../../lib/src/clock.ts";
import type { Lease } from "./commons.ts";

/** How long a lease runs, in milliseconds. */
export const LEASE_MS = 10_000;

/** A node silent for so long is forgotten, in milliseconds: nothing in any room names it any more. */
const FORGOTTEN_AFTER_MS = 3_600_000;

export class Nodes {
  readonly #clock: Clock;
  readonly #self: string;
  readonly #heard = new Map<string, number>();
  readonly #silent = new Set<string>();

  constructor(clock: Clock, self: string) {
    this.#clock = clock;
    this.#self = self;
  }

  isSilent(node: string): boolean {
    return this.#silent.has(node);
  }

  /** When it was heard of for the last time; the clock's time, in milliseconds. */
  heardAt(node: string): number {
    return this.#heard.get(node) ?? this.#clock.now();
  }

  /** Those that are not silent, without this one. */
  get others(): string[] {
    return [...this.#heard.keys()].filter((node) => !this.#silent.has(node));
  }

  /** A record names it: whoever is new gets as long as a lease to be heard. */
  mention(node: string): void {
    if (node !== this.#self && !this.#heard.has(node)) this.#heard.set(node, this.#clock.now());
  }

  /** Something came from it. True when it was silent. */
  hear(node: string): boolean {
    if (node === this.#self) return false;
    this.#heard.set(node, this.#clock.now());
    return this.#silent.delete(node);
  }

  /** Takes the leases as they are now; returns the nodes that were silent or are from now on. */
  check(leases: readonly Lease[] = []): string[] {
    const now = this.#clock.now();
    for (const { node, leftMs } of leases) {
      if (node === this.#self) continue;
      const renewed = now - Math.max(0, LEASE_MS - leftMs);
      this.#heard.set(node, Math.max(renewed, this.#heard.get(node) ?? Number.NEGATIVE_INFINITY));
    }
    const changed: string[] = [];
    for (const [node, heard] of this.#heard) {
      const silent = now - heard > LEASE_MS;
      if (silent === this.#silent.has(node)) {
        if (silent && now - heard > FORGOTTEN_AFTER_MS) this.#forget(node);
        continue;
      }
      changed.push(node);
      if (silent) this.#silent.add(node);
      else this.#silent.delete(node);
    }
    return changed;
  }

  #forget(node: string): void {
    this.#heard.delete(node);
    this.#silent.delete(node);
  }
}
