/** What waits for a room's next tick, of one class: of each sender the newest few frames, oldest first. */
import { CLASS_CURSOR } from "../../lib/src/wire/codes.ts";
import { type Audience, covers } from "./audience.ts";
import type { Member } from "./member.ts";
import type { ServerStats } from "./stats.ts";

/**
 * Kept of one sender, by class. A newer cursor makes an older one needless, but its samples are the way
 * there, and cost bytes and no further write: all of a busy server's quarter of a second. Latest
 * values differ by key, and which replaces which is known to their receivers alone.
 */
const KEPT_CURSORS = { frames: 16, bytes: 1024 };
const KEPT_LATEST = { frames: 32, bytes: 32 * 1024 };

/** One frame, and whom it is for. */
export interface Entry {
  readonly sender: Member;
  readonly audience: Audience;
  readonly frame: Uint8Array;
  /** Another one for each. */
  readonly number: number;
  /** Of a cursor; undefined until somebody asks. */
  surface?: string | null;
  /** It is kept for those who do not want it now, or is not to be. */
  isKept?: boolean;
}

export class Pending {
  readonly #isCursor: boolean;
  readonly #stats: ServerStats;
  readonly #send: (entry: Entry) => void;
  readonly #bySender = new Map<Member, Entry[]>();

  /** `send`: what can neither be kept nor left out goes out alone. */
  constructor(frameClass: number, stats: ServerStats, send: (entry: Entry) => void) {
    this.#isCursor = frameClass === CLASS_CURSOR;
    this.#stats = stats;
    this.#send = send;
  }

  add(entry: Entry): void {
    const entries = this.#bySender.get(entry.sender);
    if (!entries) {
      this.#bySender.set(entry.sender, [entry]);
      return;
    }
    entries.push(entry);
    while (this.#isTooMuch(entries)) this.#shorten(entries, entry);
  }

  /** What waits of one sender, oldest first. */
  of(sender: Member): readonly Entry[] {
    return this.#bySender.get(sender) ?? [];
  }

  /** All that waits, those of each sender in their order; nothing waits any more. */
  take(): Entry[] {
    const entries = [...this.#bySender.values()].flat();
    this.#bySender.clear();
    return entries;
  }

  #isTooMuch(entries: readonly Entry[]): boolean {
    const most = this.#isCursor ? KEPT_CURSORS : KEPT_LATEST;
    if (entries.length > most.frames) return true;
    const bytes = entries.reduce((sum, { frame }) => sum + frame.length, 0);
    return entries.length > 1 && bytes > most.bytes;
  }

  /**
   * One less: the oldest whose receivers all get the newest. Where there is none, each of them is the
   * last for somebody: the oldest goes out now, before what follows it.
   */
  #shorten(entries: Entry[], newest: Entry): void {
    const needless = entries.findIndex(
      (each) => each !== newest && covers(newest.audience, each.audience),
    );
    const [entry] = entries.splice(Math.max(0, needless), 1);
    if (needless < 0 && entry) this.#send(entry);
    else if (this.#isCursor) this.#stats.coalescedCursor++;
    else this.#stats.coalescedLatest++;
  }
}
