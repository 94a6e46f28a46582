import type { Room, RoomTypes } from "../room/types.ts";

/**
 * The room for the library's own messages and values, whose types begin with `skein:`: the app's types
 * do not name them, and no schema of the app's checks them. What arrives is `unknown` and hostile.
 */
export function withOwnTypes<T extends RoomTypes>(room: Room<T>): Room<RoomTypes> {
  // The same object: only what may be sent and heard is typed otherwise.
  return room as unknown as Room<RoomTypes>;
}
