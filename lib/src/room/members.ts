/**
 * Everybody else in the room. Whoever saw no leave sees no join: members survive lost sockets, theirs
 * and ours, a server that forgot everything, and a `lost` while a WebRTC path still answers.
 */
import type { Clock } from "../clock.ts";
import { type Bookmark, NEW_PEER } from "../link/link.ts";
import { type LeaveReason, LOST_AFTER_MS, type MemberInfo } from "../signaling/events.ts";
import { Handles, NO_HANDLE } from "./handles.ts";
import type { Member } from "./member.ts";
import type { Peer } from "./types.ts";

/** The cursor of a peer is hidden when it is away for this long and no WebRTC path answers any more. */
const HIDE_AWAY_AFTER_MS = 5_000;
/** A closed path and a lost socket within this time of each other have one cause … */
const TOGETHER_MS = 2_000;
/** … and a peer that has not come back by now has left. */
const GONE_AFTER_MS = 600;
/** Those who left: to tell them from those that never were, and to go on with their numbers. */
const MAX_DEPARTED = 4096;

export interface MembersEvents {
  /** Makes a member and its link. */
  create(info: MemberInfo, bookmark: Bookmark): Member;
  joined(member: Member): void;
  left(member: Member, reason: LeaveReason): void;
  /** The list, or a snapshot in it, changed. */
  changed(): void;
}

interface Timers {
  hide?: () => void;
  lost?: () => void;
}

export class Members {
  readonly #clock: Clock;
  readonly #events: MembersEvents;
  readonly #byId = new Map<string, Member>();
  readonly #handles: Handles;
  readonly #timers = new Map<Member, Timers>();
  readonly #awaySince = new WeakMap<Member, number>();
  readonly #departed = new Map<string, Bookmark>();
  /** Of those that even {@link #departed} has forgotten. */
  #mostOwnTo = 1;
  /** Who seems to have left, as it was: the server may think better of it. */
  readonly #presumedGone = new Map<string, MemberInfo>();
  #peers: readonly Peer[] | null = null;
  /** One's own socket is joined. */
  #connected = false;
  /** How many the room has, oneself among them, while the present socket is to tell of more; else null. */
  told: number | null = null;
  /** Of those with lower join numbers who were there at the welcome, the app hears no joining. */
  #quietBelow = 0;

  constructor(clock: Clock, events: MembersEvents) {
    this.#clock = clock;
    this.#handles = new Handles(clock);
    this.#events = events;
  }

  get size(): number {
    return this.#byId.size;
  }
  get(id: string): Member | undefined {
    return this.#byId.get(id);
  }
  [Symbol.iterator](): IterableIterator<Member> {
    return this.#byId.values();
  }
  /** Whether a peer of this id was here and left. */
  hasLeft(id: string): boolean {
    return this.#departed.has(id);
  }

  /** Snapshots in join order; the same array until something in it changes. */
  get peers(): readonly Peer[] {
    this.#peers ??= Object.freeze(
      [...this.#byId.values()]
        .sort((a, b) => compareJoin(a.info, b.info))
        .flatMap((member) => member.peer ?? []),
    );
    return this.#peers;
  }

  touched(): void {
    this.#peers = null;
    this.#events.changed();
  }

  /**
   * A welcome: handles are new, and on a resume the list is compared with what is known. `quiet`: the
   * first welcome, which joins nobody. `told`: the list is not whole, and so many are there. `join`: our
   * join number; who came before us and was not told of before the last socket was lost, joins nobody.
   */
  welcome(
    infos: readonly MemberInfo[],
    quiet: boolean,
    told: number | null = null,
    join = 0,
  ): void {
    this.#quietBelow = quiet ? Number.POSITIVE_INFINITY : this.told === null ? 0 : join;
    this.#connected = true;
    this.#presumedGone.clear();
    this.#handles.clear();
    const present = new Set(infos.map((info) => info.id));
    for (const member of this.#byId.values()) {
      if (present.has(member.id)) continue;
      // It may be on a page to come; until then nothing can be sent to it over the server.
      this.#handles.give(member, NO_HANDLE);
      if (told === null) this.missing(member);
      else member.link.serverChanged();
    }
    this.confirm(infos, told);
  }

