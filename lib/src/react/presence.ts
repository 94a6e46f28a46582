import { useCallback, useSyncExternalStore } from "react";
import type { PresenceOf, RegisteredTypes, Room, RoomTypes } from "../room/types.ts";
import { OwnPresence, type Patch } from "./own-presence.ts";
import { useRoom } from "./provider.ts";

/** One's own presence, and the function that patches it (shallow): like `useState`, seen by all. */
export function usePresence<T extends RoomTypes = RegisteredTypes>(): readonly [
  PresenceOf<T>,
  (patch: Patch<PresenceOf<T>>) => void,
] {
  const own = OwnPresence.of(useRoom<T>() as unknown as Room<RoomTypes>);
  const value = useSyncExternalStore(own.subscribe, own.get, own.getInitial) as PresenceOf<T>;
  const set = useCallback((patch: Patch<PresenceOf<T>>) => own.set(patch as Patch<object>), [own]);
  return [value, set];
}
