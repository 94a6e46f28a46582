/** What this node has to say of the members of a shared room: put where all nodes read it, in batches. */

import type { Refused } from "./commons.ts";
import type { Hub } from "./hub.ts";
import { isNewer, type MemberRecord } from "./record.ts";

/** In rooms of more members than this, changes wait for the next tick … */
const BATCH_ABOVE = 16;
/** … of so many milliseconds, and go together. */
const TICK_MS = 50;
/** Records in one put: Redis does nothing else meanwhile. */
const RECORDS_PER_PUT = 64;
/** Those who left while Redis was away, in one room: of more, the room's next reading tells. */
const MAX_LEAVING = 4_096;

export interface AnnouncementsOptions {
  readonly room: string;
  readonly hub: Hub;
  /** Whether what changes is put at once: else everything is compared when the room is read. */
  readonly isOpen: () => boolean;
  /** Members of the room. */
  readonly size: () => number;
  /** What is known here of a member; undefined: nothing. */
  readonly known: (
    id: string,
  ) => Pick<MemberRecord, "generation" | "revision" | "node"> | undefined;
  /** Redis knows, and so do all nodes that have seen this version. */
  readonly kept: (version: number) => void;
  /** The last word on a member, by which it has left. */
  readonly merge: (record: MemberRecord) => void;
  /** Another node knows something newer of a member. */
  readonly behind: () => void;
}

export class Announcements {
  readonly #options: AnnouncementsOptions;
  /** The newest record of each member of this node that has yet to be put. */
  readonly #dirty = new Map<string, MemberRecord>();
  /** Those who left, until it is known that Redis knows. */
  readonly #leaving = new Map<string, MemberRecord>();
  #cancelFlush: (() => void) | undefined;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** Whether this member's last word is on its way. */
  isLeaving(id: string): boolean {
    return this.#leaving.has(id);
  }

  /** Those who left and of whom Redis has not yet said that it knows. */
  get leaving(): readonly MemberRecord[] {
    return [...this.#leaving.values()];
  }

  /** Whether something of this member is said with the next {@link flush}. */
  isDirty(id: string): boolean {
    return this.#dirty.has(id);
  }

  left(record: MemberRecord): void {
    this.#leaving.set(record.id, record);
    this.put(record);
    if (this.#leaving.size <= MAX_LEAVING) return;
    for (const oldest of this.#leaving.keys()) {
      this.#leaving.delete(oldest);
      return;
    }
  }

  put(record: MemberRecord): void {
    const { isOpen, size, hub } = this.#options;
    if (record.left === undefined) this.#leaving.delete(record.id);
    // When it is read, everything is compared.
    if (!isOpen()) return;
    this.#dirty.set(record.id, record);
    if (this.#cancelFlush) return;
    const ms = size() > BATCH_ABOVE ? TICK_MS : 0;
    this.#cancelFlush = hub.clock.after(ms, () => this.flush());
  }

  /** The room is read: those who left meanwhile are said to have, and what is said is said now. */
  resume(): void {
    for (const record of this.#leaving.values()) this.put(record);
    this.flush();
  }

  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (!this.#options.isOpen() || this.#dirty.size === 0) return;
    const records = [...this.#dirty.values()];
    this.#dirty.clear();
    for (let at = 0; at < records.length; at += RECORDS_PER_PUT) {
      void this.#putNow(records.slice(at, at + RECORDS_PER_PUT));
    }
  }

  /** Redis is away: when it is back, everything is compared. */
  drop(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#dirty.clear();
  }

  async #putNow(records: readonly MemberRecord[]): Promise<void> {
    const { hub, room, kept } = this.#options;
    const result = await hub.ask((commons) => commons.put(room, records));
    // The connection is down: when it is back, everything is compared.
    if (!result) return;
    kept(result.version);
    const refused = new Map(result.refused.map((each) => [each.id, each]));
    for (const record of records) this.#answered(record, refused.get(record.id));
  }

  #answered(record: MemberRecord, refused: Refused | undefined): void {
    const { hub, known, merge, behind } = this.#options;
    if (this.#leaving.get(record.id) === record) this.#leaving.delete(record.id);
    if (!refused) {
      if (record.left !== undefined) merge(record);
      return;
    }
    const here = known(record.id);
    if (!here || !isNewer(refused, here)) return;
    hub.stats.refused++;
    const { generation, revision, node } = refused;
    // Who left told no name to go by but its own; who is here elsewhere tells more than we know yet.
    if (refused.left) merge({ ...record, generation, revision, node, left: "goodbye" });
    else behind();
  }
}
