/** What the members of this node are told of everybody, and compared with now and then. */
import type { Clock } from "../../lib/src/clock.ts";
import {
  FEATURE_ACK_VECTORS,
  type IceServers,
  type MemberInfo,
  type Policy,
  PROTOCOL,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import { Audit } from "./audit.ts";
import { describeMember, type Member, type Session, vouchedOf } from "./member.ts";
import { type EventArgument, type EventName, OutgoingEvent } from "./outgoing.ts";
import type { Roster } from "./roster.ts";

/** Feature bits of this server. */
const SERVER_FEATURES = FEATURE_ACK_VECTORS;

export interface NoticesOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  /** Whether a member has a seat. */
  readonly seated: (id: string) => boolean;
  readonly iceFor: (id: string) => IceServers;
}

/** What a welcome says besides who is here. */
interface Welcoming {
  readonly resumed: boolean;
  /** Until what is vouched for expires. */
  readonly ttlSeconds: number | undefined;
  readonly policy: Policy;
}

export class Notices {
  readonly #options: NoticesOptions;
  readonly #audit: Audit;

  constructor(options: NoticesOptions) {
    this.#options = options;
    const { clock, roster } = options;
    this.#audit = new Audit({
      clock,
      members: () => roster.members,
      describe: (member) => this.describe(member),
    });
  }

  describe(member: Member): MemberInfo {
    return describeMember(member, this.#options.seated(member.id));
  }

  welcome(member: Member, session: Session, { resumed, ttlSeconds, policy }: Welcoming): void {
    const { roster, iceFor } = this.#options;
    const others = roster.members.filter((each) => each !== member);
    const welcome: Welcome = {
      protocol: PROTOCOL,
      features: SERVER_FEATURES,
      self: this.describe(member),
      resumed,
      members: others.map((each) => this.describe(each)),
      ice: iceFor(member.id),
      policy,
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    };
    session.send(new OutgoingEvent("welcome", welcome));
  }

  /** Tells everybody here but one, in one encoding. */
  broadcast<E extends EventName>(name: E, argument: EventArgument<E>, except?: Member): void {
    const event = new OutgoingEvent(name, argument);
    this.#audit.changed();
    for (const member of this.#options.roster.members) {
      if (member !== except) member.session?.send(event);
    }
  }

  /** What is vouched for of a member changed. */
  vouched({ id, user, rights }: Member, except?: Member): void {
    this.broadcast("vouched", { id, ...vouchedOf(user, rights.grants) }, except);
  }

  /** A member is away, or is back; whoever knows that already is told nothing. */
  setAway(member: Member, away: boolean): void {
    if (member.away === away) return;
    const { id, handle } = member;
    this.#options.roster.change(member, { away });
    if (away) this.broadcast("away", { id });
    else this.broadcast("back", { id, handle });
  }

  /** Everything about everybody, once more. */
  roll(session: Session): void {
    session.send(this.#audit.roll());
  }

  /** Nobody is here to be told. */
  stop(): void {
    this.#audit.stop();
  }
}
