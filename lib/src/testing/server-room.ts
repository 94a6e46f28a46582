/**
 * A room as a signaling server keeps it: who is there, and what they are told. docs/protocol.md is
 * what it follows; there are no sockets, no limits and nobody hostile here.
 */
import type { Clock } from "../clock.ts";
import {
  type ConnectRequest,
  FEATURE_INTEREST,
  FEATURE_PAGES,
  type Interest,
  type LeaveReason,
  LOST_AFTER_MS,
  type MemberInfo,
  PEER_COLORS,
  type Policy,
  PROTOCOL,
  type ServerToClientEvents,
  type Signal,
  type VersionedPresence,
  type Vouched,
} from "../signaling/events.ts";
import { allows } from "../signaling/grants.ts";
import { surfaceOfFrame, wants } from "../signaling/interest.ts";
import type { Route } from "../wire/envelope.ts";

/** How long a seat stays empty before it passes on: whoever left it may come back at once. */
const SEAT_REST_MS = 5_000;
/** A room of more others than this is told in pages of so many … */
const PAGE_MEMBERS = 64;
/** … one each tick, in milliseconds. */
const TICK_MS = 50;

export type EventName = Exclude<
  keyof ServerToClientEvents,
  "frame" | "credit" | "echo" | "audit" | "roll" | "batch"
>;
export type EventArgument<E extends EventName> = Parameters<ServerToClientEvents[E]>[0];

/** A member's socket, as the server holds it. */
export interface ServerSocket {
  say<E extends EventName>(event: E, argument: EventArgument<E>): void;
  frame(sender: number, frame: Uint8Array): void;
}

export interface ServerMember {
  readonly id: string;
  readonly handle: number;
  readonly join: number;
  readonly features: number;
  readonly webrtc: boolean;
  readonly vouched: Vouched;
  presence: VersionedPresence;
  generation: number;
  seat: boolean;
  /** Null while it is away. */
  socket: ServerSocket | null;
  cancelLost: (() => void) | null;
  /** Those that its socket has yet to be told of. */
  untold: Set<ServerMember>;
  interest: Interest | null;
  /** Its newest cursor frame, if somebody did not want it. */
  unwanted: Uint8Array | null;
}

export interface ServerRoomOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970: join numbers are times. */
  readonly wallNow: () => number;
  readonly policy: Policy;
  /** A peer's id, the same for the same key. */
  readonly idOf: (key: string) => string;
}

export class ServerRoom {
  readonly #options: ServerRoomOptions;
  /** In join order. */
  #members: ServerMember[] = [];
  #handles = 0;
  #lastJoin = 0;
  #restingSeats = 0;

  constructor(options: ServerRoomOptions) {
    this.#options = options;
  }

  /** Lets it in and welcomes it. Null when a newer socket of the same peer has been here. */
  admit(request: ConnectRequest, socket: ServerSocket, vouched: Vouched): ServerMember | null {
    const id = this.#options.idOf(request.key);
    const known = this.#members.find((member) => member.id === id);
    if (known === undefined) return this.#join(id, request, socket, vouched);
    if (request.generation <= known.generation) return null;
    this.#resume(known, request, socket);
    return known;
  }

