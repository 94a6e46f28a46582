import { useCallback } from "react";
import type { Ability, RoomSnapshot, RoomTypes } from "../room/types.ts";
import { useRoomState } from "./state.ts";

/**
 * Whether the server granted this to oneself, as `room.can` says; false until it is known. Renders
 * again only when the answer changes.
 */
export function useCan(ability: Ability, type?: string): boolean {
  return useRoomState<boolean, RoomTypes>(
    useCallback(
      ({ self }: RoomSnapshot<RoomTypes>) => self?.can(ability, type) ?? false,
      [ability, type],
    ),
  );
}
