/** Whether a member wants to be told of another one's cursor, and what it can have of it later. */
import type { Interest } from "../../lib/src/signaling/events.ts";
import { surfaceOfFrame, type Wanted, wants } from "../../lib/src/signaling/interest.ts";
import { type Audience, covers, includes } from "./audience.ts";
import type { Member } from "./member.ts";
import type { ServerStats } from "./stats.ts";

/** A cursor frame longer than this is not kept for those who want it later; 64 samples have less. */
const MAX_KEPT_BYTES = 512;
/** Nor is one whose route names more members than this. */
const MAX_KEPT_HANDLES = 64;
/** Of one sender, for different receivers. */
const MAX_KEPT_FRAMES = 4;

/** A cursor frame that somebody did not want, and all whom it was for: nobody else ever gets it. */
export interface KeptCursor {
  readonly frame: Uint8Array;
  readonly audience: Audience;
}

/** A cursor frame on its way to several. */
interface Passing {
  readonly sender: Member;
  readonly audience: Audience;
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

/** The newest of a sender's cursors that were for this receiver, of those that were kept. */
export function keptFor(
  receiver: Pick<Member, "handle">,
  { unwanted }: Pick<Member, "unwanted">,
): Uint8Array | undefined {
  return unwanted?.find(({ audience }) => includes(audience, receiver.handle))?.frame;
}

/**
 * Cursors that somebody did not want: the newest of each sender are kept with it, for who wants them
 * later. Of frames for some only, more than one: each may be the newest for those that it names.
 */
export class Unwanted {
  readonly #stats: ServerStats;

  constructor(stats: ServerStats) {
    this.#stats = stats;
  }

  /** What was kept is old for those whom a newer frame is for, or not to be seen any more. */
  forget(sender: Member, newer: Audience): void {
    if (sender.unwanted === undefined) return;
    // Whom a frame for all others leaves out is to be shown nothing, or is told in another way.
    const kept =
      newer.kind === "only"
        ? sender.unwanted.filter(({ audience }) => !covers(newer, audience))
        : [];
    sender.unwanted = kept.length > 0 ? kept : undefined;
  }

  /** Asked for each receiver; what one of them does not want is counted, and kept once. */
  isWanted(receiver: Member, passing: Passing): boolean {
    const { sender, frame } = passing;
    if (passing.surface === undefined) passing.surface = surfaceOfFrame(frame) ?? null;
    if (isCursorWanted(receiver, sender, passing.surface)) return true;
    this.#stats.unwantedCursor++;
    if (!passing.isKept) this.#keep(passing);
    passing.isKept = true;
    return false;
  }

  #keep({ sender, audience, frame }: Passing): void {
    if (frame.length > MAX_KEPT_BYTES) return;
    if (audience.kind !== "others" && audience.handles.size > MAX_KEPT_HANDLES) return;
    this.forget(sender, audience);
    const older = sender.unwanted?.slice(0, MAX_KEPT_FRAMES - 1) ?? [];
    // A copy of its own: the view would keep the whole chunk alive that it was read with.
    sender.unwanted = [{ frame: frame.slice(), audience }, ...older];
  }
}
