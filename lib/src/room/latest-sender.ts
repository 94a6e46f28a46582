/**
 * `sendLatest` on its way out: the newest value per key goes out at screen rate, lossy; once a key
 * rests, its last value goes reliably. However often it is called, it never builds a queue.
 */
import type { Clock } from "../clock.ts";
import { encodeEntry, encodeFrame, type LatestBody, type Value } from "../wire/index.ts";
import { CURSOR_INTERVAL_MS, type CursorOutlet, STILL_AFTER_MS } from "./cursor-sender.ts";

/** Keys in motion at once. */
export const MAX_KEYS_IN_MOTION = 4096;

interface Moving {
  body: LatestBody;
  unsent: boolean;
  changed: number;
}

export class LatestSender {
  readonly #clock: Clock;
  readonly #outlet: CursorOutlet;
  readonly #moving = new Map<string, Moving>();
  #number = 0;
  #lastSent = Number.NEGATIVE_INFINITY;
  #cancelFlush: (() => void) | null = null;
  #cancelRest: (() => void) | null = null;

  constructor(clock: Clock, outlet: CursorOutlet) {
    this.#clock = clock;
    this.#outlet = outlet;
  }

  /** False when too many keys are in motion. */
  send(type: string, key: string, value: Value): boolean {
    if (!this.#outlet.anybody()) return true;
    const id = `${type}\0${key}`;
    if (!this.#moving.has(id) && this.#moving.size >= MAX_KEYS_IN_MOTION) return false;
    const now = this.#clock.now();
    const body = { number: ++this.#number, type, key, value };
    // Deleted first, so that the map is in the order of the last change.
    this.#moving.delete(id);
    this.#moving.set(id, { body, unsent: true, changed: now });
    const wait = this.#lastSent + CURSOR_INTERVAL_MS - now;
    if (wait <= 0) this.#flush();
    else this.#cancelFlush ??= this.#clock.after(wait, () => this.#flush());
    return true;
  }

  stop(): void {
    this.#cancelFlush?.();
    this.#cancelRest?.();
    this.#cancelFlush = this.#cancelRest = null;
    this.#moving.clear();
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    this.#lastSent = this.#clock.now();
    for (const moving of this.#moving.values()) {
      if (!moving.unsent) continue;
      moving.unsent = false;
      this.#outlet.latest(encodeFrame({ kind: "latest", ...moving.body }));
    }
    this.#cancelRest ??= this.#clock.after(STILL_AFTER_MS, () => this.#rest());
  }

  #rest(): void {
    this.#cancelRest = null;
    const now = this.#clock.now();
    for (const [id, moving] of this.#moving) {
      if (moving.unsent || now - moving.changed < STILL_AFTER_MS) continue;
      // Where there is no room for it yet, it is offered again after another rest.
      if (this.#deliver(moving.body)) this.#moving.delete(id);
      else moving.changed = now;
    }
    let oldest: number | undefined;
    for (const moving of this.#moving.values()) oldest = Math.min(oldest ?? now, moving.changed);
    if (oldest === undefined) return;
    const wait = Math.max(1, oldest + STILL_AFTER_MS - now);
    this.#cancelRest = this.#clock.after(wait, () => this.#rest());
  }

  #deliver(body: LatestBody): boolean {
    const entry = encodeEntry({ kind: "latest", ...body });
    return !this.#outlet.anybody() || this.#outlet.reliable(entry);
  }
}
