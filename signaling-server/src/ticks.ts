/**
 * Cursors and latest values on their way to the members of one room on this node. In small rooms each
 * goes out as it comes. Where that would be more writes than the room may cause, or the server, it waits for
 * the next tick: then all of it goes out at once, to each receiver in one message, encoded once for
 * all who get the same. Reliable frames never come here.
 */
import type { Clock } from "../../lib/src/clock.ts";
import { CLASS_CURSOR, CLASS_LATEST, SEALED } from "../../lib/src/wire/codes.ts";
import { type Audience, includes, OTHERS } from "./audience.ts";
import { Bundle } from "./bundle.ts";
import { FanOut } from "./fan-out.ts";
import { Unwanted } from "./interest.ts";
import type { Member } from "./member.ts";
import type { Introductions } from "./notices.ts";
import { outgoingFrame } from "./outgoing.ts";
import { type Entry, Pending } from "./pending.ts";
import type { Roster } from "./roster.ts";
import type { ServerStats } from "./stats.ts";

export const LOSSY_CLASSES = [CLASS_CURSOR, CLASS_LATEST] as const;
export type LossyClass = (typeof LOSSY_CLASSES)[number];

/** The class of a frame of the latest lane; undefined for all others. */
export function lossyClass(frame: Uint8Array): LossyClass | undefined {
  const frameClass = (frame[0] ?? 0) & ~SEALED;
  return frameClass === CLASS_CURSOR || frameClass === CLASS_LATEST ? frameClass : undefined;
}

export interface TicksOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly stats: ServerStats;
  readonly notices: Introductions;
  /** Of all rooms of this server together. */
  readonly fanOut?: FanOut | undefined;
  readonly fanOutPerSecond?: number | undefined;
}

export class Ticks {
  readonly #options: TicksOptions;
  readonly #pending: { readonly [C in LossyClass]: Pending };
  readonly #room: FanOut;
  readonly #unwanted: Unwanted;
  #number = 0;
  #cancel: (() => void) | undefined;

  constructor(options: TicksOptions) {
    this.#options = options;
    this.#room = new FanOut(options.clock, options.fanOutPerSecond);
    this.#unwanted = new Unwanted(options.stats);
    const send = (entry: Entry) => this.#send(entry);
    this.#pending = {
      [CLASS_CURSOR]: new Pending(CLASS_CURSOR, options.stats, send),
      [CLASS_LATEST]: new Pending(CLASS_LATEST, options.stats, send),
    };
  }

  /** `frame` is of class `lossy`, and not kept beyond this call: it may be a view of what is reused. */
  add(lossy: LossyClass, sender: Member, audience: Audience, frame: Uint8Array): void {
    const entry: Entry = { sender, audience, frame, number: ++this.#number };
    if (lossy === CLASS_CURSOR) this.#unwanted.forget(sender, audience);
    if (!this.#cancel && this.#wait <= 0) {
      this.#send(entry);
      return;
    }
    this.#pending[lossy].add({ ...entry, frame: new Uint8Array(frame) });
    this.#cancel ??= this.#options.clock.after(this.#wait, () => this.#tick());
  }

  /** A cursor is hidden: nobody is to be shown later where it was before. */
  hidden(sender: Member): void {
    this.#unwanted.forget(sender, OTHERS);
    for (const entry of this.#pending[CLASS_CURSOR].of(sender)) entry.isKept = true;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const lossy of LOSSY_CLASSES) this.#pending[lossy].take();
  }

  /** Milliseconds until something may go out. */
  get #wait(): number {
    return Math.max(this.#room.wait, this.#options.fanOut?.wait ?? 0);
  }

  #pay(writes: number): void {
    this.#room.pay(writes);
    this.#options.fanOut?.pay(writes);
  }

  #wants(receiver: Member, entry: Entry): boolean {
    const { sender, audience, frame } = entry;
    if (receiver === sender || !includes(audience, receiver.handle)) return false;
    if (receiver.interest === null || lossyClass(frame) !== CLASS_CURSOR) return true;
    return this.#unwanted.isWanted(receiver, entry);
  }

  /** One frame, to all whom it is for. */
  #send(entry: Entry): void {
    const { roster, notices } = this.#options;
    const message = outgoingFrame(entry.sender.handle, entry.frame);
    let writes = 0;
    const give = (member: Member) => {
      if (!member.session || !this.#wants(member, entry)) return;
      notices.introduce(member, entry.sender);
      member.session.sendFrame(message);
      writes++;
    };
    if (entry.audience.kind === "only") {
      for (const handle of entry.audience.handles) {
        const member = roster.memberAt(handle);
        if (member) give(member);
      }
    } else for (const member of roster.members) give(member);
    this.#pay(writes);
  }

  #tick(): void {
    this.#cancel = undefined;
    this.#options.stats.ticks++;
    const { roster } = this.#options;
    for (const lossy of LOSSY_CLASSES) {
      // Nobody would know whom the others are from.
      const stays = ({ sender }: Entry) => roster.get(sender.id) === sender;
      const entries = this.#pending[lossy].take().filter(stays);
      if (entries.length > 0) this.#pay(this.#sendAll(lossy, entries));
    }
  }

  /** To each receiver all that is for it; those who get the same share its encoding. */
  #sendAll(lossy: LossyClass, entries: readonly Entry[]): number {
    const { roster, notices } = this.#options;
    const senders = new Set(entries.map(({ sender }) => sender));
    const named = this.#named(entries);
    const common = new Bundle(
      lossy,
      entries.filter(({ audience }) => audience.kind !== "only"),
    );
    const shared = new Map<string, Bundle<Entry>>();
    let writes = 0;
    for (const member of roster.members) {
      const { session } = member;
      if (!session) continue;
      let bundle: Bundle<Entry> = common;
      if (senders.has(member) || named.has(member) || member.interest !== null) {
        const wanted = entries.filter((entry) => this.#wants(member, entry));
        // Nobody else gets what lacks its own.
        bundle = senders.has(member) ? new Bundle(lossy, wanted) : sharedOf(shared, lossy, wanted);
      }
      notices.introduceAll(member, bundle.said);
      for (const message of bundle.messagesFor(member)) {
        session.sendFrame(message);
        writes++;
      }
    }
    return writes;
  }

  /** Those who do not get what most get, or more than that. */
  #named(entries: readonly Entry[]): Set<Member> {
    const named = new Set<Member>();
    for (const { audience } of entries) {
      if (audience.kind === "others") continue;
      for (const handle of audience.handles) {
        const member = this.#options.roster.memberAt(handle);
        if (member) named.add(member);
      }
    }
    return named;
  }
}

/** The same bundle for the same frames. */
function sharedOf(
  shared: Map<string, Bundle<Entry>>,
  lossy: LossyClass,
  entries: readonly Entry[],
): Bundle<Entry> {
  const key = entries.map(({ number }) => number).join();
  let bundle = shared.get(key);
  if (!bundle) {
    bundle = new Bundle(lossy, entries);
    shared.set(key, bundle);
  }
  return bundle;
}
