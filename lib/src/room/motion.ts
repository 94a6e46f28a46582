/**
 * What this peer moves: its pointer, and values of the app's own. What tells of it is loaded beside the
 * handshake; until then the newest of each waits here.
 */
import type { Value } from "../wire/index.ts";
import type { CursorSender } from "./cursor-sender.ts";
import type { LatestSender } from "./latest-sender.ts";
import { MAX_KEYS_IN_MOTION } from "./pace.ts";
import type { CursorSample } from "./types.ts";

export class Motion<R extends object> {
  #cursor: CursorSender<R> | null = null;
  #latest: LatestSender<R> | null = null;
  #sample: CursorSample | null = null;
  readonly #values = new Map<string, [type: string, key: string, value: Value]>();

  /** What tells of it is here. */
  begin(cursor: CursorSender<R>, latest: LatestSender<R>): void {
    this.#cursor = cursor;
    this.#latest = latest;
    if (this.#sample !== null) cursor.move(this.#sample);
    for (const value of this.#values.values()) latest.send(...value);
    this.#values.clear();
  }

  move(sample: CursorSample): void {
    if (this.#cursor === null) this.#sample = sample;
    else this.#cursor.move(sample);
  }

  hide(): void {
    this.#sample = null;
    this.#cursor?.hide();
  }

  /** Sends the newest value of a key. False when too many keys are in motion. */
  send(...value: [type: string, key: string, value: Value]): boolean {
    if (this.#latest !== null) return this.#latest.send(...value);
    this.#values.set(value.slice(0, 2).join("\0"), value);
    return this.#values.size <= MAX_KEYS_IN_MOTION;
  }

  /** Forgets the pointer. */
  stopCursor(): void {
    this.#sample = null;
    this.#cursor?.stop();
  }

  /** Forgets everything, and leaves no timer. */
  stop(): void {
    this.stopCursor();
    this.#values.clear();
    this.#latest?.stop();
  }
}
