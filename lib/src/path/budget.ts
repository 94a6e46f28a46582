/**
 * How many RTCPeerConnections this tab may make.
 *
 * Chromium allows 500 in a renderer process, several tabs of one site can share it, and closed ones
 * count until they are garbage collected: a link that is repaired for ever would take WebRTC away
 * from everybody. So what counts here is what was made and not yet seen finalised.
 */
import { type Clock, systemClock } from "../clock.ts";

/** Made and not finalised, in one tab: leaves room for three such tabs in one process. */
export const MAX_ALIVE = 150;
/** Made in any one minute: twice a full mesh. */
export const MAX_PER_MINUTE = 30;
const MINUTE_MS = 60_000;

/** What the budget needs of a `FinalizationRegistry`, so that tests can collect when they like. */
export interface Finalisation {
  register(target: object): void;
}

export interface BudgetOptions {
  readonly clock: Clock;
  readonly maxAlive?: number;
  readonly maxPerMinute?: number;
  readonly finalisation?: (onFinalised: () => void) => Finalisation;
}

export class ConnectionBudget {
  readonly #clock: Clock;
  readonly #maxAlive: number;
  readonly #maxPerMinute: number;
  readonly #finalisation: Finalisation;
  readonly #listeners = new Set<() => void>();
  /** When each of the newest connections was made, oldest first. */
  #madeAt: number[] = [];
  #alive = 0;

  constructor(options: BudgetOptions) {
    this.#clock = options.clock;
    this.#maxAlive = options.maxAlive ?? MAX_ALIVE;
    this.#maxPerMinute = options.maxPerMinute ?? MAX_PER_MINUTE;
    this.#finalisation = (options.finalisation ?? finalisationRegistry)(() => this.#freed());
  }

  /** Connections made and not yet seen finalised. */
  get alive(): number {
    return this.#alive;
  }

  /**
   * Milliseconds until `take` would say `"ok"`; 0 when it would now, Infinity when it depends on a
   * garbage collection (see `onFreed`).
   */
  get waitMs(): number {
    if (this.#alive >= this.#maxAlive) return Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    this.#madeAt = this.#madeAt.filter((at) => now - at < MINUTE_MS);
    const blocking = this.#madeAt[this.#madeAt.length - this.#maxPerMinute];
    return blocking === undefined ? 0 : MINUTE_MS - (now - blocking);
  }

  /**
   * Asks for one connection. After `"ok"` either `follow` or `giveBack` must be called.
   * @param optional it is not needed, and must leave half of everything to those that are.
   */
  take(optional = false): "ok" | "too-many-connections" {
    if (this.waitMs > 0) return "too-many-connections";
    const half = this.#alive >= this.#maxAlive / 2 || this.#madeAt.length >= this.#maxPerMinute / 2;
    if (optional && half) return "too-many-connections";
    this.#madeAt.push(this.#clock.now());
    this.#alive += 1;
    return "ok";
  }

  /** The connection that was taken: it counts until it is garbage collected. */
  follow(connection: object): void {
    this.#finalisation.register(connection);
  }

  /** The constructor threw: there is nothing to collect. The minute's count stands. */
  giveBack(): void {
    this.#freed();
  }

  /** Calls `run` whenever one no longer counts. Returns its undo. */
  onFreed(run: () => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }

  #freed(): void {
    this.#alive -= 1;
    for (const run of [...this.#listeners]) run();
  }
}

function finalisationRegistry(onFinalised: () => void): Finalisation {
  const registry = new FinalizationRegistry<null>(onFinalised);
  return { register: (target) => registry.register(target, null) };
}

/** The budget that every room of this page shares. */
export const pageBudget = new ConnectionBudget({ clock: systemClock });
