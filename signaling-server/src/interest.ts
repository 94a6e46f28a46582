/** Whether a member wants to be told of another one's cursor. */
import type { Interest } from "../../lib/src/signaling/events.ts";
import { type Wanted, wants } from "../../lib/src/signaling/interest.ts";
import type { Member } from "./member.ts";

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
