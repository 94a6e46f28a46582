/** From one upload to everybody it is for: the sockets of this node first, then the other nodes. */
import { surfaceOfFrame, type Wanted } from "../../lib/src/signaling/interest.ts";
import type { AckOf } from "../../lib/src/wire/ack-vector.ts";
import { CLASS_RELIABLE, ENTRY_CURSOR_HIDDEN } from "../../lib/src/wire/codes.ts";
import { decodeFrame } from "../../lib/src/wire/frame.ts";
import { Acks } from "./acks.ts";
import { type Audience, audienceOf, includes, type MemberRoute, OTHERS } from "./audience.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import { isCursorWanted, keptFor } from "./interest.ts";
import { Reservation } from "./knock.ts";
import type { Member } from "./member.ts";
import type { Introductions } from "./notices.ts";
import { outgoingFrame } from "./outgoing.ts";
import type { Roster } from "./roster.ts";
import type { ServerStats } from "./stats.ts";
import { lossyClass, Ticks, type TicksOptions } from "./ticks.ts";

/** Whom a frame from another node is for. Handles mean nothing there, so members are named by id. */
export interface Target {
  readonly kind: "others" | "only" | "except";
  readonly ids: readonly string[];
}

export interface DeliveryOptions extends TicksOptions {
  readonly link: RoomLink | undefined;
}

export class Delivery {
  readonly #roster: Roster;
  readonly #stats: ServerStats;
  readonly #link: RoomLink | undefined;
  readonly #notices: Introductions;
  readonly #ticks: Ticks;
  readonly #acks: Acks;

  constructor({ link, ...options }: DeliveryOptions) {
    this.#roster = options.roster;
    this.#stats = options.stats;
    this.#link = link;
    this.#notices = options.notices;
    this.#ticks = new Ticks(options);
    this.#acks = new Acks({ ...options, link });
  }

  /** Whose cursors a member wants from now on; of those that it did not, it gets where they are. */
  setInterest(receiver: Member, interest: Wanted | null): void {
    const before = { interest: receiver.interest };
    receiver.interest = interest;
    for (const sender of this.#roster.members) {
      if (sender === receiver || sender.away) continue;
      // Only what its sender meant for this one too: it may have blocked it.
      const unwanted = keptFor(receiver, sender);
      if (unwanted === undefined) continue;
      const surface = surfaceOfFrame(unwanted) ?? null;
      if (isCursorWanted(before, sender, surface)) continue;
      if (!isCursorWanted(receiver, sender, surface)) continue;
      this.#notices.introduce(receiver, sender);
      receiver.session?.sendFrame(outgoingFrame(sender.handle, unwanted));
    }
  }

  /** Delivers one upload; encoded once, and never back to its sender. */
  deliver(sender: Member, route: MemberRoute, frame: Uint8Array): void {
    this.#notices.precede(sender);
    if (route.kind === "only") {
      this.#only(sender, route.handles, frame);
      return;
    }
    const audience = audienceOf(route);
    this.#here(sender, audience, frame);
    if (audience.kind === "except") this.#except(sender, audience.handles, frame);
    else {
      for (const node of this.#roster.elsewhere.keys()) {
        this.#link?.frame(node, sender, EVERYBODY, frame);
      }
    }
  }

  /** What came from another node goes to the members of this one only. */
  deliverFrom(sender: Member, { kind, ids }: Target, frame: Uint8Array): void {
    this.#notices.precede(sender);
    if (kind === "others") {
      this.#here(sender, OTHERS, frame);
      return;
    }
    const handles = new Set<number>();
    for (const id of ids) {
      const member = this.#roster.get(id);
      if (member) handles.add(member.handle);
    }
    this.#here(sender, { kind, handles }, frame);
  }

  /** Takes an acknowledgement of many members' frames apart: each hears of its own. */
  acknowledge(receiver: Member, acks: readonly AckOf[]): void {
    this.#notices.precede(receiver);
    for (const { handle, ...ack } of acks) {
      const sender = this.#roster.memberAt(handle);
      if (!sender) this.#stats.unknownHandles++;
      else if (sender !== receiver) this.#acks.add({ receiver, sender, ack });
    }
  }

  /** Nothing waits any more. */
  stop(): void {
    this.#ticks.stop();
    this.#acks.stop();
  }

  /** To the members of this node: in its time what is lossy, at once what is not. */
  #here(sender: Member, audience: Audience, frame: Uint8Array): void {
    const lossy = lossyClass(frame);
    if (lossy !== undefined) {
      this.#ticks.add(lossy, sender, audience, frame);
      return;
    }
    const message = outgoingFrame(sender.handle, frame);
    if (saysHidden(message.frameClass, frame)) this.#ticks.hidden(sender);
    const give = (member: Member): void => {
      if (member === sender || !member.session) return;
      this.#notices.introduce(member, sender);
      member.session.sendFrame(message);
    };
    if (audience.kind === "only") {
      for (const handle of audience.handles) {
        const member = this.#roster.memberAt(handle);
        if (member) give(member);
      }
      return;
    }
    for (const member of this.#roster.members) if (includes(audience, member.handle)) give(member);
  }

  #except(sender: Member, handles: ReadonlySet<number>, frame: Uint8Array): void {
    if (!this.#link || this.#roster.elsewhere.size === 0) return;
    const named = this.#byNode(handles);
    for (const [node, present] of this.#roster.elsewhere) {
      const ids = named.get(node) ?? [];
      if (ids.length === 0) this.#link.frame(node, sender, EVERYBODY, frame);
      // All who are there are left out: nobody has to hear of it.
      else if (ids.length < present) this.#link.frame(node, sender, { kind: "except", ids }, frame);
    }
  }

  #only(sender: Member, handles: readonly number[], frame: Uint8Array): void {
    const here = new Set<number>();
    const elsewhere = new Set<number>();
    for (const handle of handles) {
      const target = this.#roster.at(handle);
      if (target === undefined) this.#stats.unknownHandles++;
      else if (target instanceof Reservation) this.#hold(target, sender, frame);
      else if (target.node !== null) elsewhere.add(handle);
      else here.add(handle);
    }
    if (here.size > 0) this.#here(sender, { kind: "only", handles: here }, frame);
    if (elsewhere.size === 0) return;
    for (const [node, ids] of this.#byNode(elsewhere)) {
      this.#link?.frame(node, sender, { kind: "only", ids }, frame);
    }
  }

  /** The ids of those members of other nodes who have one of these handles, and are not away. */
  #byNode(handles: Iterable<number>): Map<string, string[]> {
    const named = new Map<string, string[]>();
    for (const handle of handles) {
      const member = this.#roster.at(handle);
      if (!member || member instanceof Reservation || member.node === null || member.away) continue;
      const ids = named.get(member.node);
      if (ids) ids.push(member.id);
      else named.set(member.node, [member.id]);
    }
    return named;
  }

  #hold(reservation: Reservation, sender: Member, frame: Uint8Array): void {
    if (reservation.elsewhere) {
      const { node, token } = reservation.elsewhere;
      this.#link?.held(node, token, sender, frame);
    } else if (reservation.hold(sender.handle, frame)) this.#stats.knockFramesHeld++;
    else this.#stats.knockFramesDropped++;
  }
}

/** Whether a reliable frame hides its sender's cursor. */
function saysHidden(frameClass: number, bytes: Uint8Array): boolean {
  if (frameClass !== CLASS_RELIABLE) return false;
  const frame = decodeFrame(bytes);
  return "entry" in frame && frame.entry[0] === ENTRY_CURSOR_HIDDEN;
}

const EVERYBODY: Target = { kind: "others", ids: [] };
