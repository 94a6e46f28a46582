/** How members of this node leave a room: away at once, and gone when nobody came back in time. */
import type { Clock } from "../../lib/src/clock.ts";
import { type LeaveReason, LOST_AFTER_MS, type Refusal } from "../../lib/src/signaling/events.ts";
import { recordOf } from "./cluster/record.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import type { Departed } from "./departed.ts";
import type { Member, Session } from "./member.ts";
import type { Notices } from "./notices.ts";
import type { Roster } from "./roster.ts";
import type { Seats } from "./seats.ts";

/** A page that closed its socket on the way out and has not resumed by now, has left. Milliseconds. */
const TORN_DOWN_AFTER_MS = 500;

export interface LeavingOptions {
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly lostAfterMs?: number;
  readonly link: RoomLink | undefined;
  readonly roster: Roster;
  readonly departed: Departed;
  readonly seats: Seats;
  readonly notices: Notices;
  /** Other nodes must hear of it. */
  readonly changed: (member: Member) => void;
  /** No member of this node is left. */
  readonly onEmpty: () => void;
}

export class Leaving {
  readonly #options: LeavingOptions;

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  /** Its socket is gone. `tornDown`: and so, it seems, is its page. */
  lost(member: Member, tornDown: boolean): void {
    const { clock, notices, changed } = this.#options;
    this.endSession(member);
    notices.setAway(member, true);
    const [ms, reason] = tornDown
      ? ([TORN_DOWN_AFTER_MS, "goodbye"] as const)
      : ([this.#lostAfterMs, "lost"] as const);
    member.cancelLost = clock.after(ms, () => this.#giveUp(member, reason));
    changed(member);
  }

  /** It has no socket from now on; returns the one it had. */
  endSession(member: Member): Session | undefined {
    const { session } = member;
    member.session = undefined;
    if (session) member.awaySince = Math.floor(this.#options.wallNow());
    return session;
  }

  /** A member of this node leaves, by what this node knows. */
  leave(member: Member, reason: LeaveReason): void {
    const { link } = this.#options;
    member.revision++;
    if (link) link.left({ ...recordOf(member, link.self), left: reason });
    this.remove(member, reason);
  }

  /** Ends members for good; see Room.expel. */
  expel(members: readonly Member[], refusal: Refusal): Member[] {
    const { link } = this.#options;
    const here = members.filter(({ node }) => node === null);
    // Theirs no more before anybody is told: they need not hear of each other's leaving.
    const sessions = here.map((member) => {
      const { session } = member;
      member.session = undefined;
      return session;
    });
    for (const member of here) this.leave(member, "removed");
    for (const session of sessions) session?.end(refusal);
    // Nobody else is there to do it.
    const orphans = members.filter(
      (member) =>
        member.node !== null && link?.isSilent(member.node) && this.#bury(link, member, "removed"),
    );
    return [...here, ...orphans];
  }

  /** It is in the room no more; the members of this node are told. */
  remove(member: Member, reason: LeaveReason): void {
    const { roster, seats, departed, notices } = this.#options;
    member.cancelLost?.();
    member.cancelLost = undefined;
    member.session = undefined;
    roster.remove(member);
    seats.release(member.id);
    departed.remember(member.id, member);
    notices.broadcast("left", { id: member.id, reason });
    this.emptied();
  }

  /** Somebody is here no more: perhaps nobody is. */
  emptied(): void {
    const { roster, notices, link, seats, onEmpty } = this.#options;
    if (roster.here > 0) return;
    notices.stop();
    if (!link) seats.close();
    onEmpty();
  }

  /** Nobody came back: whether elsewhere, the other nodes must say. */
  #giveUp(member: Member, reason: LeaveReason, again = false): void {
    const { link, clock } = this.#options;
    member.cancelLost = undefined;
    if (!link || again) {
      this.leave(member, reason);
      return;
    }
    if (this.#bury(link, member, reason)) return;
    // Redis is away: it may have come back where nobody can tell from.
    member.cancelLost = clock.after(this.#lostAfterMs, () => this.#giveUp(member, "lost", true));
  }

  /** Takes a member for gone where all nodes see it. */
  #bury(link: RoomLink, member: Member, left: LeaveReason): boolean {
    return link.bury({ ...recordOf(member, link.self), revision: member.revision + 1, left });
  }

  get #lostAfterMs(): number {
    return this.#options.lostAfterMs ?? LOST_AFTER_MS;
  }
}
