import type { Room, RoomSnapshot, RoomTypes } from "skein";
import { type Readable, readable } from "svelte/store";

/** A part of a room as a store: `const peers = skein(room, (now) => now.peers)`, then `$peers`. */
export function skein<T extends RoomTypes, V>(
  room: Room<T>,
  select: (now: RoomSnapshot<T>) => V,
  equal: (a: V, b: V) => boolean = Object.is,
): Readable<V> {
  return readable(select(room.getSnapshot()), (set) => {
    set(select(room.getSnapshot()));
    return room.watch(select, set, { equal });
  });
}
