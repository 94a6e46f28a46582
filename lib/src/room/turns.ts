/**
 * Whose turn it is: how often each receiver is told what changes all the time. Everybody gets the same
 * things in the same order; who is told less often gets more of them at once.
 */
import type { Clock } from "../clock.ts";

/** Between two turns of a receiver at least: one frame of a 60 Hz screen. */
export const LEAST_INTERVAL_MS = 16;
/**
 * A sender causes some 1,000 deliveries a second and no more: each receiver adds this to the interval.
 * As many as have seats in the mesh by default have 60 a second.
 */
const INTERVAL_PER_RECEIVER_MS = 1;
/** In the largest room it is ten a second: a hand's way, played with this delay, is still its way. */
const MOST_INTERVAL_MS = 100;
export interface TurnsOptions<R> {
  receivers(): readonly R[];
  /** 0 to {@link SLOWEST_PACE}. */
  pace(receiver: R): number;
}

export class Turns<R extends object> {
  readonly #clock: Clock;
  readonly #options: TurnsOptions<R>;
  readonly #send: (receivers: readonly R[], lack: number) => void;
  #count = 0;
  /** How many of all things a receiver had its turn for. */
  readonly #told = new WeakMap<R, number>();
  /** By interval: those who have the same one have their turns together, and share one upload. */
  readonly #lastTurn = new Map<number, number>();
  #cancel: (() => void) | null = null;

  /** `send` tells these receivers the newest `lack` things. */
  constructor(
    clock: Clock,
    options: TurnsOptions<R>,
    send: (receivers: readonly R[], lack: number) => void,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#send = send;
  }

  /** There is one more thing to tell. */
  next(): void {
    this.#count += 1;
    this.#go(false);
  }

  /** Everybody is told now whatever it lacks. */
  flush(): void {
    this.#go(true);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #go(all: boolean): void {
    this.stop();
    const now = this.#clock.now();
    const receivers = this.#options.receivers();
    const usual = Math.min(MOST_INTERVAL_MS, receivers.length * INTERVAL_PER_RECEIVER_MS);
    const byLack = new Map<number, R[]>();
    const turned = new Set<number>();
    let wait = Number.POSITIVE_INFINITY;
    for (const receiver of receivers) {
      // Who came meanwhile begins with the newest.
      const told = this.#told.get(receiver) ?? this.#count - 1;
      this.#told.set(receiver, told);
      const lack = this.#count - told;
      if (lack === 0) continue;
      const interval = Math.max(usual, LEAST_INTERVAL_MS << this.#options.pace(receiver));
      const left = (this.#lastTurn.get(interval) ?? Number.NEGATIVE_INFINITY) + interval - now;
      if (left > 0 && !all) wait = Math.min(wait, left);
      else {
        this.#told.set(receiver, this.#count);
        turned.add(interval);
        const same = byLack.get(lack);
        if (same === undefined) byLack.set(lack, [receiver]);
        else same.push(receiver);
      }
    }
    for (const interval of turned) this.#lastTurn.set(interval, now);
    if (wait < Number.POSITIVE_INFINITY) {
      this.#cancel = this.#clock.after(wait, () => this.#go(false));
    }
    for (const [lack, same] of byLack) this.#send(same, lack);
  }
}
