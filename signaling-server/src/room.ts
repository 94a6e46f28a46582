/**
 * Who is in a room, and what its members on this node are told. Members on other nodes are known by
 * their records (cluster/record.ts). Pure apart from the clocks, sessions and link handed in.
 */
import type { Clock } from "../../lib/src/clock.ts";
import type {
  IceServers,
  Interest,
  Policy,
  Refusal,
  Signal,
  VersionedPresence,
  Vouched,
} from "../../lib/src/signaling/events.ts";
import type { AckOf } from "../../lib/src/wire/ack-vector.ts";
import { type Mail, post } from "./access/mail.ts";
import { Arriving } from "./arriving.ts";
import type { MemberRoute } from "./audience.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import { Delivery, type Target } from "./delivery.ts";
import { Departed } from "./departed.ts";
import { Door } from "./door.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { FanOut } from "./fan-out.ts";
import { wantedOf } from "./interest.ts";
import type { Reservation } from "./knock.ts";
import { Leaving } from "./leaving.ts";
import { type Admission, type Member, type Session, setVouched } from "./member.ts";
import { Notices } from "./notices.ts";
import { OutgoingEvent } from "./outgoing.ts";
import { newsOf } from "./own-presence.ts";
import { REPLACED } from "./refusals.ts";
import { Roster } from "./roster.ts";
import { SEAT_REST_MS, Seats } from "./seats.ts";
import type { ServerStats } from "./stats.ts";

export interface RoomOptions {
  readonly clock: Clock;
  /** Wall clock, in milliseconds: join numbers are times where possible. */
  readonly wallNow: () => number;
  readonly policy: Policy;
  readonly spread?: () => number | undefined;
  readonly iceFor: (id: string) => IceServers;
  readonly stats: ServerStats;
  /** No member of this node is left. */
  readonly onEmpty: () => void;
  readonly lostAfterMs?: number;
  readonly seatRestMs?: number;
  /** Of all rooms of this server together. */
  readonly fanOut?: FanOut;
  readonly fanOutPerSecond?: number;
  /** The same room on other nodes, where there are any. */
  readonly link?: RoomLink | undefined;
}

export class Room {
  readonly name: string;
  readonly #link: RoomLink | undefined;
  readonly #stats: ServerStats;
  readonly #roster: Roster;
  readonly #delivery: Delivery;
  readonly #door: Door;
  readonly #seats: Seats;
  readonly #departed: Departed;
  readonly #notices: Notices;
  readonly #arriving: Arriving;
  readonly #leaving: Leaving;
  readonly #elsewhere: Elsewhere | undefined;
  #policy: Policy;

