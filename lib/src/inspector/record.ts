/** What an inspector remembers: readings of each own link, and what happened when. */
import type { PathKind } from "../path/path.ts";
import type { LinkStats, PathReason, RoomStats } from "../room/types.ts";

/** Readings kept of each link: a minute, at one a second. */
export const READINGS = 60;
/** Happenings kept. */
const MAX_HAPPENINGS = 200;

export interface Reading {
  readonly path: PathKind;
  /** Milliseconds; null: not measured. */
  readonly rtt: number | null;
  /** Bytes a second. */
  readonly sent: number;
  readonly received: number;
}

export interface Happening {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: "path" | "status" | "join" | "leave";
  /** Who: names as they were then. Ids, for a report that names nobody. */
  readonly names: readonly string[];
  readonly ids: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly reason: PathReason | null;
}

export class Record {
  readonly #readings = new Map<string, Reading[]>();
  readonly #before = new Map<string, LinkStats>();
  #readAt: number | null = null;
  readonly #happenings: Happening[] = [];

  /** Newest first. */
  get happenings(): readonly Happening[] {
    return this.#happenings;
  }

  /** Oldest first. */
  of(id: string): readonly Reading[] {
    return this.#readings.get(id) ?? [];
  }

  happened(happening: Happening): void {
    this.#happenings.unshift(happening);
    this.#happenings.length = Math.min(this.#happenings.length, MAX_HAPPENINGS);
  }

  /** `now` in milliseconds, on any clock. */
  read({ peers }: RoomStats, now: number): void {
    const seconds = this.#readAt === null ? 0 : Math.max(0.001, (now - this.#readAt) / 1_000);
    this.#readAt = now;
    for (const id of this.#readings.keys()) if (peers[id] === undefined) this.#forget(id);
    for (const [id, link] of Object.entries(peers)) {
      const before = this.#before.get(id);
      this.#before.set(id, link);
      const readings = this.#readings.get(id) ?? [];
      this.#readings.set(id, readings);
      const rate = (of: "bytesSent" | "bytesReceived") =>
        before === undefined || seconds === 0 ? 0 : Math.max(0, link[of] - before[of]) / seconds;
      const { path, rtt } = link;
      readings.push({ path, rtt, sent: rate("bytesSent"), received: rate("bytesReceived") });
      if (readings.length > READINGS) readings.shift();
    }
  }

  /** After a pause the next rates have nothing to be measured against. */
  pause(): void {
    this.#readAt = null;
    this.#before.clear();
  }

  #forget(id: string): void {
    this.#readings.delete(id);
    this.#before.delete(id);
  }
}