  /** The server says that these were there at the welcome. */
  confirm(infos: readonly MemberInfo[], told: number | null): void {
    for (const info of infos) this.announce(info, info.join < this.#quietBelow);
    this.told = told;
  }

  /** One's own socket is lost: until the next welcome only a goodbye removes anyone. */
  disconnected(): void {
    this.#connected = false;
    this.#handles.clear();
    for (const member of this.#byId.values()) {
      this.#cancel(member, "lost");
      member.link.serverChanged();
    }
  }

  /** The server says that somebody is here. */
  announce(info: MemberInfo, quiet = false): void {
    let known = this.#byId.get(info.id);
    if (known !== undefined && known.info.user?.id !== info.user?.id) {
      // Another user under a known id: somebody left, and somebody came.
      this.#remove(known, "goodbye");
      known = undefined;
    }
    if (known === undefined) this.#add(info, quiet);
    else if (known.info.join !== info.join) this.#replace(known, info);
    else {
      known.lostByServer = false;
      this.#cancel(known, "lost");
      this.#handles.give(known, info.handle);
      known.update(info);
      this.#awayChanged(known);
    }
    this.#handles.release();
  }

  away(id: string): void {
    const member = this.#byId.get(id);
    if (member === undefined) return;
    member.set({ away: true });
    this.#awayChanged(member);
  }

  back(id: string, handle: number): void {
    const member = this.#byId.get(id);
    const gone = this.#presumedGone.get(id);
    if (gone !== undefined) this.announce({ ...gone, handle, away: false });
    if (member === undefined) return;
    member.lostByServer = false;
    this.#cancel(member, "lost");
    this.#handles.give(member, handle);
    member.set({ away: false });
    this.#awayChanged(member);
    this.#handles.release();
  }

  /** The server says that a member left. */
  left(id: string, reason: LeaveReason): void {
    this.#presumedGone.delete(id);
    const member = this.#byId.get(id);
    if (member === undefined) {
      // It would have been on a page to come.
      if (this.told !== null && !this.hasLeft(id)) {
        this.told -= 1;
        this.#events.changed();
      }
      return;
    }
    if (reason === "lost" && member.link.answers) {
      member.lostByServer = true;
      this.#handles.give(member, NO_HANDLE);
      if (!member.away) this.away(id);
      return;
    }
    this.#remove(member, reason);
  }

  /** The peer itself said goodbye. */
  goodbye(member: Member): void {
    if (this.#byId.get(member.id) === member) this.#remove(member, "goodbye");
  }

  /** The path of a member's link changed. */
  pathChanged(member: Member): void {
    member.pathChanged();
    if (this.#connected && member.lostByServer && !member.link.answers) {
      this.#remove(member, "lost");
    } else if (member.away) this.#hideOrShow(member);
  }

  /** A frame from a handle: its member, or undefined when it is held until the member is known. */
  byHandle(handle: number, frame: Uint8Array): Member | undefined {
    return this.#handles.memberOf(handle, frame);
  }

  clear(): void {
    for (const member of this.#byId.values()) {
      this.#cancel(member, "hide", "lost");
      this.#depart(member);
      member.link.close();
    }
    this.#byId.clear();
    this.#handles.clear();
    this.#connected = false;
    this.#peers = null;
    this.told = null;
  }

  #add(info: MemberInfo, quiet: boolean, former?: Member): void {
    const bookmark = former?.link.bookmark ??
      this.#departed.get(info.id) ?? { ...NEW_PEER, ownTo: this.#mostOwnTo };
    this.#departed.delete(info.id);
    this.#presumedGone.delete(info.id);
    if (former === undefined && this.told !== null) this.told += 1;
    const member = this.#events.create(info, bookmark);
    this.#byId.set(info.id, member);
    this.#handles.give(member, info.handle);
    if (info.away) this.#hideOrShow(member);
    this.touched();
    // Whoever was told of the change may have left the room over it.
    if (!quiet && this.#byId.get(info.id) === member) this.#events.joined(member);
  }

  /**
   * It left and came back while we could not hear of it, and begins anew: so does our end of the link,
   * whose roles follow from the join numbers. Whoever saw no leave sees no join.
   */
  #replace(known: Member, info: MemberInfo): void {
    this.#cancel(known, "hide", "lost");
    this.#handles.take(known);
    known.showCursor(false);
    this.#add(info, true, known);
    known.link.close();
  }

  /** Known, but not in the welcome: the server may have forgotten it while it is on its way back. */
  missing(member: Member): void {
    member.set({ away: true });
    this.#awayChanged(member);
    this.#cancel(member, "lost");
    this.#timersOf(member).lost = this.#clock.after(LOST_AFTER_MS, () =>
      this.left(member.id, "lost"),
    );
  }