  /** Its socket is gone. Harmless when it has a newer one. */
  lost(member: ServerMember, socket: ServerSocket): void {
    if (member.socket !== socket) return;
    member.socket = null;
    this.#tell("away", { id: member.id });
    member.cancelLost = this.#options.clock.after(LOST_AFTER_MS, () =>
      this.#remove(member, "lost"),
    );
  }

  goodbye(member: ServerMember, generation: number): void {
    if (member.generation === generation) this.#remove(member, "goodbye");
  }

  setPresence(member: ServerMember, presence: VersionedPresence): void {
    if (presence.version <= member.presence.version) return;
    if (!allows(member.vouched.grants, "presence")) return;
    member.presence = presence;
    this.#tell("presence", { id: member.id, ...presence }, member);
  }

  signal(from: ServerMember, { to, ...signal }: { readonly to: string } & Signal): void {
    const target = this.#members.find(({ id }) => id === to);
    if (target !== undefined) this.#introduce(target, from);
    if (target !== undefined) target.socket?.say("signal", { from: from.id, ...signal });
    else from.socket?.say("undelivered", { to, code: "unknown-peer", message: "It left." });
  }

  unseat(member: ServerMember): void {
    if (this.#freeSeat(member)) this.#tell("seat", { id: member.id, seat: false });
  }

  frame(from: ServerMember, route: Route, frame: Uint8Array): void {
    if (route.kind === "server") return;
    for (const member of this.#members) {
      const named = "handles" in route && route.handles.includes(member.handle);
      if (member === from || named !== (route.kind === "only")) continue;
      if (wantsCursor(member.interest, from, frame)) this.#pass(from, member, frame);
      else from.unwanted = frame.slice();
    }
  }

  /** Whose cursors a member wants; it is told where those are that it did not want. */
  setInterest(member: ServerMember, interest: Interest | null): void {
    const before = member.interest;
    member.interest = interest;
    for (const sender of this.#members) {
      const { unwanted } = sender;
      if (unwanted === null || wantsCursor(before, sender, unwanted)) continue;
      if (wantsCursor(interest, sender, unwanted)) this.#pass(sender, member, unwanted);
    }
  }

  #pass(from: ServerMember, to: ServerMember, frame: Uint8Array): void {
    this.#introduce(to, from);
    to.socket?.frame(from.handle, frame.slice());
  }

  #join(
    id: string,
    { join, generation, features, webrtc, presence }: ConnectRequest,
    socket: ServerSocket,
    vouched: Vouched,
  ): ServerMember {
    const member: ServerMember = {
      id,
      handle: ++this.#handles,
      join: join ?? this.#nextJoin(),
      features,
      webrtc,
      vouched,
      presence: allows(vouched.grants, "presence") ? presence : { version: 0, state: {} },
      generation,
      seat: webrtc && this.#seatsLeft > 0,
      socket,
      cancelLost: null,
      ...{ untold: new Set(), interest: null, unwanted: null },
    };
    this.#lastJoin = Math.max(this.#lastJoin, member.join);
    this.#members = [...this.#members, member].sort((a, b) => a.join - b.join);
    this.#welcome(member, socket, false);
    this.#tell("joined", describe(member), member);
    return member;
  }

  #resume(member: ServerMember, { generation, presence }: ConnectRequest, socket: ServerSocket) {
    const wasAway = member.socket === null;
    const newer =
      presence.version > member.presence.version && allows(member.vouched.grants, "presence");
    const seated = !member.seat && member.webrtc && this.#seatsLeft > 0;
    member.cancelLost?.();
    member.cancelLost = null;
    Object.assign(member, { generation, socket, interest: null });
    if (newer) member.presence = presence;
    if (seated) member.seat = true;
    this.#welcome(member, socket, true);
    const { id, handle } = member;
    if (wasAway) this.#tell("back", { id, handle }, member);
    if (newer) this.#tell("presence", { id, ...presence }, member);
    if (seated) this.#tell("seat", { id, seat: true }, member);
  }

  #remove(member: ServerMember, reason: LeaveReason): void {
    if (!this.#members.includes(member)) return;
    member.cancelLost?.();
    member.socket = null;
    this.#members = this.#members.filter((each) => each !== member);
    for (const { untold } of this.#members) untold.delete(member);
    this.#tell("left", { id: member.id, reason });
    this.#freeSeat(member);
  }

  #welcome(member: ServerMember, socket: ServerSocket, resumed: boolean): void {
    const others = this.#members.filter((each) => each !== member);
    const isLarge = others.length > PAGE_MEMBERS && (member.features & FEATURE_PAGES) !== 0;
    const first = isLarge
      ? others.filter(({ seat }, i) => seat || i >= others.length - PAGE_MEMBERS / 2)
      : others;
    member.untold = new Set(others.filter((each) => !first.includes(each)));
    socket.say("welcome", {
      protocol: PROTOCOL,
      features: FEATURE_INTEREST,
      self: describe(member),
      resumed,
      members: first.map(describe),
      ...(isLarge ? { size: this.#members.length } : {}),
      ice: { servers: [], ttlSeconds: 0 },
      policy: this.#options.policy,
    });
    if (isLarge) this.#turnPages(member, socket);
  }

  /** The next page, and the next. */
  #turnPages(member: ServerMember, socket: ServerSocket): void {
    this.#options.clock.after(TICK_MS, () => {
      if (member.socket !== socket) return;
      const page = [...member.untold].slice(-PAGE_MEMBERS);
      for (const each of page) member.untold.delete(each);
      const more = member.untold.size > 0;
      socket.say("page", { members: page.map(describe), more });
      if (more) this.#turnPages(member, socket);
    });
  }

  /** Nobody is told anything of somebody that it does not know. */
  #introduce(to: ServerMember, about: ServerMember): void {
    if (to.untold.delete(about)) to.socket?.say("page", { members: [describe(about)], more: true });
  }

  #tell<E extends EventName>(event: E, argument: EventArgument<E>, except?: ServerMember): void {
    for (const member of this.#members) {
      if (member !== except) member.socket?.say(event, argument);
    }
  }

  /** Later than all before it, and of a hue that nobody present has while there is one left. */
  #nextJoin(): number {
    let join = Math.max(this.#lastJoin + 1, Math.floor(this.#options.wallNow()));
    const hues = new Set(this.#members.map((member) => member.join % PEER_COLORS));
    while (hues.size < PEER_COLORS && hues.has(join % PEER_COLORS)) join += 1;
    return join;
  }

  get #seatsLeft(): number {
    const { paths, meshLimit } = this.#options.policy;
    const taken = this.#members.filter(({ seat }) => seat).length + this.#restingSeats;
    return paths === "server" ? 0 : meshLimit - taken;
  }

  #freeSeat(member: ServerMember): boolean {
    if (!member.seat) return false;
    member.seat = false;
    this.#restingSeats += 1;
    this.#options.clock.after(SEAT_REST_MS, () => {
      this.#restingSeats -= 1;
      const next = this.#members.find(
        (each) => each !== member && each.webrtc && !each.seat && each.socket !== null,
      );
      if (next === undefined || this.#seatsLeft <= 0) return;
      next.seat = true;
      this.#tell("seat", { id: next.id, seat: true });
    });
    return true;
  }
}

function wantsCursor(interest: Interest | null, { id }: ServerMember, frame: Uint8Array): boolean {
  const surface = surfaceOfFrame(frame);
  if (interest === null || surface === undefined) return true;
  const { surfaces, peers } = interest;
  const wanted = {
    surfaces: surfaces ? new Set(surfaces) : null,
    peers: peers ? new Set(peers) : null,
  };
  return wants(wanted, id, surface);
}

function describe(member: ServerMember): MemberInfo {
  const { id, handle, join, features, webrtc, seat, presence, vouched, socket } = member;
  const away = socket === null;
  return { id, handle, join, features, webrtc, seat, away, presence, ...vouched };
}
