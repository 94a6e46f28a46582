/**
 * The connection to Redis, and the breaker that spares it: one connection at a time, given up as a
 * whole on the first thing that fails or takes too long, and tried again after a while. Nothing is
 * kept for later in here: what must reach Redis is compared with it when it is back.
 */
import type { Clock } from "../../../lib/src/clock.ts";
import type { Commons, CommonsEvents, Connect } from "./commons.ts";

/** What Redis may take to answer anything, in milliseconds. A frozen one says nothing at all. */
const ANSWER_MS = 1_500;
/** What a connection may take, in milliseconds. */
const CONNECT_MS = 3_000;
/** First and longest wait for the next try, in milliseconds; each is a random part of it. */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2_000;
/** Shortest wait, in milliseconds. */
const SHORTEST_WAIT_MS = 50;

export type UplinkState = "idle" | "connecting" | "up" | "waiting" | "closed";

export interface UplinkEvents {
  up(commons: Commons): void;
  down(error: Error): void;
  message(message: Uint8Array): void;
}

export interface UplinkOptions {
  readonly self: string;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: () => number;
}

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #events: UplinkEvents;
  #state: UplinkState = "idle";
  #commons: Commons | undefined;
  /** One more with each try: what belongs to an older one is nobody's business. */
  #try = 0;
  #failures = 0;
  #cancel: (() => void) | undefined;
  #error: Error | undefined;

  constructor(options: UplinkOptions, events: UplinkEvents) {
    this.#options = options;
    this.#events = events;
  }

  get state(): UplinkState {
    return this.#state;
  }

  /** While it is up. */
  get commons(): Commons | undefined {
    return this.#commons;
  }

  /** Why it is not up, where that is known. */
  get error(): Error | undefined {
    return this.#error;
  }

  start(): void {
    if (this.#state === "idle") this.#connect();
  }

  /** The answer to something asked of the present connection; if none comes, it is given up. */
  async ask<T>(ask: (commons: Commons) => Promise<T>): Promise<T | undefined> {
    const commons = this.#commons;
    if (!commons) return undefined;
    const number = this.#try;
    try {
      const answer = await this.#within(ANSWER_MS, ask(commons));
      return number === this.#try && this.#commons ? answer : undefined;
    } catch (error) {
      this.#fail(number, error as Error);
      return undefined;
    }
  }

  /** The present connection is of no use. */
  fail(error: Error): void {
    this.#fail(this.#try, error);
  }

  close(): void {
    this.#state = "closed";
    this.#try++;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#commons?.close();
    this.#commons = undefined;
  }

  #connect(): void {
    this.#state = "connecting";
    const number = ++this.#try;
    const events: CommonsEvents = {
      message: (message) => number === this.#try && this.#events.message(message),
      lost: (error) => this.#fail(number, error),
    };
    const connecting = this.#options.connect(this.#options.self, events);
    this.#within(CONNECT_MS, connecting).then(
      (commons) => {
        if (number !== this.#try) return commons.close();
        this.#state = "up";
        this.#commons = commons;
        this.#error = undefined;
        this.#events.up(commons);
      },
      (error: Error) => {
        this.#fail(number, error);
        // It may still come, too late.
        connecting.then(
          (commons) => commons.close(),
          () => {},
        );
      },
    );
  }

  #fail(number: number, error: Error): void {
    if (number !== this.#try || this.#state === "closed" || this.#state === "waiting") return;
    const wasUp = this.#state === "up";
    this.#state = "waiting";
    this.#try++;
    this.#error = error;
    this.#commons?.close();
    this.#commons = undefined;
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    const wait = Math.max(SHORTEST_WAIT_MS, this.#options.random() * most);
    this.#cancel = this.#options.clock.after(wait, () => this.#connect());
    if (wasUp) this.#events.down(error);
  }

  /** It answered: the next failure is a first one. */
  healthy(): void {
    this.#failures = 0;
  }

  #within<T>(ms: number, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(ms, () =>
        reject(new Error(`Redis did not answer within ${ms} ms.`)),
      );
      promise.then(resolve, reject).finally(cancel);
    });
  }
}
