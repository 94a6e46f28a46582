import { useEffect, useLayoutEffect, version } from "react";
import type { RoomOptions, RoomTypes } from "../room/types.ts";
import type { SharedRoom } from "../shared-room/shared-room.ts";
import { warnOnce } from "./warn.ts";

/** React 18 hides nothing that could come back, and warns of each layout effect that a server renders. */
const useLayoutEffectOfNewReact = Number.parseInt(version, 10) >= 19 ? useLayoutEffect : useEffect;

/**
 * Holds a room while it is mounted. A component of its own, before the provider's children, because
 * effects run in that order: theirs find a room that is connecting, also when they come back with the
 * provider from a hidden `Activity` and the room has left meanwhile.
 */
export function Holding({
  shared,
  options,
  replaced,
}: {
  readonly shared: SharedRoom;
  /** What the provider was given when it found the room. */
  readonly options: RoomOptions<RoomTypes>;
  /** Another room took the name while this one was let go. */
  readonly replaced: () => void;
}): null {
  // Before the layout effects of children. It is held only by the effect that follows: what waits for
  // data below a Suspense boundary has its layout effects undone, and stays in the room.
  useLayoutEffectOfNewReact(() => {
    if (shared.isKnownByItsName) {
      shared.open();
      return undefined;
    }
    replaced();
    return shared.lend();
  }, [shared, replaced]);
  useEffect(() => {
    if (!shared.isKnownByItsName) return undefined;
    if (shared.isHeld && !shared.isMadeOf(options)) {
      warnOnce(
        `Two <RoomProvider name=${JSON.stringify(shared.room.name)}> of one server are one peer, and were given ` +
          "different options: those of the first count. Give both the same, or another name.",
      );
    }
    return shared.hold();
  }, [shared, options]);
  return null;
}
