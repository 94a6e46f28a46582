/**
 * What the members of this node are told of everybody, and compared with now and then: in small rooms
 * at once, in large ones in pages and batches to those who take them so.
 */
import type { Clock } from "../../lib/src/clock.ts";
import {
  FEATURE_ACK_VECTORS,
  FEATURE_INTEREST,
  type IceServers,
  type MemberInfo,
  type Policy,
  PROTOCOL,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import { Audit } from "./audit.ts";
import { BATCH_ABOVE, Changes, isChange, TICK_MS, takesParts } from "./changes.ts";
import { describeMember, type Member, type Session, vouchedOf } from "./member.ts";
import { type EventArgument, type EventName, OutgoingEvent } from "./outgoing.ts";
import { Pages } from "./pages.ts";
import type { Roster } from "./roster.ts";

/** Feature bits of this server. */
const SERVER_FEATURES = FEATURE_ACK_VECTORS | FEATURE_INTEREST;

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
  readonly spread: number | undefined;
}

/** What whoever passes on what somebody said must have told before. */
export type Introductions = Pick<Notices, "introduce" | "introduceAll" | "precede">;

export class Notices {
  readonly #options: NoticesOptions;
  readonly #audit: Audit;
  readonly #changes = new Changes();
  readonly #pages: Pages;
  #cancelTick: (() => void) | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
    const { clock, roster, seated } = options;
    const describe = (member: Member) => this.describe(member);
    this.#pages = new Pages({ roster, seated, describe });
    this.#audit = new Audit({
      clock,
      members: () => roster.members,
      describe,
      settle: () => this.#flush(),
      // What it is still to be told of it cannot compare.
      comparable: (session) => !this.#pages.isReading(session),
    });
  }

  describe(member: Member): MemberInfo {
    return describeMember(member, this.#options.seated(member.id));
  }

  welcome(
    member: Member,
    session: Session,
    { resumed, ttlSeconds, policy, spread }: Welcoming,
  ): void {
    const { roster, iceFor } = this.#options;
    const first = this.#pages.begin(member, session);
    const others = first ?? roster.members.filter((each) => each !== member);
    const welcome: Welcome = {
      protocol: PROTOCOL,
      features: SERVER_FEATURES,
      self: this.describe(member),
      resumed,
      members: others.map((each) => this.describe(each)),
      ...(first ? { size: roster.size } : {}),
      ice: iceFor(member.id),
      policy,
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      ...(spread === undefined ? {} : { spread }),
    };
    session.send(new OutgoingEvent("welcome", welcome));
    this.#changes.welcomed(session);
    if (first) this.#tickSoon();
  }

  /**
   * Tells everybody here but one, in one encoding. What changes the membership of a large room waits
   * for the next tick, and may then be told to that one too, who makes nothing of it.
   */
  broadcast<E extends EventName>(name: E, argument: EventArgument<E>, except?: Member): void {
    const { roster } = this.#options;
    const event = new OutgoingEvent(name, argument);
    this.#audit.changed();
    // What waits is told first, also where the room is not large any more.
    const waits = isChange(event) && (roster.size > BATCH_ABOVE || !this.#changes.isEmpty);
    if (isChange(event)) this.#pages.changed(name, event.argument.id);
    if (waits && this.#changes.isFull) this.#flush();
    for (const member of roster.members) {
      if (member !== except && !(waits && takesParts(member))) member.session?.send(event);
    }
    if (!waits) return;
    this.#changes.add(event);
    this.#tickSoon();
  }

  /** What is told to all but one that has just been welcomed is nothing to tell it later. */
  settled(session: Session): void {
    this.#changes.welcomed(session);
  }

  /** Something of `about` is about to be passed on: all who get it must know that it is here. */
  precede(about: Member): void {
    if (this.#changes.isNews(about.id)) this.#flush();
  }

  /** It is passed on to this one, who may not have read so far; after {@link precede}. */
  introduce(to: Member, about: Member): void {
    if (this.#pages.isIdle || !this.#pages.isUntold(to, about)) return;
    this.#flush();
    this.#pages.introduce(to, about);
  }

  /** As `introduce`, for what several said. */
  introduceAll(to: Member, said: readonly { readonly sender: Member }[]): void {
    if (this.#pages.isIdle) return;
    for (const { sender } of said) this.introduce(to, sender);
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
    this.#flush();
    session.send(this.#audit.roll());
  }

  /** Nobody is here to be told. */
  stop(): void {
    this.#audit.stop();
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#changes.clear();
    this.#pages.clear();
  }

  #flush(): void {
    this.#changes.flush(this.#options.roster.members);
  }

  #tickSoon(): void {
    this.#cancelTick ??= this.#options.clock.after(TICK_MS, () => {
      this.#cancelTick = undefined;
      // In this order: pages tell how it is now, and changes that came before are in them.
      this.#flush();
      this.#pages.turn();
      if (!this.#pages.isIdle) this.#tickSoon();
    });
  }
}
