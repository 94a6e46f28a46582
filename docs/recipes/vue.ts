import type { Room, RoomSnapshot, RoomTypes } from "skein";
import { onScopeDispose, type ShallowRef, shallowRef } from "vue";

/** A part of a room as a ref: `const peers = useSkein(room, (now) => now.peers)`. */
export function useSkein<T extends RoomTypes, V>(
  room: Room<T>,
  select: (now: RoomSnapshot<T>) => V,
  equal: (a: V, b: V) => boolean = Object.is,
): Readonly<ShallowRef<V>> {
  const part = shallowRef(select(room.getSnapshot())) as ShallowRef<V>;
  const set = (now: V) => {
    part.value = now;
  };
  onScopeDispose(room.watch(select, set, { equal }));
  return part;
}
