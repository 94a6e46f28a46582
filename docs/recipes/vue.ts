import type { Room, RoomSnapshot, RoomTypes } from "skein";
import { onScopeDispose, type ShallowRef, shallowRef } from "vue";

/** A part of a room as a ref: `const peers = useSkein(room, (now) => now.peers)`. */
export function useSkein<T extends RoomTypes, V>(
  room: Room<T>,
  select: (now: RoomSnapshot<T>) => V,
): Readonly<ShallowRef<V>> {
  const part = shallowRef(select(room.getSnapshot())) as ShallowRef<V>;
  onScopeDispose(
    room.watch(select, (now) => {
      part.value = now;
    }),
  );
  return part;
}
