/** Whether a room has come to rest: connected, its links made, and everything that was said, arrived. */
import type { SkeinRoom } from "../room/room.ts";

export interface Surrounding {
  /** Whether its socket is cut, so that it cannot connect. */
  readonly cutOff: boolean;
  /** Whether anything at all leads to that peer. */
  reaches(peerId: string): boolean;
}

/** What a room still waits for, in words; null at rest. */
export function waitsFor(room: SkeinRoom, { cutOff, reaches }: Surrounding): string | null {
  const { status, peers } = room.getSnapshot();
  if (status === "idle" || status === "closed") return null;
  if (status !== "connected" && !cutOff) return `${nameOf(room)} is ${status}`;
  const stats = room.stats().peers;
  for (const { id, presence, activity, path, pathReason } of peers) {
    if (!reaches(id) || (path === "server" && (cutOff || activity === "away"))) continue;
    const who = `${nameOf(room)}'s link to ${presence["name"] ?? id}`;
    if (pathReason === "connecting") return `${who} is connecting`;
    const bytes = stats[id]?.unacknowledged ?? 0;
    if (bytes > 0) return `${who} has ${bytes} bytes that are not acknowledged`;
  }
  return null;
}

function nameOf(room: SkeinRoom): string {
  const { self } = room.getSnapshot();
  return String(self?.presence["name"] ?? self?.id ?? "A room");
}
