/** Frames of several senders for any number of receivers, encoded when the first one takes them. */
import { FEATURE_BUNDLES } from "../../lib/src/signaling/events.ts";
import type { Member } from "./member.ts";
import { bytesInBundle, type OutgoingFrame, outgoingBundle, outgoingFrame } from "./outgoing.ts";
import type { Entry } from "./pending.ts";

/** One frame, and whom it is from. */
export type Said = Pick<Entry, "sender" | "frame">;

/** Largest bundle, in bytes: half of what a client takes as one message, and no long stay on its line. */
const MAX_BUNDLE_BYTES = 16 * 1024;

export class Bundle {
  readonly #frameClass: number;
  readonly #entries: readonly Said[];
  #together: readonly OutgoingFrame[] | undefined;
  #singly: readonly OutgoingFrame[] | undefined;

  constructor(frameClass: number, entries: readonly Said[]) {
    this.#frameClass = frameClass;
    this.#entries = entries;
  }

  /** As this receiver takes them. */
  messagesFor({ features }: Member): readonly OutgoingFrame[] {
    return (features & FEATURE_BUNDLES) !== 0 ? this.together : this.singly;
  }

  /** In as few messages as possible. */
  get together(): readonly OutgoingFrame[] {
    this.#together ??= this.#entries.length > 1 ? this.#pack() : this.singly;
    return this.#together;
  }

  /** For clients that do not know bundles. */
  get singly(): readonly OutgoingFrame[] {
    this.#singly ??= this.#entries.map(({ sender, frame }) => outgoingFrame(sender.handle, frame));
    return this.#singly;
  }

  #pack(): OutgoingFrame[] {
    const messages: OutgoingFrame[] = [];
    let sent: { readonly sender: number; readonly frame: Uint8Array }[] = [];
    let bytes = 0;
    const close = () => {
      const [first] = sent;
      if (!first) return;
      messages.push(
        sent.length === 1
          ? outgoingFrame(first.sender, first.frame)
          : outgoingBundle(sent, this.#frameClass),
      );
      sent = [];
      bytes = 0;
    };
    for (const { sender, frame } of this.#entries) {
      const each = { sender: sender.handle, frame };
      if (bytes + bytesInBundle(each) > MAX_BUNDLE_BYTES) close();
      sent.push(each);
      bytes += bytesInBundle(each);
    }
    close();
    return messages;
  }
}
