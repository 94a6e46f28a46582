/**
 * Above the mesh limit what many peers sent is acknowledged together, through the server, which takes
 * it apart. It asks for nothing that is missing: what was lost, with a socket or between two servers,
 * stays unacknowledged, and its sender says it again.
 */
import type { Clock } from "../clock.ts";
import { type AckOf, encodeAckVector, MAX_ACKS } from "../wire/ack-vector.ts";

/** Twice a second: what is not acknowledged within a second its sender repeats. */
export const ACK_VECTOR_EVERY_MS = 500;

/** What has arrived of one peer; null: nothing is to be said to it any more. */
export type Collect = () => AckOf | null;

export class AckVector {
  readonly #clock: Clock;
  readonly #send: (frame: Uint8Array) => boolean;
  readonly #due = new Map<object, Collect>();
  #last = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  /** `send`: to the server; false when it has no room. */
  constructor(clock: Clock, send: (frame: Uint8Array) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Something of `peer` is to be acknowledged: with the others', and as it stands then. */
  add(peer: object, collect: Collect): void {
    this.#due.set(peer, collect);
    if (this.#cancel !== null) return;
    // From the first on it waits a moment: several speak at once, or a newcomer is greeted by all.
    const wait = Math.max(
      ACK_VECTOR_EVERY_MS / 10,
      this.#last + ACK_VECTOR_EVERY_MS - this.#clock.now(),
    );
    this.#cancel = this.#clock.after(wait, () => this.#go());
  }

  /** Nothing is said any more; links say it again when they have a way. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#due.clear();
  }

  #go(): void {
    this.#cancel = null;
    this.#last = this.#clock.now();
    const due = [...this.#due];
    this.#due.clear();
    while (due.length > 0) {
      const some = due.splice(0, MAX_ACKS);
      const acks = some.flatMap(([, collect]) => collect() ?? []);
      if (acks.length === 0 || this.#send(encodeAckVector(acks))) continue;
      for (const [peer, collect] of [...some, ...due]) this.add(peer, collect);
      return;
    }
  }
}
