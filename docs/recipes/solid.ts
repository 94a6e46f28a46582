import type { Room, RoomSnapshot, RoomTypes } from "skein";
import { type Accessor, createSignal, onCleanup } from "solid-js";

/** A part of a room as a signal: `const peers = createSkein(room, (now) => now.peers)`. */
export function createSkein<T extends RoomTypes, V>(
  room: Room<T>,
  select: (now: RoomSnapshot<T>) => V,
  equal: (a: V, b: V) => boolean = Object.is,
): Accessor<V> {
  const [part, setPart] = createSignal(select(room.getSnapshot()));
  onCleanup(room.watch(select, (now) => setPart(() => now), { equal }));
  return part;
}
