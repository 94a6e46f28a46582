/** Whom this peer has blocked. */
import type { MemberInfo } from "../signaling/events.ts";

export type Who = Pick<MemberInfo, "id" | "user">;

export function isAmong(blocked: ReadonlySet<Who>, { id, user }: Who): boolean {
  return [...blocked].some((who) =>
    who.user === undefined ? who.id === id : who.user.id === user?.id,
  );
}
