/** A part of the library that is loaded beside the handshake, and again where that failed. */
import type { Clock } from "./clock.ts";
import { callSafely } from "./room/report.ts";

/** A chunk that could not be fetched is fetched again after this, and then after twice as long … */
const LOAD_AGAIN_MS = 2_000;
/** … up to this; and whenever the server is there (again), which often serves the page too. */
const LOAD_AGAIN_MOST_MS = 60_000;

// A callback that returns nothing is one that returns void.
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Undo = (() => void) | undefined | void;

/** For those who need it, whatever it takes to come. */
export type Coming<T> = Pick<Chunk<T>, "load" | "stop" | "with">;

export class Chunk<T> {
  readonly #clock: Clock;
  readonly #fetch: () => Promise<T>;
  readonly #onFailed: () => void;
  readonly #waiting = new Set<(part: T) => void>();
  #state: "unloaded" | "loading" | "loaded" | "failed" = "unloaded";
  #part: T | null = null;
  #wanted = false;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;

  constructor(clock: Clock, fetch: () => Promise<T>, onFailed: () => void = () => {}) {
    this.#clock = clock;
    this.#fetch = fetch;
    this.#onFailed = onFailed;
  }

  /** Null while it is not there. */
  get part(): T | null {
    return this.#part;
  }

  /** Whether it could not be fetched when it was last tried. */
  get failed(): boolean {
    return this.#state === "failed";
  }

  /** Begins to load it, or tries again what failed; harmless when begun. */
  load(): void {
    this.#wanted = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#state === "loading" || this.#state === "loaded") return;
    this.#state = "loading";
    this.#fetch().then(
      (part) => {
        this.#state = "loaded";
        this.#part = part;
        const waiting = [...this.#waiting];
        this.#waiting.clear();
        // Whoever waits for the rest of it must not hear of a mistake of one.
        for (const use of waiting) callSafely(() => use(part));
      },
      () => {
        this.#state = "failed";
        this.#loadLater();
        this.#onFailed();
      },
    );
  }

  /** What failed is not tried again until the next {@link load}. */
  stop(): void {
    this.#wanted = false;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  /**
   * Calls `use` with it: in this call, or as soon as it is there. Returns the undo, of what `use` does
   * as well where that returned one.
   */
  with(use: (part: T) => Undo): () => void {
    let undo: Undo;
    const take = (part: T) => {
      undo = use(part);
    };
    if (this.#part === null) this.#waiting.add(take);
    else take(this.#part);
    return () => {
      this.#waiting.delete(take);
      undo?.();
      undo = undefined;
    };
  }

  #loadLater(): void {
    if (!this.#wanted) return;
    const wait = Math.min(LOAD_AGAIN_MOST_MS, LOAD_AGAIN_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelRetry = this.#clock.after(wait, () => this.load());
  }
}
