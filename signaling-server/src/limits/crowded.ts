import type { Refusal } from "../../../lib/src/signaling/events.ts";
import type { Handshake } from "../handshake.ts";
import type { Rooms } from "../rooms.ts";
import { countLimit, type ServerStats } from "../stats.ts";
import {
  type CheckedLimits,
  TOO_MANY_MEMBERS,
  TOO_MANY_ROOMS,
  TOO_MUCH_PRESENCE,
} from "./limits.ts";
import { fitsBeside } from "./presence-size.ts";

export interface Crowd {
  readonly rooms: Pick<Rooms, "get" | "isFull">;
  readonly stats: ServerStats;
  readonly limits: CheckedLimits;
}

/** Why there is no room for a newcomer, as far as is known here. Whoever is a member may always come back. */
export function crowded(
  { room: name, presence }: Pick<Handshake, "room" | "presence">,
  id: string,
  { rooms, stats, limits }: Crowd,
): Refusal | undefined {
  const room = rooms.get(name);
  if (!room) {
    if (!rooms.isFull) return undefined;
    countLimit(stats, "rooms");
    return TOO_MANY_ROOMS;
  }
  if (room.size >= limits.members && !room.get(id)) {
    countLimit(stats, "members");
    return TOO_MANY_MEMBERS;
  }
  if (fitsBeside(presence, id, room.members, limits)) return undefined;
  countLimit(stats, "room-presence-bytes");
  return TOO_MUCH_PRESENCE;
}
