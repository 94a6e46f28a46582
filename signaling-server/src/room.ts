/** Who is in a room, and what they are told. Pure apart from the clocks and sessions handed in. */
import type { Clock } from "../../lib/src/clock.ts";
import {
  type IceServers,
  type Json,
  type LeaveReason,
  LOST_AFTER_MS,
  type Policy,
  PROTOCOL,
  type Refusal,
  type Signal,
  type VersionedPresence,
  type Vouched,
  type Welcome,
} from "../../lib/src/signaling/events.ts";
import { allows } from "../../lib/src/signaling/grants.ts";
import { Rights } from "../../lib/src/signaling/rights.ts";
import type { Route } from "../../lib/src/wire/envelope.ts";
import { Mailbox } from "./access/mailbox.ts";
import { Bucket } from "./bucket.ts";
import { Departed } from "./departed.ts";
import { Handles, UNUSED_HANDLE_REST_MS } from "./handles.ts";
import { joinNumber } from "./join-number.ts";
import { KNOCK_MEMBERS, KNOCKS_PER_ROOM, Reservation } from "./knock.ts";
import { type Admission, describeMember, type Member, type Session, vouchedOf } from "./member.ts";
import { type EventArgument, type EventName, OutgoingEvent, outgoingFrame } from "./outgoing.ts";
import { SEAT_REST_MS, Seats } from "./seats.ts";
import type { ServerStats } from "./stats.ts";

/** How far ahead of this server's clock a returning member's join number may be, in milliseconds. */
const JOIN_SKEW_MS = 60_000;

/** A page that closed its socket on the way out and has not resumed by now, has left. Milliseconds. */
const TORN_DOWN_AFTER_MS = 500;

/** Feature bits of this server: none are defined yet. */
const SERVER_FEATURES = 0;

export interface RoomOptions {
  readonly clock: Clock;
  /** Wall clock, in milliseconds: join numbers are times where possible. */
  readonly wallNow: () => number;
  readonly policy: Policy;
  readonly iceFor: (id: string) => IceServers;
  readonly stats: ServerStats;
  readonly onEmpty: () => void;
  readonly lostAfterMs?: number;
  readonly seatRestMs?: number;
}

export class Room {
  readonly name: string;
  readonly #options: RoomOptions;
  readonly #handles: Handles;
  readonly #seats: Seats;
  readonly #knocks: Bucket;
  /** In join order, ties broken by id. */
  readonly #members: Member[] = [];
  readonly #byId = new Map<string, Member>();
  readonly #byHandle = new Map<number, Member | Reservation>();
  readonly #departed: Departed;
  #lastJoin = 0;

