/** What members tell an inspector about their links: `skein:` messages, and so hostile on arrival. */
import type { PathKind } from "../path/path.ts";
import type { LinkStats, PathReason, RoomStats } from "../room/types.ts";
import { REASONS } from "./reasons.ts";

/** Message `{ on }`: somebody inspects the room, or does no more. It is said again while it holds. */
export const INSPECT = "skein:inspect";
/** Message to whoever inspects: a {@link LinkRow} for each link of the sender. */
export const LINKS = "skein:links";

/** How often somebody who inspects says so again, and how long it holds, in milliseconds. */
export const ASK_INTERVAL_MS = 10_000;
export const ASK_HOLDS_MS = 25_000;

/** Most links told at once: four times a mesh of the usual size. In larger rooms the rest say little. */
export const MAX_ROWS = 64;
/** A peer id has 22 characters. */
const MAX_ID_LENGTH = 64;

/** Peer id, path, reason, round-trip time in milliseconds, hand-overs. */
export type LinkRow = readonly [
  id: string,
  path: PathKind,
  reason: PathReason | null,
  rtt: number | null,
  handovers: number,
];

/** One end's view of a link. */
export type ToldLink = Pick<LinkStats, "path" | "reason" | "rtt" | "handovers">;

const PATHS: ReadonlySet<unknown> = new Set<PathKind>(["direct", "relay", "server"]);

/** The links worth telling, those that are or should be more than a wait at the server first. */
export function tableOf({ peers }: RoomStats): readonly LinkRow[] {
  const rows = Object.entries(peers).map(([id, { path, reason, rtt, handovers }]): LinkRow => {
    return [id, path, reason, rtt === null ? null : Math.round(rtt * 10) / 10, handovers];
  });
  if (rows.length <= MAX_ROWS) return rows;
  const isPlain = ([, path, reason]: LinkRow) => path === "server" && reason === "no-seat";
  return rows.sort((a, b) => Number(isPlain(a)) - Number(isPlain(b))).slice(0, MAX_ROWS);
}

/** What somebody said about its links, by peer id, without what makes no sense; null: no table at all. */
export function checkedTable(data: unknown): ReadonlyMap<string, ToldLink> | null {
  if (!Array.isArray(data)) return null;
  const table = new Map<string, ToldLink>();
  for (const row of data.slice(0, MAX_ROWS) as readonly unknown[]) {
    if (!Array.isArray(row)) continue;
    const [id, path, reason, rtt, handovers] = row as readonly unknown[];
    if (typeof id !== "string" || id.length > MAX_ID_LENGTH || !isPath(path)) continue;
    table.set(id, {
      path,
      reason: isReason(reason) ? reason : null,
      rtt: isAmount(rtt) ? rtt : null,
      handovers: isAmount(handovers) ? Math.floor(handovers) : 0,
    });
  }
  return table;
}

const isPath = (value: unknown): value is PathKind => PATHS.has(value);
const isReason = (value: unknown): value is PathReason =>
  typeof value === "string" && Object.hasOwn(REASONS, value);
const isAmount = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value < Number.MAX_SAFE_INTEGER;
