/** Long messages: cut into entries, and put together again. */
import { CHUNK_BYTES } from "./codes.ts";
import type { BeginEntry, ContinueEntry, Entry, MessageEntry } from "./entry.ts";
import type { Value } from "./value.ts";

/**
 * The entries of one message, to be sent in this order with nothing between them. The value may have
 * up to MAX_MESSAGE_BYTES.
 */
export function messageEntries(type: string, value: Value): Entry[] {
  const { encoding, bytes } = value;
  const total = bytes.length;
  if (total <= CHUNK_BYTES) return [{ kind: "message", type, value }];
  const first = bytes.subarray(0, CHUNK_BYTES);
  const entries: Entry[] = [{ kind: "begin", total, type, encoding, chunk: first }];
  for (let at = CHUNK_BYTES; at < total; at += CHUNK_BYTES) {
    entries.push({ kind: "continue", chunk: bytes.subarray(at, at + CHUNK_BYTES) });
  }
  return entries;
}

/** What {@link MessageJoiner.add} made of an entry. */
export type Joined =
  | { readonly kind: "message"; readonly type: string; readonly value: Value }
  | { readonly kind: "incomplete" }
  /** A chunk without a beginning, one too many bytes, or a message that was begun and not ended. */
  | { readonly kind: "malformed" };

/** Puts one sender's messages together, its entries taken in its order. Holds one message at most. */
export class MessageJoiner {
  #begun: BeginEntry | undefined;
  #bytes = new Uint8Array();
  #filled = 0;

  add(entry: MessageEntry | BeginEntry | ContinueEntry): Joined {
    if (entry.kind === "continue") {
      return this.#begun ? this.#append(this.#begun, entry.chunk) : { kind: "malformed" };
    }
    const broken = this.#begun !== undefined;
    this.reset();
    // What was begun is lost, and so is what broke it: a sender that does this is not to be followed.
    if (broken) return { kind: "malformed" };
    if (entry.kind === "message") return { kind: "message", type: entry.type, value: entry.value };
    this.#begun = entry;
    // Grown by what arrives, not by what is announced: an announcement costs nothing.
    return this.#append(entry, entry.chunk);
  }

  /** Forgets a message that was begun: its sender starts anew. */
  reset(): void {
    this.#begun = undefined;
    this.#bytes = new Uint8Array();
    this.#filled = 0;
  }

  #append(begun: BeginEntry, chunk: Uint8Array): Joined {
    const filled = this.#filled + chunk.length;
    if (filled > begun.total) {
      this.reset();
      return { kind: "malformed" };
    }
    if (filled > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(begun.total, 2 * filled));
      grown.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#filled);
    this.#filled = filled;
    if (filled < begun.total) return { kind: "incomplete" };
    const value = { encoding: begun.encoding, bytes: this.#bytes };
    this.reset();
    return { kind: "message", type: begun.type, value };
  }
}
