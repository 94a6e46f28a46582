/** Whether a member wants to be told of another one's cursor, and what it can have of it later. */
import type { Interest } from "../../lib/src/signaling/events.ts";
import { surfaceOfFrame, type Wanted, wants } from "../../lib/src/signaling/interest.ts";
import type { Member } from "./member.ts";
import type { ServerStats } from "./stats.ts";

/** A cursor frame longer than this is not kept for those who want it later; 64 samples have less. */
const MAX_KEPT_BYTES = 512;

/** A cursor frame on its way to several. */
interface Passing {
  readonly sender: Member;
  readonly frame: Uint8Array;
  surface?: string | null;
  isKept?: boolean;
}

/**
 * Pure: asked for each receiver of each cursor frame on the server path. `surface`: of the frame, by
 * surfaceOfFrame (lib/src/signaling/interest.ts), which is read once however many receivers there are.
 */
export function isCursorWanted(
  receiver: Pick<Member, "interest">,
  sender: Pick<Member, "id">,
  surface: string | null,
): boolean {
  return wants(receiver.interest, sender.id, surface);
}

/** An interest as a member keeps it: no more memory than it may name. */
export function wantedOf(interest: Interest | null): Wanted | null {
  if (interest === null) return null;
  const { surfaces, peers } = interest;
  return {
    surfaces: surfaces ? new Set(surfaces) : null,
    peers: peers ? new Set(peers) : null,
  };
}

/** Cursors that somebody did not want: the newest of each sender is kept with it, for who wants it later. */
export class Unwanted {
  readonly #stats: ServerStats;

  constructor(stats: ServerStats) {
    this.#stats = stats;
  }

  /** What was kept is old, or not to be seen any more. */
  forget(sender: Member): void {
    if (sender.unwanted !== undefined) sender.unwanted = undefined;
  }

  /** Asked for each receiver; what one of them does not want is counted, and kept once. */
  isWanted(receiver: Member, passing: Passing): boolean {
    const { sender, frame } = passing;
    if (passing.surface === undefined) passing.surface = surfaceOfFrame(frame) ?? null;
    if (isCursorWanted(receiver, sender, passing.surface)) return true;
    this.#stats.unwantedCursor++;
    // A copy of its own: the view would keep the whole chunk alive that it was read with.
    if (!passing.isKept && frame.length <= MAX_KEPT_BYTES) sender.unwanted = frame.slice();
    passing.isKept = true;
    return false;
  }
}
