import type { Clock } from "../../lib/src/clock.ts";
import { CREDIT_BYTES, CREDIT_INTERVAL_MS } from "../../lib/src/signaling/events.ts";

/** For how long nothing is to be told, in milliseconds; a client that waits for it sends less meanwhile. */
export interface Hold {
  readonly holdMs: number;
}

/**
 * Tells a client how many bytes of its binary messages the server has taken: every CREDIT_BYTES at
 * once, the rest at most `intervalMs` later. Costs a timer only while something is not yet told.
 */
export class Credit {
  readonly #clock: Clock;
  readonly #give: (total: number) => void;
  readonly #intervalMs: number;
  readonly #hold: Hold | undefined;
  #total = 0;
  #told = 0;
  /** When the first of what is not yet told was taken. */
  #since = 0;
  #cancel: (() => void) | undefined;
  #isHeld = false;

  constructor(
    clock: Clock,
    give: (total: number) => void,
    intervalMs = CREDIT_INTERVAL_MS,
    hold?: Hold,
  ) {
    this.#hold = hold;
    this.#clock = clock;
    this.#give = give;
    this.#intervalMs = intervalMs;
  }

  take(bytes: number): void {
    this.#total += bytes;
    if (this.#isHeld) return;
    if (this.#total - this.#told >= CREDIT_BYTES) this.#tell();
    else if (!this.#cancel) {
      this.#since = this.#clock.now();
      this.#cancel = this.#clock.after(this.#intervalMs, () => this.#tell());
    }
  }

  /** Something is written anyway: what is to be told before long goes with it, and costs no write. */
  accompany(): void {
    if (this.#cancel && this.#clock.now() - this.#since >= this.#intervalMs / 2) this.#tell();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(): void {
    this.close();
    const wait = this.#hold?.holdMs ?? 0;
    this.#isHeld = wait > 0;
    if (this.#isHeld) {
      this.#cancel = this.#clock.after(wait, () => this.#tell());
      return;
    }
    this.#told = this.#total;
    this.#give(this.#total);
  }
}
