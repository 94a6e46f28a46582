/** Whom this peer wants to have nothing to do with: known by its user, where the server vouches for one. */
import { isAmong, type Who } from "./blocked.ts";
import type { Member } from "./member.ts";
import type { RoomParts } from "./parts.ts";
import type { Peer } from "./types.ts";

/** Blocks who is or was `peer`, of this `id`. Returns its undo. */
export function block(room: RoomParts, id: string, peer: Peer | string): () => void {
  const user = room.members.get(id)?.info.user ?? (typeof peer === "string" ? null : peer.user);
  // One for each call, which all have an undo of their own.
  const one: Who = { id, ...(user ? { user } : {}) };
  room.blocked.add(one);
  applyBlocks(room);
  return () => {
    room.blocked.delete(one);
    applyBlocks(room);
  };
}

/** Blocks or unblocks whoever is to be, and is not yet. */
function applyBlocks(room: RoomParts): void {
  const { blocked, members, seats, telling } = room;
  for (const member of [...members]) {
    const isBlocked = isAmong(blocked, member.info);
    if (isBlocked === member.isBlocked) continue;
    const before = member.peer;
    member.isBlocked = isBlocked;
    const peer = before ?? member.peer;
    members.touched();
    seats.allow(member);
    if (!isBlocked) welcomeBack(member, room);
    if (peer === null) continue;
    if (isBlocked) telling.emit("leave", { peer, reason: "blocked" });
    else telling.emit("join", { peer });
  }
}

/** What was said meanwhile is not for it: the streams begin anew. */
function welcomeBack(member: Member, { attending, greeting }: RoomParts): void {
  member.link.reset();
  greeting?.showCursor(member);
  attending?.greet(member);
}
