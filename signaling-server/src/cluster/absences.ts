/** Members of other nodes that are away, or that Redis has forgotten: until they are taken for lost. */
import type { Member } from "../member.ts";
import type { Hub } from "./hub.ts";
import { type MemberRecord, recordOf } from "./record.ts";

/** Members of a living node that Redis has forgotten come back within this time, in milliseconds. */
const MISSING_AFTER_MS = 5_000;
/** A living node says of its own members that they are lost; after so many ms more others do. */
const OWNER_GRACE_MS = 10_000;
/** So long after Redis is back nobody elsewhere is taken for lost, in milliseconds. */
const RETURN_GRACE_MS = 15_000;

export class Absences {
  readonly #hub: Hub;
  readonly #lostAfterMs: number;
  /** Members that Redis had forgotten, since when. */
  readonly #missing = new Map<string, number>();
  /** Members that are away, since when. */
  readonly #awaySince = new Map<string, number>();

  constructor(hub: Hub, lostAfterMs: number) {
    this.#hub = hub;
    this.#lostAfterMs = lostAfterMs;
  }

  /** What Redis says of one that was not known here. */
  met({ id, away }: MemberRecord): void {
    if (away === 0) return;
    const { clock, wallNow } = this.#hub;
    const ms = Math.min(Math.max(0, wallNow() - away), this.#lostAfterMs);
    this.#awaySince.set(id, clock.now() - ms);
  }

  /** Something is known of it again. */
  heardOf({ id, left }: MemberRecord): void {
    this.#missing.delete(id);
    if (left !== undefined) this.#awaySince.delete(id);
  }

  /** Of those who were known here Redis has forgotten these. */
  missing(ids: Iterable<string>): void {
    this.#missing.clear();
    for (const id of ids) this.#missing.set(id, this.#hub.clock.now());
  }

  /** The last words on those who are forgotten for good. */
  forgotten(get: (id: string) => Member | undefined): MemberRecord[] {
    const { nodes, clock, stats } = this.#hub;
    const now = clock.now();
    const lost: MemberRecord[] = [];
    for (const [id, since] of this.#missing) {
      const member = get(id);
      if (!member || member.node === null) this.#missing.delete(id);
      // Of a silent node: it is away, and later lost, like the others there.
      else if (nodes.isSilent(member.node) || nodes.heardAt(member.node) < since) continue;
      else if (now - since > MISSING_AFTER_MS) {
        this.#missing.delete(id);
        stats.forgotten++;
        lost.push(lastWordOn(member, member.node));
      }
    }
    return lost;
  }

  /** The last words on those who are away for too long, and of whom nobody else has said so. */
  overdue(members: readonly Member[], isLeaving: (id: string) => boolean): MemberRecord[] {
    const { self, nodes, clock, upSince, stats } = this.#hub;
    const now = clock.now();
    const lost: MemberRecord[] = [];
    for (const member of members) {
      if (member.node === null || !member.away) {
        this.#awaySince.delete(member.id);
        continue;
      }
      const since = this.#awaySince.get(member.id) ?? now;
      this.#awaySince.set(member.id, since);
      const grace = nodes.isSilent(member.node) ? 0 : OWNER_GRACE_MS;
      if (now - since < this.#lostAfterMs + grace || now - upSince < RETURN_GRACE_MS) continue;
      if (isLeaving(member.id)) continue;
      stats.buried++;
      lost.push(lastWordOn(member, self));
    }
    return lost;
  }
}

function lastWordOn(member: Member, node: string): MemberRecord {
  const record = recordOf(member, node);
  return { ...record, revision: record.revision + 1, left: "lost" };
}
