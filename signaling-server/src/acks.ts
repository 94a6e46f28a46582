/**
 * Acknowledgements that the server took out of the vectors of large rooms. Everybody who says
 * something is told by all others that they have it: what comes within a moment goes to it at once,
 * and to members of another node in one message for all of them.
 */
import type { Clock } from "../../lib/src/clock.ts";
import { CLASS_CONTROL } from "../../lib/src/wire/codes.ts";
import { type Ack, encodeFrame } from "../../lib/src/wire/frame.ts";
import { Bundle } from "./bundle.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import type { Member } from "./member.ts";
import type { Introductions } from "./notices.ts";
import type { Roster } from "./roster.ts";

/** How long they are gathered, in milliseconds: as long as links let others wait for them anyway. */
export const ACKS_EVERY_MS = 50;
/**
 * After what one member acknowledged has gone out, what it says next is gathered for so long, in
 * milliseconds. Clients send vectors half as often; more often they are no use, and work for all nodes.
 */
export const ACKS_REST_MS = 250;

export interface AcksOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly notices: Introductions;
  readonly link: RoomLink | undefined;
}

export type AckBody = Omit<Ack, "kind">;

/** `receiver` has received this of `sender`. */
export interface Acknowledged {
  readonly receiver: Member;
  readonly sender: Member;
  readonly ack: AckBody;
}

/** What one member acknowledged and is not told yet. */
interface Waiting {
  /** By whom they are for: each is the newest, which says all before it. */
  readonly acks: Map<Member, AckBody>;
  /** The clock's time until which it waits, in milliseconds. */
  restsUntil: number;
}

export class Acks {
  readonly #options: AcksOptions;
  /** By whom they are from: only those who acknowledge something now, or have just done so. */
  readonly #waiting = new Map<Member, Waiting>();
  #cancel: (() => void) | undefined;

  constructor(options: AcksOptions) {
    this.#options = options;
  }

  add({ receiver, sender, ack }: Acknowledged): void {
    let waiting = this.#waiting.get(receiver);
    if (!waiting) {
      waiting = { acks: new Map(), restsUntil: 0 };
      this.#waiting.set(receiver, waiting);
    }
    waiting.acks.set(sender, ack);
    this.#tellSoon();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #tellSoon(): void {
    this.#cancel ??= this.#options.clock.after(ACKS_EVERY_MS, () => {
      this.#cancel = undefined;
      this.#tell(this.#due());
      if (this.#waiting.size > 0) this.#tellSoon();
    });
  }

  /** Takes what goes out now; who has rested and says nothing more is forgotten. */
  #due(): Acknowledged[] {
    const { clock, roster } = this.#options;
    const now = clock.now();
    const due: Acknowledged[] = [];
    for (const [receiver, waiting] of this.#waiting) {
      const isHere = roster.get(receiver.id) === receiver;
      if (isHere && waiting.restsUntil > now) continue;
      if (!isHere || waiting.acks.size === 0) this.#waiting.delete(receiver);
      else {
        for (const [sender, ack] of waiting.acks) due.push({ receiver, sender, ack });
        waiting.acks.clear();
        waiting.restsUntil = now + ACKS_REST_MS;
      }
    }
    return due;
  }

  #tell(due: readonly Acknowledged[]): void {
    const { roster, link } = this.#options;
    const here = new Map<Member, Acknowledged[]>();
    const elsewhere = new Map<string, Acknowledged[]>();
    for (const each of due) {
      const { sender } = each;
      if (roster.get(sender.id) !== sender) continue;
      if (sender.node === null) push(here, sender, each);
      else if (!sender.away) push(elsewhere, sender.node, each);
    }
    for (const [sender, acks] of here) this.#tellHere(sender, acks);
    for (const [node, acks] of elsewhere) link?.acks(node, acks);
  }

  #tellHere(sender: Member, acks: readonly Acknowledged[]): void {
    const { session } = sender;
    if (!session) return;
    const said = acks.map(({ receiver, ack }) => ({
      sender: receiver,
      frame: encodeFrame({ kind: "ack", ...ack }),
    }));
    this.#options.notices.introduceAll(sender, said);
    const bundle = new Bundle(CLASS_CONTROL, said);
    for (const message of bundle.messagesFor(sender)) session.sendFrame(message);
  }
}

function push<K>(groups: Map<K, Acknowledged[]>, key: K, each: Acknowledged): void {
  const group = groups.get(key);
  if (group) group.push(each);
  else groups.set(key, [each]);
}
