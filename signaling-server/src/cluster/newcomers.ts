/**
 * Those who are about to come into a shared room: any number of them cost one reading of it, and one
 * question for join numbers that no node gives to anybody else.
 */
import type { Hub } from "./hub.ts";

/** A newcomer waits so long for the room to be read, in milliseconds; then it sees this node's. */
const READ_WAIT_MS = 1_000;
/** It waits so long for a join number of its own, in milliseconds. */
const RESERVE_WAIT_MS = 250;

type Give = (join: number | undefined) => void;

export class Newcomers {
  readonly #room: string;
  readonly #hub: Hub;
  /** Until the room is read. */
  readonly #waiting = new Set<() => void>();
  /** Until they have a join number. */
  readonly #numberless: Give[] = [];

  constructor(room: string, hub: Hub) {
    this.#room = room;
    this.#hub = hub;
  }

  /** Resolves at the next {@link go}, or in a while. */
  async wait(): Promise<void> {
    let done: () => void = () => {};
    const read = new Promise<void>((resolve) => {
      done = resolve;
      this.#waiting.add(done);
    });
    await this.#within(READ_WAIT_MS, read);
    this.#waiting.delete(done);
  }

  /** The room is read, or cannot be read now. */
  go(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** A join number for one of them; undefined when nobody can tell in time. */
  join(): Promise<number | undefined> {
    const join = new Promise<number | undefined>((resolve) => {
      this.#numberless.push(resolve);
      if (this.#numberless.length === 1) this.#hub.clock.after(0, () => void this.#reserve());
    });
    return this.#within(RESERVE_WAIT_MS, join);
  }

  /** There is nobody to ask any more. */
  stop(): void {
    this.go();
    for (const give of this.#numberless.splice(0)) give(undefined);
  }

  async #reserve(): Promise<void> {
    const numberless = this.#numberless.splice(0);
    if (numberless.length === 0) return;
    const earliest = Math.floor(this.#hub.wallNow());
    const joins = await this.#hub.ask((commons) =>
      commons.reserve(this.#room, earliest, numberless.length),
    );
    numberless.forEach((give, at) => {
      give(joins?.[at]);
    });
  }

  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#hub.clock.after(ms, () => resolve(undefined));
      void promise.then(resolve).finally(cancel);
    });
  }
}
