import type { SharedRoom } from "../shared-room/shared-room.ts";

/** Who says what one is called in a room, in the order in which they said it. */
const known = new WeakMap<SharedRoom, Map<object, string>>();

/**
 * Says what an element's `name` attribute says, null for none. The newest name counts; where it is taken
 * away, the newest of those that are left.
 */
export function giveName(shared: SharedRoom, by: object, name: string | null): void {
  const names = known.get(shared) ?? new Map<object, string>();
  known.set(shared, names);
  const before = names.get(by) ?? null;
  if (name === before) return;
  names.delete(by);
  if (name !== null) names.set(by, name);
  // Undefined: no name any more.
  shared.room.setPresence({ name: [...names.values()].at(-1) });
}

/** An element left the room. What it said of one still holds for those that stay. */
export function forgetNames(shared: SharedRoom, by: object): void {
  known.get(shared)?.delete(by);
}
