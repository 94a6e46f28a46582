import type { OutgoingEvent } from "../outgoing.ts";

/** What waits for one member to say that it arrived; the oldest goes first where there is too much. */
export const MAX_MAIL = 64;
export const MAX_MAIL_BYTES = 256 * 1024;

/** Messages of the app's back end to one member, away or not, until it has received them. */
export class Mailbox {
  readonly #mail = new Map<string, OutgoingEvent<"message">>();
  #bytes = 0;

  /** In the order of the calls. Returns how many had to be given up for it. */
  put(message: OutgoingEvent<"message">): number {
    this.#mail.set(message.argument.id, message);
    this.#bytes += message.encoded.bytes;
    let given = 0;
    for (const id of this.#mail.keys()) {
      if (this.#mail.size <= MAX_MAIL && this.#bytes <= MAX_MAIL_BYTES) break;
      this.received(id);
      given++;
    }
    return given;
  }

  /** Harmless for one that is not here. */
  received(id: string): void {
    this.#bytes -= this.#mail.get(id)?.encoded.bytes ?? 0;
    this.#mail.delete(id);
  }

  [Symbol.iterator](): IterableIterator<OutgoingEvent<"message">> {
    return this.#mail.values();
  }
}
