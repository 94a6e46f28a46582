/** From one upload to everybody it is for: the sockets of this node first, then the other nodes. */
import type { Route } from "../../lib/src/wire/envelope.ts";
import type { RoomLink } from "./cluster/room-link.ts";
import { Reservation } from "./knock.ts";
import type { Member } from "./member.ts";
import { outgoingFrame } from "./outgoing.ts";
import type { Roster } from "./roster.ts";
import type { ServerStats } from "./stats.ts";

/** Whom a frame from another node is for. Handles mean nothing there, so members are named by id. */
export interface Target {
  readonly kind: "others" | "only" | "except";
  readonly ids: readonly string[];
}

export class Delivery {
  readonly #roster: Roster;
  readonly #stats: ServerStats;
  readonly #link: RoomLink | undefined;

  constructor(roster: Roster, stats: ServerStats, link: RoomLink | undefined) {
    this.#roster = roster;
    this.#stats = stats;
    this.#link = link;
  }

  /** Delivers one upload; encoded once, and never back to its sender. */
  deliver(sender: Member, route: Route, frame: Uint8Array): void {
    if (route.kind === "only") this.#only(sender, route.handles, frame);
    else if (route.kind === "except") this.#except(sender, new Set(route.handles), frame);
    else this.#others(sender, frame);
  }

  /** What came from another node goes to the members of this one only. */
  deliverFrom(sender: Member, { kind, ids }: Target, frame: Uint8Array): void {
    const message = outgoingFrame(sender.handle, frame);
    if (kind === "only") {
      for (const id of ids) this.#roster.get(id)?.session?.sendFrame(message);
      return;
    }
    const except = kind === "except" ? new Set(ids) : undefined;
    for (const member of this.#roster.members) {
      if (member !== sender && !except?.has(member.id)) member.session?.sendFrame(message);
    }
  }

  #others(sender: Member, frame: Uint8Array): void {
    const message = outgoingFrame(sender.handle, frame);
    for (const member of this.#roster.members) {
      if (member !== sender) member.session?.sendFrame(message);
    }
    for (const node of this.#roster.elsewhere.keys()) {
      this.#link?.frame(node, sender, EVERYBODY, frame);
    }
  }

  #except(sender: Member, handles: ReadonlySet<number>, frame: Uint8Array): void {
    const message = outgoingFrame(sender.handle, frame);
    for (const member of this.#roster.members) {
      if (member !== sender && !handles.has(member.handle)) member.session?.sendFrame(message);
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
    const message = outgoingFrame(sender.handle, frame);
    const elsewhere = new Set<number>();
    for (const handle of handles) {
      const target = this.#roster.at(handle);
      if (target === undefined) this.#stats.unknownHandles++;
      else if (target instanceof Reservation) this.#hold(target, sender, frame);
      else if (target.node !== null) elsewhere.add(handle);
      else if (target !== sender) target.session?.sendFrame(message);
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

const EVERYBODY: Target = { kind: "others", ids: [] };
