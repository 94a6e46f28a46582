/** How many sockets there are, of whom: from the WebSocket request to the end of its socket. */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../../lib/src/clock.ts";
import type { Refusal } from "../../../lib/src/signaling/events.ts";
import { Bucket } from "../bucket.ts";
import type { Log } from "../log.ts";
import { countLimit, type ServerStats } from "../stats.ts";
import { addressOf, hostOf, isPrivate } from "./address.ts";
import {
  type CheckedLimits,
  TOO_MANY_OF_ADDRESS,
  TOO_MANY_OF_USER,
  TOO_MANY_SOCKETS,
  TOO_OFTEN,
} from "./limits.ts";

/**
 * Sockets of one address above its limit that still get as far as CONNECT, where a page can be told why
 * they are refused; those above that get an HTTP status, which no script can read.
 */
export const TOLD_WHY = 32;

/** Addresses without a socket that are remembered, for how often they came; more than a minute has. */
const MAX_ABSENT = 10_000;

interface Host {
  sockets: number;
  readonly joins: Bucket;
}

/** It closes once. */
interface Closing {
  readonly destroyed: boolean;
  on(event: "close", listener: () => void): unknown;
}

export interface PlacesOptions {
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly limits: CheckedLimits;
  /** Proxies before this server. */
  readonly trustProxy: number;
  readonly log: Pick<Log, "warn">;
}

/** Answered to the WebSocket request: 503 so that a balancer tries the next server, 429 for good. */
export interface Turned {
  readonly status: 429 | 503;
  readonly refusal: Refusal;
}

export class Places {
  readonly #options: PlacesOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #users = new Map<string, number>();
  /** Requests of an address that has enough: they are to be told so. */
  readonly #surplus = new WeakSet<IncomingMessage>();
  #sockets = 0;
  #hasWarned = false;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** A place for the socket of this request, until it closes; or why there is none. */
  take(request: IncomingMessage, socket: Closing): Turned | undefined {
    const { limits, stats } = this.#options;
    if (this.#sockets >= limits.sockets) {
      countLimit(stats, "sockets");
      return { status: 503, refusal: TOO_MANY_SOCKETS };
    }
    const host = this.#hostOf(request);
    if (host) {
      if (host.sockets >= limits.addressSockets + TOLD_WHY) {
        countLimit(stats, "address-sockets");
        return { status: 429, refusal: TOO_MANY_OF_ADDRESS };
      }
      if (!host.joins.take()) {
        countLimit(stats, "address-joins");
        return { status: 429, refusal: TOO_OFTEN };
      }
      if (host.sockets >= limits.addressSockets) this.#surplus.add(request);
      host.sockets++;
    }
    this.#sockets++;
    const leave = () => {
      this.#sockets--;
      if (host) host.sockets--;
    };
    if (socket.destroyed) leave();
    else socket.on("close", leave);
    return undefined;
  }

  /** At CONNECT: whether its address had enough sockets before this one. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    if (!this.#surplus.has(request)) return undefined;
    countLimit(this.#options.stats, "address-sockets");
    return TOO_MANY_OF_ADDRESS;
  }

  /**
   * A place among a user's sockets, until this one closes; or why there is none. `replaces`: it takes
   * the place of another, which is about to close.
   */
  takeOf(user: string, connection: Pick<Closing, "on">, replaces = false): Refusal | undefined {
    const { limits, stats } = this.#options;
    const count = this.#users.get(user) ?? 0;
    if (count >= limits.userSockets && !replaces) {
      countLimit(stats, "user-sockets");
      return TOO_MANY_OF_USER;
    }
    this.#users.set(user, count + 1);
    connection.on("close", () => {
      const left = (this.#users.get(user) ?? 0) - 1;
      if (left > 0) this.#users.set(user, left);
      else this.#users.delete(user);
    });
    return undefined;
  }

  /** Undefined where nobody counts: by default a proxy's own address stands for everybody. */
  #hostOf(request: IncomingMessage): Host | undefined {
    const { clock, limits, trustProxy } = this.#options;
    const address = addressOf(request, trustProxy);
    if (address === undefined) return undefined;
    if (isPrivate(address)) {
      if (trustProxy === 0 && request.headers["x-forwarded-for"] !== undefined) this.#warn();
      if (!limits.privateToo) return undefined;
    }
    const name = hostOf(address);
    const known = this.#hosts.get(name);
    if (known) return known;
    if (this.#hosts.size >= this.#sockets + MAX_ABSENT) this.#forget();
    const perMinute = limits.addressSockets + TOLD_WHY;
    const host = { sockets: 0, joins: new Bucket(clock, perMinute, perMinute / 60) };
    this.#hosts.set(name, host);
    return host;
  }

  /** A proxy that nobody spoke of. */
  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const advice = "to tell its clients apart set --trust-proxy to the number of proxies";
    this.#options.log.warn({}, `a proxy stands before this server: ${advice}`);
  }

  /** Those at rest; where all were busy, all that have no socket: the memory is bounded. */
  #forget(): void {
    for (const restingOnly of [true, false]) {
      for (const [name, { sockets, joins }] of this.#hosts) {
        if (sockets === 0 && (joins.full || !restingOnly)) this.#hosts.delete(name);
      }
      if (this.#hosts.size < this.#sockets + MAX_ABSENT / 2) return;
    }
  }
}