  constructor(name: string, options: RoomOptions) {
    this.name = name;
    this.#options = options;
    this.#handles = new Handles(options.clock);
    this.#departed = new Departed(options.clock);
    this.#knocks = new Bucket(options.clock, KNOCKS_PER_ROOM, KNOCKS_PER_ROOM);
    const seats = options.policy.paths === "server" ? 0 : options.policy.meshLimit;
    this.#seats = new Seats(
      options.clock,
      seats,
      (id) => this.#broadcast("seat", { id, seat: true }),
      options.seatRestMs ?? SEAT_REST_MS,
    );
  }

  get size(): number {
    return this.#members.length;
  }

  /** Members whose socket is lost and who may come back. */
  get away(): number {
    return this.#members.reduce((count, { session }) => count + (session ? 0 : 1), 0);
  }

  /** Whether a newer socket of this id has been here, so that this one must be refused. */
  isStale(id: string, generation: number): boolean {
    const newest = this.#byId.get(id)?.generation ?? this.#departed.generationOf(id);
    return generation <= newest;
  }

  /**
   * Admits a socket and sends it `welcome` at once. Undefined when it is stale. A known member
   * resumes: nobody sees a leave or a join.
   */
  admit(admission: Admission, session: Session, reservation?: Reservation): Member | undefined {
    if (this.isStale(admission.id, admission.generation)) return undefined;
    let known = this.#byId.get(admission.id);
    if (known && known.user?.id !== admission.user?.id) {
      this.#expel([known], "goodbye", REPLACED);
      known = undefined;
    }
    const member = known
      ? this.#resume(known, admission, session)
      : this.#join(admission, session, reservation);
    if (reservation) this.#flush(reservation, member, session);
    return member;
  }

  /**
   * A socket is gone without a goodbye. Ignored when it is not the member's newest. `tornDown`: its
   * page closed it on the way out, so unless it resumes at once it has left.
   */
  lost(member: Member, session: Session, tornDown = false): void {
    if (member.session !== session) return;
    member.session = undefined;
    this.#broadcast("away", { id: member.id });
    const [ms, reason] = tornDown
      ? ([TORN_DOWN_AFTER_MS, "goodbye"] as const)
      : ([this.#options.lostAfterMs ?? LOST_AFTER_MS, "lost"] as const);
    member.cancelLost = this.#options.clock.after(ms, () => this.#remove(member, reason));
  }

  /** False when it belongs to an older generation. */
  goodbye(member: Member, generation: number): boolean {
    if (member.generation !== generation || this.#byId.get(member.id) !== member) return false;
    this.#remove(member, "goodbye");
    return true;
  }

  /** What is vouched for of a member changed: everybody is told, itself too. */
  vouch(member: Member, { user, grants }: Vouched): void {
    if (this.#byId.get(member.id) !== member) return;
    if (this.#setVouched(member, user, grants)) this.#tellVouched(member);
  }

  /** The members themselves, in join order. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Somebody with the right to do so wants them out: they are told, and so are the others. */
  expel(members: readonly Member[], refusal: Refusal): void {
    this.#expel(members, "removed", refusal);
  }

  /** From the app's back end. Members that are away get it when they resume. */
  post(members: readonly Member[], id: string, type: string, data: Json | undefined): void {
    const message = new OutgoingEvent("message", {
      id,
      type,
      ...(data === undefined ? {} : { data }),
    });
    for (const { mail, session } of members) {
      this.#options.stats.mailDropped += mail.put(message);
      session?.send(message);
    }
  }

  setPresence(member: Member, presence: VersionedPresence): void {
    if (presence.version <= member.presence.version) return;
    member.presence = presence;
    this.#broadcast("presence", { id: member.id, ...presence }, member);
  }

  /** False when `to` is not in the room. To a member that is away it is dropped: clients retry. */
  signal(from: Member, to: string, { attempt, index, data }: Signal): boolean {
    const target = this.#byId.get(to);
    if (!target) return false;
    target.session?.send(new OutgoingEvent("signal", { from: from.id, attempt, index, data }));
    return true;
  }

  /** Every WebRTC attempt of this member failed: somebody else may have its seat. */
  unseat(member: Member): void {
    if (this.#seats.release(member.id)) this.#broadcast("seat", { id: member.id, seat: false });
  }

  /** Delivers one upload to whom it is for; encoded once, and never back to its sender. */
  deliver(sender: Member, route: Route, frame: Uint8Array): void {
    const message = outgoingFrame(sender.handle, frame);
    if (route.kind === "only") {
      for (const handle of route.handles) {
        const target = this.#byHandle.get(handle);
        if (target === undefined) this.#options.stats.unknownHandles++;
        else if (target instanceof Reservation) this.#hold(target, sender, frame);
        else if (target !== sender) target.session?.sendFrame(message);
      }
      return;
    }
    const except = route.kind === "except" ? new Set(route.handles) : undefined;
    for (const member of this.#members) {
      if (member !== sender && !except?.has(member.handle)) member.session?.sendFrame(message);
    }
  }

  /**
   * Somebody asked for a WebSocket to this room: keeps a handle for it and asks members for their
   * cursors. Undefined when nobody is there, or when it happens too often.
   */
  knock(): Reservation | undefined {
    const present = this.#members.filter(({ session }) => session !== undefined);
    if (present.length === 0) return undefined;
    if (!this.#knocks.take()) {
      this.#options.stats.knocksLimited++;
      return undefined;
    }
    this.#options.stats.knocks++;
    const reservation = new Reservation(this.#handles.take());
    this.#byHandle.set(reservation.handle, reservation);
    const knock = new OutgoingEvent("knock", { handle: reservation.handle });
    // In a large room another few dozen each time.
    const first = present.length > KNOCK_MEMBERS ? Math.floor(Math.random() * present.length) : 0;
    for (let i = 0; i < Math.min(present.length, KNOCK_MEMBERS); i++) {
      present[(first + i) % present.length]?.session?.send(knock);
    }
    return reservation;
  }

  /** The newcomer was not admitted, or needs no handle. Harmless when it has taken it. */
  cancel(reservation: Reservation): void {
    if (this.#byHandle.get(reservation.handle) !== reservation) return;
    this.#byHandle.delete(reservation.handle);
    this.#handles.release(reservation.handle, UNUSED_HANDLE_REST_MS);
    this.#options.stats.knockFramesDropped += reservation.take().length;
  }

  /** Ends every session and timer; nobody is told who left. */
  close(refusal: Parameters<Session["end"]>[0]): void {
    this.#seats.close();
    for (const member of this.#members.splice(0)) {
      member.cancelLost?.();
      const { session } = member;
      member.session = undefined;
      session?.end(refusal);
    }
    this.#byId.clear();
    this.#byHandle.clear();
  }

  #join(admission: Admission, session: Session, reservation: Reservation | undefined): Member {
    const { id, generation, features, webrtc, user, grants } = admission;
    const reserved =
      reservation && this.#byHandle.get(reservation.handle) === reservation
        ? reservation.handle
        : undefined;
    const member: Member = {
      id,
      handle: reserved ?? this.#handles.take(),
      join: this.#joinNumber(admission.join),
      features,
      webrtc,
      user,
      rights: new Rights(this.#options.clock, grants),
      mail: new Mailbox(),
      generation,
      presence: allows(grants, "presence") ? admission.presence : NO_PRESENCE,
      session,
      cancelLost: undefined,
    };
    this.#departed.forget(id);
    this.#byId.set(id, member);
    this.#byHandle.set(member.handle, member);
    this.#insert(member);
    if (webrtc) this.#seats.apply(id, member.join);
    this.#welcome(member, session, { resumed: false, ttlSeconds: admission.ttlSeconds });
    this.#broadcast("joined", describeMember(member, this.#seats.has(id)), member);
    return member;
  }

  #resume(member: Member, admission: Admission, session: Session): Member {
    const before = member.session;
    const seated = this.#seats.has(member.id);
    const vouched = this.#setVouched(member, admission.user, admission.grants);
    const newer =
      admission.presence.version > member.presence.version &&
      member.rights.permit((grants) => allows(grants, "presence"));
    member.cancelLost?.();
    member.cancelLost = undefined;
    member.session = session;
    member.generation = admission.generation;
    if (newer) member.presence = admission.presence;
    // A new socket may mean a new network: whoever gave its seat back may ask for one again.
    const seat = member.webrtc && this.#seats.apply(member.id, member.join);
    this.#welcome(member, session, { resumed: true, ttlSeconds: admission.ttlSeconds });
    for (const message of member.mail) session.send(message);
    before?.end(REPLACED);
    const { id, handle } = member;
    if (!before) this.#broadcast("back", { id, handle }, member);
    if (vouched) this.#tellVouched(member, member);
    if (newer) this.#broadcast("presence", { id, ...member.presence }, member);
    if (seat && !seated) this.#broadcast("seat", { id, seat }, member);
    return member;
  }

  #expel(members: readonly Member[], reason: LeaveReason, refusal: Refusal): void {
    // Theirs no more before anybody is told: they need not hear of each other's leaving.
    const sessions = members.map((member) => {
      const { session } = member;
      member.session = undefined;
      return session;
    });
    for (const member of members) this.#remove(member, reason);
    for (const session of sessions) session?.end(refusal);
  }

  #remove(member: Member, reason: LeaveReason): void {
    member.cancelLost?.();
    member.cancelLost = undefined;
    member.session = undefined;
    this.#byId.delete(member.id);
    this.#byHandle.delete(member.handle);
    this.#handles.release(member.handle);
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#seats.release(member.id);
    this.#departed.remember(member);
    this.#broadcast("left", { id: member.id, reason });
    if (this.#members.length === 0) {
      this.#seats.close();
      this.#options.onEmpty();
    }
  }

  #joinNumber(known: number | undefined): number {
    const now = Math.floor(this.#options.wallNow());
    const sane = known !== undefined && known > 0 && known <= now + JOIN_SKEW_MS;
    const join = sane ? known : joinNumber(Math.max(this.#lastJoin + 1, now), this.#members);
    this.#lastJoin = Math.max(this.#lastJoin, join);
    return join;
  }

  #insert(member: Member): void {
    let at = this.#members.length;
    while (at > 0 && isBefore(member, this.#members[at - 1])) at--;
    this.#members.splice(at, 0, member);
  }

  /** False when it was so before. */
  #setVouched(member: Member, user: Vouched["user"], grants: Vouched["grants"]): boolean {
    const changed = JSON.stringify(user) !== JSON.stringify(member.user);
    member.user = user;
    return member.rights.change(grants) || changed;
  }

  #tellVouched({ id, user, rights }: Member, except?: Member): void {
    this.#broadcast("vouched", { id, ...vouchedOf(user, rights.grants) }, except);
  }

  #welcome(
    member: Member,
    session: Session,
    { resumed, ttlSeconds }: { resumed: boolean; ttlSeconds: number | undefined },
  ): void {
    const describe = (each: Member) => describeMember(each, this.#seats.has(each.id));
    const welcome: Welcome = {
      protocol: PROTOCOL,
      features: SERVER_FEATURES,
      self: describe(member),
      resumed,
      members: this.#members.filter((each) => each !== member).map(describe),
      ice: this.#options.iceFor(member.id),
      policy: this.#options.policy,
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    };
    session.send(new OutgoingEvent("welcome", welcome));
  }

  #hold(reservation: Reservation, { handle }: Member, frame: Uint8Array): void {
    if (reservation.hold(handle, frame)) this.#options.stats.knockFramesHeld++;
    else this.#options.stats.knockFramesDropped++;
  }

  #flush(reservation: Reservation, member: Member, session: Session): void {
    for (const { sender, frame } of reservation.take()) {
      if (sender !== member.handle) session.sendFrame(outgoingFrame(sender, frame));
    }
    this.cancel(reservation);
  }

  #broadcast<E extends EventName>(name: E, argument: EventArgument<E>, except?: Member): void {
    const event = new OutgoingEvent(name, argument);
    for (const member of this.#members) {
      if (member !== except) member.session?.send(event);
    }
  }
}

/** What a member without the grant for it says of itself; any of its own is newer. */
const NO_PRESENCE: VersionedPresence = { version: 0, state: {} };

const REPLACED = {
  code: "replaced",
  message: "A newer socket of the same peer has taken its place.",
} as const;

function isBefore(a: Member, b: Member | undefined): boolean {
  return b !== undefined && (a.join < b.join || (a.join === b.join && a.id < b.id));
}
