/** From one upload to everybody it is for: the sockets of this node first, then the other nodes. */
import { surfaceOfFrame, type Wanted } from "../../lib/src/signaling/interest.ts";
import { CLASS_CURSOR, CLASS_RELIABLE, ENTRY_CURSOR_HIDDEN } from "../../lib/src/wire/codes.ts";
import type { Route } from "../../lib/src/wire/envelope.ts";
import { decodeFrame } from "../../lib/src/wire/frame.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import { isCursorWanted } from "./interest.ts";
import { Reservation } from "./knock.ts";
import type { Member } from "./member.ts";
import type { Notices } from "./notices.ts";
import { type OutgoingFrame, outgoingFrame } from "./outgoing.ts";
import type { Roster } from "./roster.ts";
import type { ServerStats } from "./stats.ts";

/** Whom a frame from another node is for. Handles mean nothing there, so members are named by id. */
export interface Target {
  readonly kind: "others" | "only" | "except";
  readonly ids: readonly string[];
}

/** A cursor frame longer than this is not kept for those who want it later; 64 samples have less. */
const MAX_KEPT_BYTES = 512;

/** One frame on its way to several. */
interface Passing {
  readonly sender: Member;
  readonly frame: Uint8Array;
  readonly message: OutgoingFrame;
  /** Of a cursor frame; undefined until somebody asks. */
  surface?: string | null;
  /** It is kept for those who do not want it now. */
  isKept?: boolean;
}

export class Delivery {
  readonly #roster: Roster;
  readonly #stats: ServerStats;
  readonly #link: RoomLink | undefined;
  readonly #notices: Pick<Notices, "introduce" | "precede">;

  constructor(
    roster: Roster,
    stats: ServerStats,
    link: RoomLink | undefined,
    notices: Pick<Notices, "introduce" | "precede">,
  ) {
    this.#roster = roster;
    this.#stats = stats;
    this.#link = link;
    this.#notices = notices;
  }

  /** Whose cursors a member wants from now on; of those that it did not, it gets where they are. */
  setInterest(receiver: Member, interest: Wanted | null): void {
    const before = { interest: receiver.interest };
    receiver.interest = interest;
    for (const sender of this.#roster.members) {
      const { unwanted } = sender;
      if (unwanted === undefined || sender === receiver || sender.away) continue;
      const surface = surfaceOfFrame(unwanted) ?? null;
      if (isCursorWanted(before, sender, surface)) continue;
      if (!isCursorWanted(receiver, sender, surface)) continue;
      this.#pass(
        { sender, frame: unwanted, message: outgoingFrame(sender.handle, unwanted) },
        receiver,
      );
    }
  }

  /** Delivers one upload; encoded once, and never back to its sender. */
  deliver(sender: Member, route: Route, frame: Uint8Array): void {
    this.#notices.precede(sender);
    if (route.kind === "only") this.#only(sender, route.handles, frame);
    else if (route.kind === "except") this.#except(sender, new Set(route.handles), frame);
    else this.#others(sender, frame);
  }

  /** What came from another node goes to the members of this one only. */
  deliverFrom(sender: Member, { kind, ids }: Target, frame: Uint8Array): void {
    this.#notices.precede(sender);
    const passing = this.#begin(sender, frame, kind !== "only");
    if (kind === "only") {
      for (const id of ids) {
        const member = this.#roster.get(id);
        if (member) this.#pass(passing, member);
      }
      return;
    }
    const except = kind === "except" ? new Set(ids) : undefined;
    for (const member of this.#roster.members) {
      if (member !== sender && !except?.has(member.id)) this.#pass(passing, member);
    }
  }

  /** `toAll`, or to all but a few: where its cursor is, the others know now. */
  #begin(sender: Member, frame: Uint8Array, toAll: boolean): Passing {
    const message = outgoingFrame(sender.handle, frame);
    const { unwanted } = sender;
    const isOld =
      unwanted !== undefined &&
      (message.frameClass === CLASS_CURSOR ? toAll : saysHidden(message, frame));
    if (isOld) sender.unwanted = undefined;
    return { sender, frame, message };
  }

  #pass(passing: Passing, receiver: Member): void {
    const { session, interest } = receiver;
    if (!session || (interest !== null && !this.#isWanted(passing, receiver))) return;
    this.#notices.introduce(receiver, passing.sender);
    session.sendFrame(passing.message);
  }

  #isWanted(passing: Passing, receiver: Member): boolean {
    const { sender, frame, message } = passing;
    if (message.frameClass !== CLASS_CURSOR) return true;
    if (passing.surface === undefined) passing.surface = surfaceOfFrame(frame) ?? null;
    if (isCursorWanted(receiver, sender, passing.surface)) return true;
    this.#stats.unwantedCursor++;
    // A copy of its own: the view would keep the whole chunk alive that it was read with.
    if (!passing.isKept && frame.length <= MAX_KEPT_BYTES) sender.unwanted = frame.slice();
    passing.isKept = true;
    return false;
  }

  #others(sender: Member, frame: Uint8Array): void {
    const passing = this.#begin(sender, frame, true);
    for (const member of this.#roster.members) {
      if (member !== sender) this.#pass(passing, member);
    }
    for (const node of this.#roster.elsewhere.keys()) {
      this.#link?.frame(node, sender, EVERYBODY, frame);
    }
  }

  #except(sender: Member, handles: ReadonlySet<number>, frame: Uint8Array): void {
    const passing = this.#begin(sender, frame, true);
    for (const member of this.#roster.members) {
      if (member !== sender && !handles.has(member.handle)) this.#pass(passing, member);
    }
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
    const passing = this.#begin(sender, frame, false);
    const elsewhere = new Set<number>();
    for (const handle of handles) {
      const target = this.#roster.at(handle);
      if (target === undefined) this.#stats.unknownHandles++;
      else if (target instanceof Reservation) this.#hold(target, sender, frame);
      else if (target.node !== null) elsewhere.add(handle);
      else if (target !== sender) this.#pass(passing, target);
    }
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
function saysHidden({ frameClass }: OutgoingFrame, bytes: Uint8Array): boolean {
  if (frameClass !== CLASS_RELIABLE) return false;
  const frame = decodeFrame(bytes);
  return "entry" in frame && frame.entry[0] === ENTRY_CURSOR_HIDDEN;
}

const EVERYBODY: Target = { kind: "others", ids: [] };
