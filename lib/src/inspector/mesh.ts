/** The room as members and links, put together from what this page knows and what others tell. */
import { initialOf, nameOf } from "../cursor/name.ts";
import type { PathKind } from "../path/path.ts";
import type { Activity, PathReason, RoomSnapshot, RoomStats, RoomTypes } from "../room/types.ts";
import type { ToldLink } from "./link-table.ts";

/**
 * - `good`: over WebRTC.
 * - `settled`: on the server path, as it is meant to be.
 * - `trying`: on the server path until WebRTC is open.
 * - `broken`: on the server path because WebRTC failed.
 */
export type Condition = "good" | "settled" | "trying" | "broken";

/** In the order of how much each deserves a look. */
export const CONDITIONS: readonly Condition[] = ["broken", "trying", "settled", "good"];

export interface Member {
  readonly id: string;
  /** Never empty, and no other member has the same. */
  readonly name: string;
  readonly initial: string;
  readonly color: string;
  readonly isSelf: boolean;
  readonly activity: Activity;
  /** Whether it tells about its links; true for self. */
  readonly tells: boolean;
}

export interface MeshLink extends ToldLink {
  /** The same while both stay, whoever told first. */
  readonly key: string;
  readonly a: Member;
  readonly b: Member;
  readonly isOwn: boolean;
  readonly condition: Condition;
  /** What a and what b say they send on; null: that one does not tell. */
  readonly paths: readonly [a: PathKind | null, b: PathKind | null];
}

export interface Mesh {
  /** Self first, then the others in join order. */
  readonly members: readonly Member[];
  /** Self's links first. */
  readonly links: readonly MeshLink[];
  readonly broken: readonly MeshLink[];
}

const FAILED: ReadonlySet<PathReason> = new Set([
  "ice-failed",
  "turn-unreachable",
  "turn-unauthorized",
  "timeout",
  "too-many-connections",
  "path-lost",
  "flooded",
]);

export function conditionOf({ path, reason }: Pick<ToldLink, "path" | "reason">): Condition {
  if (path !== "server") return "good";
  if (reason === "connecting") return "trying";
  return reason !== null && FAILED.has(reason) ? "broken" : "settled";
}

export const keyOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

export function meshOf(
  snapshot: RoomSnapshot<RoomTypes>,
  stats: RoomStats,
  told: (id: string) => ReadonlyMap<string, ToldLink> | undefined,
): Mesh {
  const members = membersOf(snapshot, told);
  const links: MeshLink[] = [];
  for (const [i, a] of members.entries()) {
    for (const b of members.slice(i + 1)) {
      const here = a.isSelf ? stats.peers[b.id] : told(a.id)?.get(b.id);
      const there = told(b.id)?.get(a.id);
      const link = linkOf(a, b, here, there);
      if (link !== null) links.push(link);
    }
  }
  return { members, links, broken: links.filter(({ condition }) => condition === "broken") };
}

/** Of two ends that differ the worse one counts: a link is as good as its worse direction. */
function linkOf(
  a: Member,
  b: Member,
  here: ToldLink | undefined,
  there: ToldLink | undefined,
): MeshLink | null {
  const first = here ?? there;
  if (first === undefined) return null;
  const isWorse = there !== undefined && rank(conditionOf(there)) < rank(conditionOf(first));
  const { path, reason } = isWorse ? there : first;
  return {
    key: keyOf(a.id, b.id),
    a,
    b,
    isOwn: a.isSelf,
    path,
    reason,
    rtt: first.rtt ?? there?.rtt ?? null,
    handovers: first.handovers,
    condition: conditionOf({ path, reason }),
    paths: [here?.path ?? null, there?.path ?? null],
  };
}

const rank = (condition: Condition): number => CONDITIONS.indexOf(condition);

function membersOf(
  { self, peers }: RoomSnapshot<RoomTypes>,
  told: (id: string) => unknown,
): Member[] {
  const taken = new Set<string>();
  return (self === null ? peers : [self, ...peers]).map((peer) => {
    const typed = nameOf(peer) || `Peer ${peer.id.slice(0, 4)}`;
    let name = typed;
    for (let n = 2; taken.has(name); n++) name = `${typed} (${n})`;
    taken.add(name);
    const { id, color, isSelf, activity } = peer;
    const tells = isSelf || told(id) !== undefined;
    return { id, name, initial: initialOf(name), color, isSelf, activity, tells };
  });
}
