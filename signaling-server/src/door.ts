/** The door of a room: who knocks at it, here or at another node, and what is kept for them. */
import type { Clock } from "../../lib/src/clock.ts";
import { Bucket } from "./bucket.ts";
import type { MemberRecord } from "./cluster/record.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import { KNOCK_MEMBERS, KNOCKS_PER_ROOM, Reservation } from "./knock.ts";
import type { Member } from "./member.ts";
import { OutgoingEvent, outgoingFrame } from "./outgoing.ts";
import type { Roster } from "./roster.ts";
import type { ServerStats } from "./stats.ts";

/** How long a newcomer at another node may take to come in, in milliseconds: a handshake's time. */
const ELSEWHERE_MS = 10_000;

export interface DoorOptions {
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly link: RoomLink | undefined;
  /** Who gets something of a member must know that it is here. */
  readonly introduce: (to: Member, about: Member) => void;
}

export class Door {
  readonly #roster: Roster;
  readonly #options: DoorOptions;
  readonly #knocks: Bucket;
  /** Newcomers at other nodes, by node and token, with the undo of their end. */
  readonly #elsewhere = new Map<string, { reservation: Reservation; forget: () => void }>();

  constructor(roster: Roster, options: DoorOptions) {
    this.#roster = roster;
    this.#options = options;
    this.#knocks = new Bucket(options.clock, KNOCKS_PER_ROOM, KNOCKS_PER_ROOM);
  }

  /**
   * Somebody asked for a WebSocket to this room: keeps a handle for it and asks members for their
   * cursors. Undefined when nobody is there, or when it happens too often.
   */
  knock(): Reservation | undefined {
    const { stats, link } = this.#options;
    const present = this.#present();
    const { elsewhere } = this.#roster;
    if (present.length === 0 && elsewhere.size === 0) return undefined;
    if (!this.#take()) return undefined;
    stats.knocks++;
    const reservation = this.#roster.reserve();
    this.#ask(present, reservation.handle);
    for (const node of elsewhere.keys()) link?.knock(node, reservation.handle);
    return reservation;
  }

  /** A newcomer of another node, which will pass on to it what members of this one send. */
  knockFrom(node: string, token: number): void {
    const present = this.#present();
    if (present.length === 0 || !this.#take()) return;
    const reservation = this.#roster.reserve({ node, token });
    const key = keyOf(node, token);
    this.#forget(key);
    const forget = this.#options.clock.after(ELSEWHERE_MS, () => this.#forget(key));
    this.#elsewhere.set(key, { reservation, forget });
    this.#ask(present, reservation.handle);
  }

  /** What was kept for a newcomer of another node that is now a member. */
  reservedFor({ node, token }: MemberRecord): Reservation | undefined {
    if (token === undefined) return undefined;
    const key = keyOf(node, token);
    const kept = this.#elsewhere.get(key);
    if (!kept) return undefined;
    kept.forget();
    this.#elsewhere.delete(key);
    return kept.reservation;
  }

  /** What a member of another node answered to the knock of a newcomer here. */
  answer(token: number, sender: Member, frame: Uint8Array): void {
    const { stats } = this.#options;
    const newcomer = this.#roster.at(token);
    if (newcomer instanceof Reservation) {
      if (newcomer.hold(sender.handle, frame)) stats.knockFramesHeld++;
      else stats.knockFramesDropped++;
    } else if (newcomer) this.#pass(newcomer, sender, frame);
  }

  /** The newcomer is in: it gets what came before it. */
  open(reservation: Reservation, member: Member): void {
    for (const { sender: handle, frame } of reservation.take()) {
      const sender = this.#roster.at(handle);
      // Whoever left since is nobody that it could know.
      if (sender === undefined || sender === member || sender instanceof Reservation) continue;
      this.#pass(member, sender, frame);
    }
    this.cancel(reservation);
  }

  /** The newcomer was not admitted, or needs no handle. Harmless when it has taken it. */
  cancel(reservation: Reservation): void {
    if (!this.#roster.cancel(reservation)) return;
    this.#options.stats.knockFramesDropped += reservation.take().length;
  }

  close(): void {
    for (const { forget } of this.#elsewhere.values()) forget();
    this.#elsewhere.clear();
  }

  #pass(member: Member, sender: Member, frame: Uint8Array): void {
    this.#options.introduce(member, sender);
    member.session?.sendFrame(outgoingFrame(sender.handle, frame));
  }

  #present(): Member[] {
    return this.#roster.members.filter(({ session }) => session !== undefined);
  }

  #take(): boolean {
    if (this.#knocks.take()) return true;
    this.#options.stats.knocksLimited++;
    return false;
  }

  #ask(present: readonly Member[], handle: number): void {
    const knock = new OutgoingEvent("knock", { handle });
    // In a large room another few dozen each time.
    const first = present.length > KNOCK_MEMBERS ? Math.floor(Math.random() * present.length) : 0;
    for (let i = 0; i < Math.min(present.length, KNOCK_MEMBERS); i++) {
      present[(first + i) % present.length]?.session?.send(knock);
    }
  }

  #forget(key: string): void {
    const kept = this.#elsewhere.get(key);
    if (!kept) return;
    kept.forget();
    this.#elsewhere.delete(key);
    this.cancel(kept.reservation);
  }
}

function keyOf(node: string, token: number): string {
  return `${node} ${token}`;
}
