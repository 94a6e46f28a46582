/** The members of a room on other nodes, by what those nodes write of them (cluster/record.ts). */
import type { Clock } from "../../lib/src/clock.ts";
import type { LeaveReason } from "../../lib/src/signaling/events.ts";
import { Rights } from "../../lib/src/signaling/rights.ts";
import { isNewer, type MemberRecord } from "./cluster/record.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import type { Departed } from "./departed.ts";
import type { Door } from "./door.ts";
import { type Member, setVouched } from "./member.ts";
import type { Notices } from "./notices.ts";
import { REPLACED } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import type { Seats } from "./seats.ts";

export interface ElsewhereOptions {
  readonly clock: Clock;
  readonly link: RoomLink;
  readonly roster: Roster;
  readonly departed: Departed;
  readonly seats: Seats;
  readonly door: Door;
  readonly notices: Notices;
  /** Takes a member out of the room, and tells. */
  readonly remove: (member: Member, reason: LeaveReason) => void;
  /** A member that was here is elsewhere now. */
  readonly moved: () => void;
  /** A member that is here must be told of once more. */
  readonly changed: (member: Member) => void;
}

export class Elsewhere {
  readonly #options: ElsewhereOptions;

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  /** What another node wrote of a member. Nothing happens unless it is news. */
  merge(record: MemberRecord): void {
    const { roster, departed, link, remove } = this.#options;
    const known = roster.get(record.id);
    const last = known ? { ...known, node: known.node ?? link.self } : departed.lastOf(record.id);
    if (last && !isNewer(record, last)) return;
    if (record.left !== undefined) {
      if (known?.session && known.generation === record.generation) this.#standFast(known, record);
      else if (known) this.#bury(known, record);
      else departed.remember(record.id, record);
    } else if (known && known.user?.id === record.user?.id) this.#update(known, record);
    else {
      if (known) {
        const { session } = known;
        remove(known, "goodbye");
        session?.end(REPLACED);
      }
      this.#add(record);
    }
  }

  /** A node has fallen silent, or is heard again. */
  nodeChanged(node: string): void {
    const { roster, notices, link } = this.#options;
    const silent = link.isSilent(node);
    for (const member of [...roster.members]) {
      if (member.node === node) notices.setAway(member, silent || member.awaySince > 0);
    }
  }

  #add(record: MemberRecord): void {
    const { clock, roster, departed, seats, door, notices } = this.#options;
    const { id, node, generation, revision, line, features, webrtc, presence, user } = record;
    departed.forget(id);
    const member = roster.add(
      {
        ...{ id, node, generation, revision, line, features, webrtc, presence, user },
        ...{ join: record.join, away: this.#isAway(record), awaySince: record.away },
        ...{ session: undefined, cancelLost: undefined, mail: undefined },
        ...{ interest: null, unwanted: undefined },
        rights: new Rights(clock, record.grants),
      },
      door.reservedFor(record),
    );
    if (line > 0) seats.apply(id, line);
    notices.broadcast("joined", notices.describe(member));
  }

  #update(member: Member, record: MemberRecord): void {
    const { link, roster, seats, notices, moved } = this.#options;
    const { id, session, node: before } = member;
    const { node, generation, revision, features, webrtc, line, presence } = record;
    const seated = seats.has(id);
    member.cancelLost?.();
    const changes = { generation, revision, features, webrtc, line, awaySince: record.away };
    Object.assign(member, changes, { session: undefined, cancelLost: undefined });
    const vouched = setVouched(member, record);
    const joinedAnew = member.join !== record.join;
    roster.change(member, { node, join: record.join });
    const newer = presence.version > member.presence.version;
    if (newer) member.presence = presence;
    if (line > 0) seats.apply(id, line);
    else seats.release(id);
    session?.end(REPLACED);
    // What it has not confirmed comes again there; a client counts nothing twice.
    const mail = [...(member.mail ?? [])].map(({ argument }) => argument);
    member.mail = undefined;
    if (mail.length > 0) link.mail(node, id, mail);
    notices.setAway(member, this.#isAway(record));
    // It left and came back so fast that only the last word came: clients replace it unseen.
    if (joinedAnew) notices.broadcast("joined", notices.describe(member));
    else if (vouched) notices.vouched(member);
    if (newer) notices.broadcast("presence", { id, ...presence });
    const seat = seats.has(id);
    if (seat !== seated) notices.broadcast("seat", { id, seat });
    if (before === null) moved();
  }

  /** Others took a member for lost whose socket stands, while this node was cut off. */
  #standFast(member: Member, { revision }: MemberRecord): void {
    member.revision = revision;
    this.#options.changed(member);
  }

  #bury(member: Member, { generation, revision, left = "lost" }: MemberRecord): void {
    const { session } = member;
    member.generation = generation;
    member.revision = revision;
    this.#options.remove(member, left);
    session?.end(REPLACED);
  }

  #isAway({ away, node }: MemberRecord): boolean {
    return away > 0 || this.#options.link.isSilent(node);
  }
}
