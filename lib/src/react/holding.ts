import { useEffect } from "react";
import type { SharedRoom } from "../shared-room/shared-room.ts";

/**
 * Holds a room while it is mounted. A component of its own, before the provider's children, because
 * effects run in that order: theirs find a room that is connecting, also when they come back with the
 * provider from a hidden `Activity` and the room has left meanwhile.
 */
export function Holding({
  shared,
  replaced,
}: {
  readonly shared: SharedRoom;
  /** Another room took the name while this one was let go. */
  readonly replaced: () => void;
}): null {
  useEffect(() => {
    if (shared.isKnownByItsName) return shared.hold();
    replaced();
    return undefined;
  }, [shared, replaced]);
  return null;
}
