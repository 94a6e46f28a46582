/**
 * `sendLatest` on its way out: the newest value per key goes out at each receiver's turn, lossy; once a key
 * rests, its last value goes reliably. However often it is called, it never builds a queue.
 */
import type { Clock } from "../clock.ts";
import { encodeEntry, encodeFrame, type LatestBody, type Value } from "../wire/index.ts";
import { type CursorOutlet, STILL_AFTER_MS } from "./cursor-sender.ts";
import { MAX_KEYS_IN_MOTION } from "./pace.ts";
import { Turns } from "./turns.ts";

interface Moving {
  readonly body: LatestBody;
  changed: number;
}

export class LatestSender<R extends object> {
  readonly #clock: Clock;
  readonly #outlet: CursorOutlet<R>;
  readonly #turns: Turns<R>;
  readonly #moving = new Map<string, Moving>();
  #number = 0;
  #cancelRest: (() => void) | null = null;

  constructor(clock: Clock, outlet: CursorOutlet<R>) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#turns = new Turns(clock, outlet, (receivers, lack) => {
      for (const { body } of this.#moving.values()) {
        if (body.number > this.#number - lack) {
          outlet.latest(encodeFrame({ kind: "latest", ...body }), receivers);
        }
      }
      this.#cancelRest ??= clock.after(STILL_AFTER_MS, () => this.#rest());
    });
  }

  /** False when too many keys are in motion. */
  send(type: string, key: string, value: Value): boolean {
    if (this.#outlet.receivers().length === 0) return true;
    const id = `${type}\0${key}`;
    if (!this.#moving.has(id) && this.#moving.size >= MAX_KEYS_IN_MOTION) return false;
    const body = { number: ++this.#number, type, key, value };
    // Deleted first, so that the map is in the order of the last change.
    this.#moving.delete(id);
    this.#moving.set(id, { body, changed: this.#clock.now() });
    this.#turns.next();
    return true;
  }

  stop(): void {
    this.#turns.stop();
    this.#cancelRest?.();
    this.#cancelRest = null;
    this.#moving.clear();
  }

  #rest(): void {
    this.#cancelRest = null;
    const now = this.#clock.now();
    for (const [id, moving] of this.#moving) {
      if (now - moving.changed < STILL_AFTER_MS) continue;
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
    return this.#outlet.receivers().length === 0 || this.#outlet.reliable(entry);
  }
}
