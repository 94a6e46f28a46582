/**
 * The admitted sockets of this server, and over which time their clients are to come back should it
 * die: all at once would be more than the servers that are left can take in without a pause.
 */
import { FIRST_DELAY_MS } from "../../lib/src/signaling/reconnection.ts";
import { OutgoingEvent } from "./outgoing.ts";
import type { SocketSession } from "./session.ts";

/** So many come back a second: a tenth of what a server takes in, which has its own to serve. */
export const BACK_PER_SECOND = 200;
/** Ceiling: with a connect time-out after it, clients are back within the 20 s they have. */
export const MAX_SPREAD_MS = 8_000;
/** It is told again when so many times as many are here, or that part of it: seldom. */
const STEP = 2;

/** Milliseconds for so many members, after `before`. */
export function spreadFor(members: number, before: number = FIRST_DELAY_MS): number {
  const needed = Math.min(MAX_SPREAD_MS, (members / BACK_PER_SECOND) * 1000);
  let ms = before;
  while (ms < needed) ms *= STEP;
  // Not to and fro at the edge of a step.
  while (ms > FIRST_DELAY_MS && ms > needed * STEP ** 2) ms /= STEP;
  return ms;
}

type Session = Pick<SocketSession, "send">;

export class Sessions<S extends Session = SocketSession> implements Iterable<S> {
  readonly #all = new Set<S>();
  #spreadMs = FIRST_DELAY_MS;

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<S> {
    return this.#all.values();
  }

  add(session: S): void {
    this.#all.add(session);
    this.#changed();
  }

  delete(session: S): void {
    this.#all.delete(session);
    this.#changed();
  }

  /** What a welcome says; undefined: what each client takes anyway. */
  get spread(): number | undefined {
    return this.#spreadMs > FIRST_DELAY_MS ? this.#spreadMs : undefined;
  }

  #changed(): void {
    const ms = spreadFor(this.size, this.#spreadMs);
    if (ms === this.#spreadMs) return;
    this.#spreadMs = ms;
    const spread = new OutgoingEvent("spread", ms);
    for (const session of this.#all) session.send(spread);
  }
}
