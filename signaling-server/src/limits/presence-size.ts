/**
 * How large presence is, in sum: all of it is in every welcome, so that a few hundred members with as
 * much as one may have would make each join cost megabytes, and a welcome that nobody can take.
 */
import type { VersionedPresence } from "../../../lib/src/signaling/events.ts";
import { jsonBytes } from "../checks.ts";
import type { CheckedLimits } from "./limits.ts";

const sizes = new WeakMap<VersionedPresence, number>();

/** What it has as JSON was found out already. */
export function rememberSize(presence: VersionedPresence, bytes: number): void {
  sizes.set(presence, bytes);
}

function sizeOf(presence: VersionedPresence): number {
  let bytes = sizes.get(presence);
  if (bytes === undefined) {
    bytes = jsonBytes(presence.state);
    sizes.set(presence, bytes);
  }
  return bytes;
}

/**
 * Whether this presence may be in a room beside those of others. What is no larger than everybody's even
 * share always may, and is all that is looked at then.
 */
export function fitsBeside(
  presence: VersionedPresence,
  id: string,
  members: Iterable<{ readonly id: string; readonly presence: VersionedPresence }>,
  limits: Pick<CheckedLimits, "members" | "roomPresenceBytes">,
): boolean {
  const own = sizeOf(presence);
  if (own <= limits.roomPresenceBytes / limits.members) return true;
  let total = own;
  for (const member of members) {
    const bytes = sizeOf(member.presence);
    if (member.id !== id) total += bytes;
    // It was let in with as much.
    else if (own <= bytes) return true;
  }
  return total <= limits.roomPresenceBytes;
}
