/** Everybody in a room as one node knows them: in join order, by id, and by handle. */
import type { Clock } from "../../lib/src/clock.ts";
import { Handles, UNUSED_HANDLE_REST_MS } from "./handles.ts";
import { Reservation } from "./knock.ts";
import { isBefore, type Member } from "./member.ts";

export class Roster {
  readonly #handles: Handles;
  readonly #ordered: Member[] = [];
  readonly #byId = new Map<string, Member>();
  readonly #byHandle = new Map<number, Member | Reservation>();
  /** Members that are here on other nodes, and not away: how many on each. */
  readonly #elsewhere = new Map<string, number>();
  #here = 0;

  constructor(clock: Clock) {
    this.#handles = new Handles(clock);
  }

  get size(): number {
    return this.#ordered.length;
  }

  /** Members whose newest socket is or was on this node. */
  get here(): number {
    return this.#here;
  }

  /** How many members each other node has that could hear something now. */
  get elsewhere(): ReadonlyMap<string, number> {
    return this.#elsewhere;
  }

  /** In join order, ties broken by id. */
  get members(): readonly Member[] {
    return this.#ordered;
  }

  get(id: string): Member | undefined {
    return this.#byId.get(id);
  }

  /** How many are before this place in the order. */
  placeOf(place: Pick<Member, "join" | "id">): number {
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#ordered[middle] as Member, place)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(handle: number): Member | Reservation | undefined {
    return this.#byHandle.get(handle);
  }

  /** Who has this handle; undefined also while it is kept for a newcomer. */
  memberAt(handle: number): Member | undefined {
    const found = this.#byHandle.get(handle);
    return found instanceof Reservation ? undefined : found;
  }

  /** Keeps a handle for a newcomer. */
  reserve(elsewhere?: { readonly node: string; readonly token: number }): Reservation {
    const reservation = new Reservation(this.#handles.take(), elsewhere);
    this.#byHandle.set(reservation.handle, reservation);
    return reservation;
  }

  /** The newcomer was not admitted, or needs no handle. False when it has taken it. */
  cancel(reservation: Reservation): boolean {
    if (this.#byHandle.get(reservation.handle) !== reservation) return false;
    this.#byHandle.delete(reservation.handle);
    this.#handles.release(reservation.handle, UNUSED_HANDLE_REST_MS);
    return true;
  }

  /** A newcomer, with the handle that was kept for it if there is one. */
  add(newcomer: Omit<Member, "handle">, reservation?: Reservation): Member {
    const kept = reservation && this.#byHandle.get(reservation.handle) === reservation;
    const handle = kept ? reservation.handle : this.#handles.take();
    // Not spread into another one: that would be a hidden class for each member.
    const member: Member = Object.assign(newcomer, { handle });
    this.#byId.set(member.id, member);
    this.#byHandle.set(member.handle, member);
    this.#insert(member);
    this.#count(member, 1);
    return member;
  }

  remove(member: Member): void {
    this.#count(member, -1);
    this.#byId.delete(member.id);
    this.#byHandle.delete(member.handle);
    this.#handles.release(member.handle);
    this.#ordered.splice(this.#ordered.indexOf(member), 1);
  }

  /** Where a member is, or its place in the order, changes only in here. */
  change(member: Member, change: Partial<Pick<Member, "node" | "away" | "join">>): void {
    this.#count(member, -1);
    const moved = change.join !== undefined && change.join !== member.join;
    Object.assign(member, change);
    this.#count(member, 1);
    if (!moved) return;
    this.#ordered.splice(this.#ordered.indexOf(member), 1);
    this.#insert(member);
  }

  clear(): Member[] {
    this.#byId.clear();
    this.#byHandle.clear();
    this.#elsewhere.clear();
    this.#here = 0;
    return this.#ordered.splice(0);
  }

  #insert(member: Member): void {
    let at = this.#ordered.length;
    while (at > 0 && isBefore(member, this.#ordered[at - 1] as Member)) at--;
    this.#ordered.splice(at, 0, member);
  }

  #count({ node, away }: Member, by: 1 | -1): void {
    if (node === null) this.#here += by;
    else if (!away) {
      const count = (this.#elsewhere.get(node) ?? 0) + by;
      if (count === 0) this.#elsewhere.delete(node);
      else this.#elsewhere.set(node, count);
    }
  }
}
