/**
 * Who is in a large room, told in pages: a welcome has those with seats and those who came last, and
 * the others follow tick by tick, the last that came first. Nobody gets a frame or a signal of
 * somebody who was not told of before. All who read at once share the encoded pages.
 */
import type { MemberInfo } from "../../lib/src/signaling/events.ts";
import { takesParts } from "./changes.ts";
import { isBefore, type Member, type Session } from "./member.ts";
import { OutgoingEvent } from "./outgoing.ts";
import type { Roster } from "./roster.ts";

/** Members in one page: some 15 KB. A room of no more others than this has one page, its welcome. */
export const PAGE_MEMBERS = 64;
/** A welcome has at least so many of those who came last. */
const LEAST_RECENT = PAGE_MEMBERS / 2;
/** Pages sent in one tick, to all who read together: some 4 MB, and a few milliseconds. */
const PAGES_PER_TICK = 256;
/** So many a reader is told of one by one, because they speak; then whole pages are sooner done. */
const MOST_ALONE = 32;

/** How far somebody has read. */
interface Reading {
  readonly member: Member;
  /** Everybody from this place in the order on is told. */
  from: Pick<Member, "join" | "id">;
  /** Those before that place who are told all the same. */
  readonly early: Set<string>;
  alone: number;
}

export interface PagesOptions {
  readonly roster: Roster;
  readonly seated: (id: string) => boolean;
  readonly describe: (member: Member) => MemberInfo;
}

export class Pages {
  readonly #options: PagesOptions;
  readonly #readings = new Map<Session, Reading>();
  /** Encoded pages by the place of their first member; gone when something in them changes. */
  readonly #encoded = new Map<number, OutgoingEvent<"page">>();

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** Whether nobody reads. */
  get isIdle(): boolean {
    return this.#readings.size === 0;
  }

  /** Whether this session is still to be told of somebody who is there. */
  isReading(session: Session): boolean {
    return this.#readings.has(session);
  }

  /** Whom a welcome names; undefined: everybody else. The rest follows with each {@link turn}. */
  begin(member: Member, session: Session): readonly Member[] | undefined {
    const { roster, seated } = this.#options;
    const { members } = roster;
    if (members.length - 1 <= PAGE_MEMBERS || !takesParts(member)) return undefined;
    // Where a page begins, so that those who come together share what follows.
    const start = pageBefore(members.length - LEAST_RECENT);
    const first = members[start];
    if (start === 0 || !first) return undefined;
    if (this.isIdle) this.#encoded.clear();
    const early = members.slice(0, start).filter((each) => each === member || seated(each.id));
    this.#readings.set(session, {
      member,
      from: { join: first.join, id: first.id },
      early: new Set(early.map(({ id }) => id)),
      alone: 0,
    });
    return [...early, ...members.slice(start)].filter((each) => each !== member);
  }

  /** Whether `about` must be told to a member before anything that it says. */
  isUntold({ session }: Member, about: Member): boolean {
    const reading = session && this.#readings.get(session);
    return reading !== undefined && isUnread(reading, about);
  }

  /** Tells it now. */
  introduce({ session }: Member, about: Member): void {
    const reading = session && this.#readings.get(session);
    if (!reading || !isUnread(reading, about)) return;
    if (reading.alone < MOST_ALONE) {
      reading.alone++;
      reading.early.add(about.id);
      session.send(this.#page([about], true));
      return;
    }
    while (this.#readings.has(session) && isUnread(reading, about)) this.#next(session, reading);
  }

  /** Tells some more to everybody who reads and keeps up. */
  turn(): void {
    let left = PAGES_PER_TICK;
    for (const [session, reading] of [...this.#readings]) {
      if (reading.member.session !== session) this.#readings.delete(session);
      else if (!session.lags) {
        if (left-- === 0) return;
        // Whoever was not served is before it the next time.
        this.#readings.delete(session);
        this.#readings.set(session, reading);
        this.#next(session, reading);
      }
    }
    if (this.isIdle) this.#encoded.clear();
  }

  /** Something about a member is about to be told to all. */
  changed(name: string, id: string): void {
    if (this.isIdle) return;
    const { roster } = this.#options;
    const member = roster.get(id);
    // Who came or left moved all that are after it.
    if (!member || name === "joined") this.#encoded.clear();
    else this.#encoded.delete(pageBefore(roster.placeOf(member) + 1));
    if (!member || name !== "joined") return;
    for (const { from, early } of this.#readings.values()) {
      if (isBefore(member, from)) early.add(id);
    }
  }

  clear(): void {
    this.#readings.clear();
    this.#encoded.clear();
  }

  /** The page before the place up to which it has read. */
  #next(session: Session, reading: Reading): void {
    const { roster } = this.#options;
    const end = roster.placeOf(reading.from);
    const start = pageBefore(end);
    const first = roster.members[start];
    if (start === 0 || !first) this.#readings.delete(session);
    else reading.from = { join: first.join, id: first.id };
    session.send(this.#between(start, end));
  }

  #between(start: number, end: number): OutgoingEvent<"page"> {
    const members = this.#options.roster.members.slice(start, end);
    // Those of its end may have left since somebody began to read there.
    if (end - start < PAGE_MEMBERS) return this.#page(members, start > 0);
    let page = this.#encoded.get(start);
    if (!page) {
      page = this.#page(members, start > 0);
      this.#encoded.set(start, page);
    }
    return page;
  }

  #page(members: readonly Member[], more: boolean): OutgoingEvent<"page"> {
    return new OutgoingEvent("page", { members: members.map(this.#options.describe), more });
  }
}

function isUnread({ from, early }: Reading, about: Member): boolean {
  return isBefore(about, from) && !early.has(about.id);
}

/** The place where the page begins that ends before `end`. */
function pageBefore(end: number): number {
  return Math.max(0, Math.floor((end - 1) / PAGE_MEMBERS) * PAGE_MEMBERS);
}
