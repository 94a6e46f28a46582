/** Frames of several senders for any number of receivers, encoded when the first one takes them. */
import { FEATURE_BUNDLES } from "../../lib/src/signaling/events.ts";
import type { Member } from "./member.ts";
import {
  bytesInBundle,
  type OutgoingFrame,
  outgoingBundle,
  outgoingFrame,
  type Said,
} from "./outgoing.ts";

/** Largest bundle, in bytes: half of what a client takes as one message, and no long stay on its line. */
const MAX_BUNDLE_BYTES = 16 * 1024;

export class Bundle<S extends Said = Said> {
  /** What is in it, in its order. */
  readonly said: readonly S[];
  readonly #frameClass: number;
  #together: readonly OutgoingFrame[] | undefined;
  #singly: readonly OutgoingFrame[] | undefined;

  constructor(frameClass: number, said: readonly S[]) {
    this.#frameClass = frameClass;
    this.said = said;
  }

  /** As this receiver takes them. */
  messagesFor({ features }: Member): readonly OutgoingFrame[] {
    return (features & FEATURE_BUNDLES) !== 0 ? this.together : this.singly;
  }

  /** In as few messages as possible. */
  get together(): readonly OutgoingFrame[] {
    this.#together ??= this.said.length > 1 ? this.#pack() : this.singly;
    return this.#together;
  }

  /** For clients that do not know bundles. */
  get singly(): readonly OutgoingFrame[] {
    this.#singly ??= this.said.map(({ sender, frame }) => outgoingFrame(sender.handle, frame));
    return this.#singly;
  }

  #pack(): OutgoingFrame[] {
    const messages: OutgoingFrame[] = [];
    let sent: Said[] = [];
    let bytes = 0;
    const close = () => {
      const [first] = sent;
      if (!first) return;
      messages.push(
        sent.length === 1
          ? outgoingFrame(first.sender.handle, first.frame)
          : outgoingBundle(sent, this.#frameClass),
      );
      sent = [];
      bytes = 0;
    };
    for (const each of this.said) {
      const more = bytesInBundle(each);
      if (bytes + more > MAX_BUNDLE_BYTES) close();
      sent.push(each);
      bytes += more;
    }
    close();
    return messages;
  }
}
