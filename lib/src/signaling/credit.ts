/**
 * Credit for binary messages on one socket, both ways: each side tells the other how many bytes it
 * has taken so far, and so both know how much is still on its way. This is the back-pressure of the
 * server path: WebSocket's own stops at the first buffer.
 */
import type { Clock } from "../clock.ts";
import { CLIENT_CREDIT_INTERVAL_MS, CREDIT_BYTES } from "./events.ts";

export class Credit {
  readonly #clock: Clock;
  readonly #give: (total: number) => void;
  #sent = 0;
  #granted = 0;
  #received = 0;
  #given = 0;
  #givenAt: number;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, give: (total: number) => void) {
    this.#clock = clock;
    this.#give = give;
    this.#givenAt = clock.now();
  }

  /** Bytes sent that the other side has not yet confirmed. */
  get buffered(): number {
    return this.#sent - this.#granted;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** The other side has taken `total` bytes so far. False when that cannot be. */
  granted(total: number): boolean {
    if (total < this.#granted || total > this.#sent) return false;
    this.#granted = total;
    return true;
  }

  /** Gives credit from here where it is due, by a timer only for the tail: hidden tabs' timers are late. */
  received(bytes: number): void {
    this.#received += bytes;
    const wait = this.#givenAt + CLIENT_CREDIT_INTERVAL_MS - this.#clock.now();
    if (this.#received - this.#given >= CREDIT_BYTES || wait <= 0) this.#giveNow();
    else this.#cancel ??= this.#clock.after(wait, () => this.#giveNow());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #giveNow(): void {
    this.stop();
    this.#given = this.#received;
    this.#givenAt = this.#clock.now();
    this.#give(this.#received);
  }
}