  #awayChanged(member: Member): void {
    member.link.serverChanged();
    this.#hideOrShow(member);
  }

  /**
   * The cursor of a peer that is away shows while a WebRTC path answers. Browsers that were killed
   * go away at once, and their path is seen to be dead within seconds: the two times do not add up.
   */
  #hideOrShow(member: Member): void {
    this.#cancel(member, "hide");
    if (!member.away) {
      this.#awaySince.delete(member);
      member.showCursor(true);
      return;
    }
    const now = this.#clock.now();
    const since = this.#awaySince.get(member) ?? now;
    this.#awaySince.set(member, since);
    if (Math.abs(since - member.link.closedAt) < TOGETHER_MS) {
      // Both of its connections closed at once: its page is gone, though its goodbye was lost.
      this.#timersOf(member).hide = this.#clock.after(GONE_AFTER_MS, () => {
        this.#remove(member, "goodbye");
        this.#presumedGone.set(member.id, member.info);
      });
      return;
    }
    if (member.link.answers) {
      member.showCursor(true);
      return;
    }
    const wait = Math.max(0, since + HIDE_AWAY_AFTER_MS - now);
    this.#timersOf(member).hide = this.#clock.after(wait, () => member.showCursor(false));
  }

  #remove(member: Member, reason: LeaveReason): void {
    this.#byId.delete(member.id);
    if (this.told !== null) this.told -= 1;
    this.#handles.take(member);
    this.#cancel(member, "hide", "lost");
    this.#depart(member);
    this.touched();
    this.#events.left(member, reason);
    member.link.close();
  }

  #depart({ id, link }: Member): void {
    this.#departed.set(id, { ...link.bookmark, follows: false });
    if (this.#departed.size <= MAX_DEPARTED) return;
    for (const [oldest, { ownTo }] of this.#departed) {
      this.#departed.delete(oldest);
      // It may know us still: no number is used twice.
      this.#mostOwnTo = Math.max(this.#mostOwnTo, ownTo);
      return;
    }
  }

  #timersOf(member: Member): Timers {
    let timers = this.#timers.get(member);
    if (timers === undefined) {
      timers = {};
      this.#timers.set(member, timers);
    }
    return timers;
  }

  #cancel(member: Member, ...which: (keyof Timers)[]): void {
    for (const each of which) {
      this.#timers.get(member)?.[each]?.();
      if (which.length === 2) this.#timers.delete(member);
    }
  }
}

/** Join numbers decide, ids break ties. Positive when `a` came later. */
export function compareJoin(
  a: Pick<MemberInfo, "join" | "id">,
  b: Pick<MemberInfo, "join" | "id">,
): number {
  return a.join - b.join || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
