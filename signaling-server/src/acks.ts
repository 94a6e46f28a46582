/**
 * Acknowledgements that the server took out of the vectors of large rooms. Everybody who says
 * something is told by all others that they have it: what comes within a moment goes to it at once.
 */
import type { Clock } from "../../lib/src/clock.ts";
import { CLASS_CONTROL } from "../../lib/src/wire/codes.ts";
import { type Ack, encodeFrame } from "../../lib/src/wire/frame.ts";
import { Bundle } from "./bundle.ts";
import type { Member } from "./member.ts";
import type { Introductions } from "./notices.ts";
import type { Roster } from "./roster.ts";

/** How long they are gathered, in milliseconds: as long as links let others wait for them anyway. */
export const ACKS_EVERY_MS = 50;

export interface AcksOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly notices: Introductions;
}

type AckBody = Omit<Ack, "kind">;

export class Acks {
  readonly #options: AcksOptions;
  /** By whom they are for, and whom they are from: each is the newest, which says all before it. */
  readonly #waiting = new Map<Member, Map<Member, AckBody>>();
  #cancel: (() => void) | undefined;

  constructor(options: AcksOptions) {
    this.#options = options;
  }

  /** `receiver` has received this of `sender`, a member of this node. */
  add(receiver: Member, sender: Member, ack: AckBody): void {
    const waiting = this.#waiting.get(sender);
    if (waiting) waiting.set(receiver, ack);
    else this.#waiting.set(sender, new Map([[receiver, ack]]));
    this.#cancel ??= this.#options.clock.after(ACKS_EVERY_MS, () => this.#tell());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #tell(): void {
    const { roster, notices } = this.#options;
    const waiting = [...this.#waiting];
    this.stop();
    for (const [sender, acks] of waiting) {
      const said = [...acks].flatMap(([from, ack]) =>
        roster.get(from.id) === from
          ? [{ sender: from, frame: encodeFrame({ kind: "ack", ...ack }) }]
          : [],
      );
      const { session } = sender;
      if (!session || said.length === 0) continue;
      notices.introduceAll(sender, said);
      const bundle = new Bundle(CLASS_CONTROL, said);
      for (const message of bundle.messagesFor(sender)) session.sendFrame(message);
    }
  }
}