  constructor(name: string, options: RoomOptions) {
    const { clock, stats, policy, link, seatRestMs = SEAT_REST_MS } = options;
    this.name = name;
    this.#link = link;
    this.#stats = stats;
    this.#policy = policy;
    this.#roster = new Roster(clock);
    this.#departed = new Departed(clock);
    this.#notices = new Notices({
      clock,
      roster: this.#roster,
      seated: (id) => this.#seats.has(id),
      iceFor: options.iceFor,
    });
    const { fanOut, fanOutPerSecond } = options;
    this.#delivery = new Delivery({
      ...{ clock, stats, link, fanOut, fanOutPerSecond },
      ...{ roster: this.#roster, notices: this.#notices },
    });
    const introduce = (to: Member, about: Member) => this.#introduce(to, about);
    this.#door = new Door(this.#roster, { clock, stats, link, introduce });
    this.#seats = new Seats(
      clock,
      seatsBy(policy),
      (id, seat) => this.#notices.broadcast("seat", { id, seat }),
      seatRestMs,
    );
    const parts = {
      ...{ roster: this.#roster, departed: this.#departed, seats: this.#seats },
      ...{ door: this.#door, notices: this.#notices },
      changed: (member: Member, token?: number) => this.#changed(member, token),
    };
    this.#arriving = new Arriving({ ...options, ...parts, policy: () => this.#policy });
    const onEmpty = () => {
      this.#delivery.stop();
      options.onEmpty();
    };
    this.#leaving = new Leaving({ ...options, ...parts, link, onEmpty });
    this.#elsewhere =
      link &&
      new Elsewhere({
        ...{ ...parts, clock, link },
        remove: (member, reason) => this.#leaving.remove(member, reason),
        moved: () => this.#leaving.emptied(),
      });
  }

  get size(): number {
    return this.#roster.size;
  }

  /** Members whose newest socket is or was on this node. */
  get here(): number {
    return this.#roster.here;
  }

  get awayHere(): number {
    return this.members.reduce(
      (count, { away, node }) => count + (away && node === null ? 1 : 0),
      0,
    );
  }

  /** In join order, those of other nodes too. */
  get members(): readonly Member[] {
    return this.#roster.members;
  }

  /** Members that may come back: their socket is lost, or their node silent. */
  get away(): number {
    return this.members.reduce((count, { away }) => count + (away ? 1 : 0), 0);
  }

  get(id: string): Member | undefined {
    return this.#roster.get(id);
  }

  /** Whether a newer socket of this id has been here, so that this one must be refused. */
  isStale(id: string, generation: number): boolean {
    return generation <= (this.get(id)?.generation ?? this.#departed.generationOf(id));
  }

  /**
   * Admits a socket and sends it `welcome` at once. Undefined when it is stale. A known member
   * resumes, wherever it was: nobody sees a leave or a join.
   */
  admit(admission: Admission, session: Session, reservation?: Reservation): Member | undefined {
    if (this.isStale(admission.id, admission.generation)) return undefined;
    let known = this.get(admission.id);
    if (known && known.user?.id !== admission.user?.id) {
      const { session: former } = known;
      this.#leaving.remove(known, "goodbye");
      former?.end(REPLACED);
      known = undefined;
    }
    const member = known
      ? this.#arriving.resume(known, admission, session)
      : this.#arriving.join(admission, session, reservation);
    if (reservation) this.#door.open(reservation, member);
    return member;
  }

  /**
   * A socket is gone without a goodbye. Ignored when it is not the member's newest. `tornDown`: its
   * page closed it on the way out, so unless it resumes at once it has left.
   */
  lost(member: Member, session: Session, tornDown = false): void {
    if (member.session === session) this.#leaving.lost(member, tornDown);
  }

  /** False when it belongs to an older generation. */
  goodbye(member: Member, generation: number): boolean {
    if (member.generation !== generation || !this.#isHere(member)) return false;
    this.#leaving.leave(member, "goodbye");
    return true;
  }

  /**
   * Somebody with the right to do so wants them out: they are told, and so are the others. Returns those
   * who were this node's to end: its own, and those of nodes that are silent.
   */
  expel(members: readonly Member[], refusal: Refusal): Member[] {
    return this.#leaving.expel(members, refusal);
  }

  /** A message of the app's back end, to members of this node; see {@link post}. */
  post(members: readonly Member[], mail: Mail): void {
    post(members, mail, this.#stats);
  }

  /** What is vouched for of a member of this node changed: everybody is told, itself too. */
  vouch(member: Member, vouched: Vouched): void {
    if (!this.#isHere(member) || !setVouched(member, vouched)) return;
    this.#notices.vouched(member);
    // What it said of itself may not be said any more.
    if (!this.setPresence(member, member.presence)) this.#changed(member);
  }

  /** What a member that has the grant for it, or had it a moment ago, says of itself. False: no news. */
  setPresence(member: Member, said: VersionedPresence): boolean {
    const news = newsOf(member, said);
    if (!news || !this.#isHere(member)) return false;
    member.presence = news;
    this.#notices.broadcast("presence", { id: member.id, ...news }, member);
    this.#changed(member);
    return true;
  }

  /** False when `to` is not in the room. To a member that is away it is dropped: clients retry. */
  signal(from: Member, to: string, signal: Signal): boolean {
    const target = this.get(to);
    if (!target) return false;
    if (target.node !== null) this.#link?.signal(target.node, from, to, signal);
    else this.signalFrom(from.id, target, signal);
    return true;
  }

  signalFrom(from: string, target: Member, { attempt, index, data }: Signal): void {
    const sender = this.get(from);
    if (sender) this.#introduce(target, sender);
    target.session?.send(new OutgoingEvent("signal", { from, attempt, index, data }));
  }

  /** Every WebRTC attempt of this member failed: somebody else may have its seat. */
  unseat(member: Member): void {
    if (member.line === 0 || !this.#isHere(member)) return;
    member.line = 0;
    if (this.#seats.release(member.id))
      this.#notices.broadcast("seat", { id: member.id, seat: false });
    this.#changed(member);
  }

  /** Whose cursors a member of this node shall be told of from now on. */
  setInterest(member: Member, interest: Interest | null): void {
    if (this.#isHere(member)) this.#delivery.setInterest(member, wantedOf(interest));
  }

  /** Tells a socket everything about everybody, once more. */
  resync(session: Session): void {
    this.#notices.roll(session);
  }

  deliver(sender: Member, route: MemberRoute, frame: Uint8Array): void {
    this.#delivery.deliver(sender, route, frame);
  }

  /** What has arrived at a member of this node, of many others. */
  acknowledge(receiver: Member, acks: readonly AckOf[]): void {
    this.#delivery.acknowledge(receiver, acks);
  }

  /** A frame that a member of another node sent. False when that member is not known here. */
  deliverFrom(sender: string, target: Target, frame: Uint8Array): boolean {
    const member = this.get(sender);
    if (member) this.#delivery.deliverFrom(member, target, frame);
    return member !== undefined;
  }

  /** Who knocks, and what is kept for them. */
  get door(): Door {
    return this.#door;
  }

  /** For members that come and for those that are here. */
  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#notices.broadcast("policy", policy);
    this.#seats.limit = seatsBy(policy);
  }

  /** Members of other nodes; undefined where there are none. */
  get elsewhere(): Elsewhere | undefined {
    return this.#elsewhere;
  }

  /** Ends every session and timer; nobody here is told who left, and elsewhere they may come back. */
  close(refusal: Refusal): void {
    this.#seats.close();
    this.#notices.stop();
    this.#delivery.stop();
    this.#door.close();
    for (const member of this.#roster.clear()) {
      member.cancelLost?.();
      const session = this.#leaving.endSession(member);
      if (session) this.#changed(member);
      session?.end(refusal);
    }
  }

  #introduce(to: Member, about: Member): void {
    this.#notices.precede(about);
    this.#notices.introduce(to, about);
  }

  #isHere(member: Member): boolean {
    return this.get(member.id) === member && member.node === null;
  }

  #changed(member: Member, token?: number): void {
    member.revision++;
    this.#link?.changed(member, token);
  }
}

function seatsBy({ paths, meshLimit }: Policy): number {
  return paths === "server" ? 0 : meshLimit;
}
