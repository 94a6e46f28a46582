/** How an upload names those who shall get it. */
import type { Lane } from "../path/path.ts";
import type { Member } from "./member.ts";

export interface Addressing {
  /** Whether `handles` are those who shall get it, or those who shall not. */
  readonly only: boolean;
  readonly handles: readonly number[];
}

/**
 * Names whichever are fewer. But a member's handle may have changed without our knowing, and to name
 * the old one keeps nothing from it: where a reliable frame would overtake what such a member is
 * still to get first, only those who shall have it are named.
 */
export function addressing(
  members: Iterable<Member>,
  ids: readonly string[],
  lane: Lane,
): Addressing {
  const wanted = new Set(ids);
  const inside: number[] = [];
  const outside: number[] = [];
  let only = false;
  for (const { id, info, link } of members) {
    const isWanted = wanted.has(id);
    if (info.handle > 0) (isWanted ? inside : outside).push(info.handle);
    only ||= !isWanted && lane === "reliable" && link.awaitsOwn;
  }
  only ||= inside.length <= outside.length;
  return { only, handles: only ? inside : outside };
}
