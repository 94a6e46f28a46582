/** Holds one member to what the server grants it: what comes past the server nobody else looks at. */
import type { Clock } from "../clock.ts";
import { allowsEntry, allowsState } from "../signaling/allowing.ts";
import { GRANT_GRACE_MS, type Grants } from "../signaling/grants.ts";
import { Rights } from "../signaling/rights.ts";
import { type DecodedEntry, type DecodedFrame, decodeEntry } from "../wire/index.ts";

export class Enforcement {
  readonly #clock: Clock;
  readonly #rights: Rights;
  /** Whether the server tells of others' rights at the moment. */
  readonly #isInformed: () => boolean;
  /** Since when what comes next in its order is nothing that it may say, as far as is known. */
  #overstepsSince: number | null = null;
  /** The parts of a message that it may not say follow its beginning. */
  #isWithheld = false;

  constructor(clock: Clock, grants: Grants, isInformed: () => boolean) {
    this.#clock = clock;
    this.#rights = new Rights(clock, grants);
    this.#isInformed = isInformed;
  }

  change(grants: Grants): void {
    if (this.#rights.change(grants)) this.#overstepsSince = null;
  }

  /** Whether it may say a frame that is complete in itself. */
  permitsState(frame: DecodedFrame): boolean {
    return this.#rights.permit((grants) => allowsState(grants, frame));
  }

  /**
   * Whether the next entry can be dealt with. A peer may know of its new rights before we do: what it
   * seems to have no right to say waits a little, and holds up nothing but what this peer says.
   */
  mayDeliver(bytes: Uint8Array): boolean {
    if (this.#rights.unlimited || this.#permits(decodeEntry(bytes))) return true;
    const now = this.#clock.now();
    this.#overstepsSince ??= now;
    return this.#isInformed() && now - this.#overstepsSince >= GRANT_GRACE_MS;
  }

  /** Whether a reliable entry, in the peer's order, is to be taken for nothing. */
  withholds(entry: DecodedEntry): boolean {
    const isPart = entry.kind === "continue" && this.#isWithheld;
    if (!isPart) this.#isWithheld = false;
    if (!isPart && this.#permits(entry)) return false;
    this.#isWithheld ||= entry.kind === "begin";
    return true;
  }

  #permits(entry: DecodedEntry): boolean {
    // Of one that was begun, which was looked at then.
    if (entry.kind === "continue") return true;
    return this.#rights.permit((grants) => allowsEntry(grants, entry));
  }
}
