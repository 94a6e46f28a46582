import { useCallback, useEffect } from "react";
import type {
  DataAndOptions,
  LatestEvent,
  LatestOf,
  LatestOptions,
  RegisteredTypes,
  RoomTypes,
} from "../room/types.ts";
import { useNewest } from "./newest.ts";
import { useRoom } from "./provider.ts";

/**
 * Calls `run` of the newest render for each latest value of this type, while mounted. Gives the
 * function that sends one.
 */
export function useLatest<
  K extends keyof LatestOf<T> & string,
  T extends RoomTypes = RegisteredTypes,
>(
  type: K,
  run: (event: LatestEvent<T, LatestOf<T>[K]>) => void,
): (...rest: DataAndOptions<LatestOf<T>[K], LatestOptions>) => void {
  const room = useRoom<T>();
  const newest = useNewest(run);
  useEffect(() => room.onLatest(type, newest), [room, type, newest]);
  return useCallback((...rest) => room.sendLatest(type, ...rest), [room, type]);
}
