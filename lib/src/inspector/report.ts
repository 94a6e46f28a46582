import type { RoomSnapshot, RoomStats, RoomTypes } from "../room/types.ts";
import type { Mesh } from "./mesh.ts";
import type { Happening } from "./record.ts";
import { bytes, milliseconds } from "./words.ts";

/** Happenings in a report. */
const MOST_HAPPENINGS = 60;

export interface ReportSource {
  readonly snapshot: RoomSnapshot<RoomTypes>;
  readonly stats: RoomStats;
  readonly mesh: Mesh;
  readonly happenings: readonly Happening[];
  readonly userAgent: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The room as text for a bug report. Numbers and Skein's own words only: no names, ids, presence, room
 * name, addresses or messages of errors, so that it can be pasted where anybody reads it.
 */
export function reportOf(source: ReportSource): string {
  const { snapshot, stats, mesh, happenings, userAgent, now } = source;
  const { status, error, self } = snapshot;
  const labels = new Map(mesh.members.map(({ id }, i) => [id, i === 0 && self ? "self" : `P${i}`]));
  // Whoever has left has no place in the mesh any more.
  const label = (id: string): string => {
    const known = labels.get(id) ?? `gone${labels.size}`;
    labels.set(id, known);
    return known;
  };
  const links = mesh.links.map((link) => {
    const { a, b, path, reason, rtt, handovers, isOwn, paths } = link;
    const [from, to] = paths;
    const own = isOwn ? stats.peers[b.id] : undefined;
    return [
      `${label(a.id)}–${label(b.id)}`,
      path,
      reason ?? "-",
      `rtt ${milliseconds(rtt)}`,
      `hand-overs ${handovers}`,
      ...(from !== null && to !== null && from !== to ? [`ends differ: ${from} / ${to}`] : []),
      ...(own === undefined
        ? []
        : [
            `attempts ${own.attempts}`,
            `sent ${bytes(own.bytesSent)} in ${own.framesSent}`,
            `received ${bytes(own.bytesReceived)} in ${own.framesReceived}`,
            `sent again ${own.resent}`,
            `not acknowledged ${bytes(own.unacknowledged)}`,
          ]),
    ].join(", ");
  });
  const refused = Object.entries(stats.refused).map(([kind, count]) => `${kind} ${count}`);
  const past = happenings.slice(0, MOST_HAPPENINGS).map(({ time, kind, ids, from, to, reason }) => {
    const ago = `${((now - time) / 1_000).toFixed(1)} s ago`;
    const who = ids.map(label).join("–");
    const what = kind === "path" || kind === "status" ? `${from} → ${to}` : kind;
    return [ago, who, what, reason ?? ""].filter((part) => part !== "").join("  ");
  });
  return [
    "Skein: a room as one of its members sees it",
    `Time: ${new Date(now).toISOString()}`,
    `Browser: ${userAgent}`,
    `Status: ${status}${error === null ? "" : `, ${error.code}`}`,
    `Members: ${mesh.members.length} (${mesh.members.filter(({ tells }) => tells).length} tell their links)`,
    `Round trip to the server: ${milliseconds(stats.serverRtt)}`,
    `RTCPeerConnections: ${stats.peerConnections}`,
    `Refused on arrival: ${refused.join(", ") || "nothing"}`,
    "",
    `Links (${links.length}, ${mesh.broken.length} broken):`,
    ...links,
    "",
    "What happened, newest first:",
    ...(past.length > 0 ? past : ["nothing"]),
    "",
  ].join("\n");
}
