/** Those who left rooms that are closed here, kept until Redis knows: else others see them as ghosts. */

import type { Hub } from "./hub.ts";
import type { MemberRecord } from "./record.ts";

/** Of more than these the oldest are forgotten: their rooms' ghosts stay until they are overdue. */
const MAX_ORPHANS = 10_000;

export class Orphans {
  readonly #ask: Hub["ask"];
  readonly #byRoom = new Map<string, readonly MemberRecord[]>();

  constructor(ask: Hub["ask"]) {
    this.#ask = ask;
  }

  add(room: string, left: readonly MemberRecord[]): void {
    this.#byRoom.set(room, [...(this.#byRoom.get(room) ?? []), ...left]);
    let count = 0;
    for (const records of this.#byRoom.values()) count += records.length;
    for (const [oldest, { length }] of this.#byRoom) {
      if (count <= MAX_ORPHANS) break;
      this.#byRoom.delete(oldest);
      count -= length;
    }
    void this.bury();
  }

  /** Says it, as far as it can be said now. */
  async bury(): Promise<void> {
    for (const [room, records] of this.#byRoom) {
      const put = await this.#ask((commons) => commons.put(room, records));
      if (!put) return;
      if (this.#byRoom.get(room) === records) this.#byRoom.delete(room);
    }
  }
}
