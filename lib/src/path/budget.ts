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

/** What others make us open may take this share of either … */
const FORCED_SHARE = 1 / 2;
/** What is not needed leaves this share of either to what is. */
const OPTIONAL_SHARE = 1 / 2;

/** What the budget needs of a `FinalizationRegistry`, so that tests can collect when they like. */
export interface Finalisation {
  /** `forced` is told when `target` is collected. */
  register(target: object, forced: boolean): void;
}

export interface BudgetOptions {
  readonly clock: Clock;
  readonly maxAlive?: number;
  readonly maxPerMinute?: number;
  readonly finalisation?: (onFinalised: (forced: boolean) => void) => Finalisation;
}

/** Whom a connection is for. */
export interface Need {
  /** It is not needed, and must leave half of everything to those that are. */
  readonly optional?: boolean;
  /**
   * Whose wish it is, when it is not ours: all of those together leave half of everything to what we
   * want ourselves, and each leaves room for one more than there are.
   */
  readonly forcedBy?: object | null;
}

export class ConnectionBudget {
  readonly #clock: Clock;
  readonly #maxAlive: number;
  readonly #maxPerMinute: number;
  readonly #finalisation: Finalisation;
  readonly #listeners = new Set<() => void>();
  /** When each of the newest connections was made and whose wish it was, oldest first. */
  #made: { readonly at: number; readonly forcedBy: object | null }[] = [];
  #alive = 0;
  #forcedAlive = 0;

  constructor(options: BudgetOptions) {
    this.#clock = options.clock;
    this.#maxAlive = options.maxAlive ?? MAX_ALIVE;
    this.#maxPerMinute = options.maxPerMinute ?? MAX_PER_MINUTE;
    this.#finalisation = (options.finalisation ?? finalisationRegistry)((forced) =>
      this.#freed(forced),
    );
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
    this.#made = this.#made.filter(({ at }) => now - at < MINUTE_MS);
    const blocking = this.#made[this.#made.length - this.#maxPerMinute];
    return blocking === undefined ? 0 : MINUTE_MS - (now - blocking.at);
  }

  /** Asks for one connection. After `"ok"` either `follow` or `giveBack` must be called with `need`. */
  take(need: Need = {}): "ok" | "too-many-connections" {
    if (this.waitMs > 0 || !this.#mayTake(need)) return "too-many-connections";
    const { forcedBy = null } = need;
    this.#made.push({ at: this.#clock.now(), forcedBy });
    this.#alive += 1;
    if (forcedBy !== null) this.#forcedAlive += 1;
    return "ok";
  }

  /** The connection that was taken: it counts until it is garbage collected. */
  follow(connection: object, { forcedBy = null }: Need = {}): void {
    this.#finalisation.register(connection, forcedBy !== null);
  }

  /** The constructor threw: there is nothing to collect. The minute's count stands. */
  giveBack({ forcedBy = null }: Need = {}): void {
    this.#freed(forcedBy !== null);
  }

  /** Calls `run` whenever one no longer counts. Returns its undo. */
  onFreed(run: () => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }

  #mayTake({ optional = false, forcedBy = null }: Need): boolean {
    const left = 1 - OPTIONAL_SHARE;
    const much = this.#alive >= this.#maxAlive * left;
    if (optional && (much || this.#made.length >= this.#maxPerMinute * left)) return false;
    if (forcedBy === null) return true;
    const forced = this.#made.filter((each) => each.forcedBy !== null);
    const most = this.#maxPerMinute * FORCED_SHARE;
    if (forced.length >= most || this.#forcedAlive >= this.#maxAlive * FORCED_SHARE) return false;
    const others = new Set(forced.map((each) => each.forcedBy));
    others.delete(forcedBy);
    const own = forced.filter((each) => each.forcedBy === forcedBy).length;
    // One more may come, and must find something left.
    return own === 0 || own + 1 <= most / (others.size + 2);
  }

  #freed(forced: boolean): void {
    this.#alive -= 1;
    if (forced) this.#forcedAlive -= 1;
    for (const run of [...this.#listeners]) run();
  }
}

function finalisationRegistry(onFinalised: (forced: boolean) => void): Finalisation {
  return new FinalizationRegistry<boolean>(onFinalised);
}

/** The budget that every room of this page shares. */
export const pageBudget = new ConnectionBudget({ clock: systemClock });
