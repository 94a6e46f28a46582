/**
 * Whether the socket still carries anything, and how long a round trip over it takes. engine.io's own
 * ping runs from server to client: it ends a silent socket after ten seconds, but measures nothing
 * here and cannot be asked. The `echo` event can.
 */
import type { Clock } from "../clock.ts";

/** Between two echoes, and the longest silence after one. The server's ping keeps the same time. */
export const ECHO_INTERVAL_MS = 5_000;
/** A timer later than this says that this page stood still: answers may lie unread behind it. */
const LATE_MS = 1_000;
/** Weight of a new sample: the figure follows a change of network within some four samples. */
const WEIGHT = 1 / 4;

export class Liveness {
  readonly #clock: Clock;
  readonly #echo: (number: number) => void;
  readonly #onSilent: () => void;
  #cancel: () => void = () => {};
  #number = 0;
  #sentAt = 0;
  #awaiting = false;
  #heard = false;
  #rtt: number | null = null;
  readonly #fences: { readonly number: number; readonly done: () => void }[] = [];

  constructor(clock: Clock, echo: (number: number) => void, onSilent: () => void) {
    this.#clock = clock;
    this.#echo = echo;
    this.#onSilent = onSilent;
  }

  /** Smoothed round-trip time in milliseconds; null before the first answer. */
  get rtt(): number | null {
    return this.#rtt;
  }

  /** Asks for a sign of life now, and from then on regularly. `done` is called at the answer. */
  check(done?: () => void): void {
    this.#cancel();
    if (done) this.#fences.push({ number: this.#number + 1, done });
    this.#heard = false;
    this.#awaiting = true;
    this.#sentAt = this.#clock.now();
    const due = this.#sentAt + ECHO_INTERVAL_MS;
    this.#cancel = this.#clock.after(ECHO_INTERVAL_MS, () => {
      if (this.#heard || this.#clock.now() - due > LATE_MS) this.check();
      else this.#onSilent();
    });
    this.#echo(++this.#number);
  }

  /** Anything at all arrived. */
  heard(): void {
    this.#heard = true;
  }

  /** The server's answer. False when nobody asked for it. */
  answered(number: number): boolean {
    while ((this.#fences[0]?.number ?? Number.POSITIVE_INFINITY) <= number) {
      if (number > this.#number) return false;
      this.#fences.shift()?.done();
    }
    if (!this.#awaiting || number !== this.#number) return number <= this.#number;
    this.#awaiting = false;
    const sample = this.#clock.now() - this.#sentAt;
    this.#rtt = this.#rtt === null ? sample : this.#rtt + WEIGHT * (sample - this.#rtt);
    return true;
  }

  stop(): void {
    this.#cancel();
    this.#fences.length = 0;
  }
}
