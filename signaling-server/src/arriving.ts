/** How members come into a room: as newcomers, or back under the id they had. */
import type { Clock } from "../../lib/src/clock.ts";
import type { Policy } from "../../lib/src/signaling/events.ts";
import { Rights } from "../../lib/src/signaling/rights.ts";
import type { Departed } from "./departed.ts";
import { joinNumber } from "./join-number.ts";
import type { Reservation } from "./knock.ts";
import { type Admission, type Member, type Session, setVouched } from "./member.ts";
import type { Notices } from "./notices.ts";
import { mayShowItself, newsOf, presenceOf } from "./own-presence.ts";
import { REPLACED } from "./refusals.ts";
import type { Roster } from "./roster.ts";
import type { Seats } from "./seats.ts";

/** How far ahead of this server's clock a returning member's join number may be, in milliseconds. */
const JOIN_SKEW_MS = 60_000;

export interface ArrivingOptions {
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly policy: () => Policy;
  /** See {@link Welcome.spread}. */
  readonly spread?: () => number | undefined;
  readonly roster: Roster;
  readonly departed: Departed;
  readonly seats: Seats;
  readonly notices: Notices;
  /** Other nodes must hear of it. `token`: what its knock was known by. */
  readonly changed: (member: Member, token?: number) => void;
}

export class Arriving {
  readonly #options: ArrivingOptions;
  #lastJoin = 0;

  constructor(options: ArrivingOptions) {
    this.#options = options;
  }

  join(admission: Admission, session: Session, reservation: Reservation | undefined): Member {
    const { clock, roster, departed, seats, notices, changed } = this.#options;
    const { id, generation, features, webrtc, user, grants } = admission;
    const presence = presenceOf(admission);
    const join = this.#joinNumber(admission);
    const line = webrtc ? seats.placeFor(join, Math.floor(this.#options.wallNow())) : 0;
    departed.forget(id);
    const member = roster.add(
      {
        // One literal, not several spread into one: that would be a hidden class for each member.
        id,
        join,
        features,
        webrtc,
        user,
        generation,
        presence,
        line,
        session,
        revision: 0,
        node: null,
        away: false,
        awaySince: 0,
        cancelLost: undefined,
        rights: new Rights(clock, grants),
        mail: undefined,
        interest: null,
        unwanted: undefined,
      },
      reservation,
    );
    if (webrtc) seats.apply(id, line);
    changed(member, reservation?.handle === member.handle ? member.handle : undefined);
    this.#welcome(member, session, false, admission);
    notices.broadcast("joined", notices.describe(member), member);
    notices.settled(session);
    return member;
  }

  /** A member that is known, wherever it was. */
  resume(member: Member, admission: Admission, session: Session): Member {
    const { roster, seats, notices, changed } = this.#options;
    const { id, handle, session: before, away } = member;
    const seated = seats.has(id);
    const showedItself = member.rights.permit(mayShowItself);
    const vouched = setVouched(member, admission);
    const isAsked = showedItself || mayShowItself(admission.grants);
    const news = isAsked ? newsOf(member, admission.presence) : undefined;
    member.cancelLost?.();
    const { generation, features } = admission;
    const arrived = { session, generation, features, revision: 0, awaySince: 0, interest: null };
    Object.assign(member, arrived, { cancelLost: undefined });
    roster.change(member, { node: null, away: false });
    if (news) member.presence = news;
    // A new socket may mean a new network: whoever gave its seat back may ask for one again.
    if (member.webrtc && member.line === 0) {
      member.line = seats.placeFor(member.join, Math.floor(this.#options.wallNow()));
    }
    const seat = member.webrtc && seats.apply(id, member.line);
    changed(member);
    this.#welcome(member, session, true, admission);
    for (const message of member.mail ?? []) session.send(message);
    before?.end(REPLACED);
    if (away) notices.broadcast("back", { id, handle }, member);
    if (vouched) notices.vouched(member, member);
    if (news) notices.broadcast("presence", { id, ...news }, member);
    if (seat && !seated) notices.broadcast("seat", { id, seat }, member);
    notices.settled(session);
    return member;
  }

  #welcome(
    member: Member,
    session: Session,
    resumed: boolean,
    { ttlSeconds }: Pick<Admission, "ttlSeconds">,
  ): void {
    const { notices, policy, spread } = this.#options;
    notices.welcome(member, session, { resumed, ttlSeconds, policy: policy(), spread: spread?.() });
  }

  #joinNumber({ join: known, reservedJoin }: Admission): number {
    const { roster, wallNow } = this.#options;
    const now = Math.floor(wallNow());
    const sane = known !== undefined && known > 0 && known <= now + JOIN_SKEW_MS;
    const last = Math.max(this.#lastJoin, roster.members.at(-1)?.join ?? 0);
    const earliest = Math.max(last + 1, now);
    const join = sane ? known : (reservedJoin ?? joinNumber(earliest, roster.members));
    this.#lastJoin = Math.max(this.#lastJoin, join);
    return join;
  }
}
