/**
 * What a slow socket is spared. A client acknowledges the bytes of binary messages it has taken;
 * what it has not, and what still waits in this process, is its debt. Lossy frames are shed first;
 * reliable ones never, but the debt is bounded: a socket over it is cut, and its member may resume.
 */
import { CLASS_CURSOR, CLASS_LATEST, CLASS_PRESENCE } from "../../lib/src/wire/codes.ts";

/** Debt from which cursors and latest values are shed and presence waits, in bytes. */
export const SHED_LOSSY_BYTES = 256 * 1024;

/** Debt from which presence frames are shed too, in bytes: their sender repeats them. */
export const SHED_PRESENCE_BYTES = 1024 * 1024;

/** Debt at which the socket is cut, in bytes. */
export const CUT_BYTES = 8 * 1024 * 1024;

/** What all sockets may owe together above SHED_LOSSY_BYTES each, in bytes: the memory of a small machine. */
export const TOTAL_BYTES = 512 * 1024 * 1024;

/** The sockets that owe more than SHED_LOSSY_BYTES, and so what each of them may. */
export class Debtors {
  readonly #debtors = new Set<object>();
  readonly #totalBytes: number;

  constructor(totalBytes = TOTAL_BYTES) {
    this.#totalBytes = totalBytes;
  }

  set(socket: object, owes: boolean): void {
    if (owes) this.#debtors.add(socket);
    else this.#debtors.delete(socket);
  }

  /** Debt at which a socket is cut, in bytes: the fewer there are, the more patience there is. */
  get cutBytes(): number {
    const share = this.#totalBytes / this.#debtors.size;
    return Math.min(CUT_BYTES, Math.max(SHED_LOSSY_BYTES, share));
  }
}

export class Debt {
  #sent = 0;
  #acknowledged = 0;

  /** Bytes of binary messages not yet acknowledged. */
  get unacknowledged(): number {
    return this.#sent - this.#acknowledged;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** `total` counts from the socket's beginning. False when it cannot be true. */
  acknowledge(total: number): boolean {
    if (total < this.#acknowledged || total > this.#sent) return false;
    this.#acknowledged = total;
    return true;
  }

  /** Whether a frame of `frameClass` must not be sent; `queued` bytes wait in this process. */
  sheds(frameClass: number, queued: number): boolean {
    switch (frameClass) {
      case CLASS_CURSOR:
      case CLASS_LATEST:
        return this.of(queued) > SHED_LOSSY_BYTES;
      case CLASS_PRESENCE:
        return this.of(queued) > SHED_PRESENCE_BYTES;
      default:
        return false;
    }
  }

  /** The larger of what the client and what this process says is still on its way, in bytes. */
  of(queued: number): number {
    return Math.max(this.unacknowledged, queued);
  }
}
