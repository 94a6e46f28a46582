/** What a member may do, as the server vouches for it. */

/**
 * - `cursor`: show a pointer, and what is in view.
 * - `message`: send messages and latest values of every type; `message:chat`: of the type `chat` only.
 * - `presence`: say and change one's own presence.
 * - `document`: change shared documents.
 */
export type Grant = "cursor" | "message" | `message:${string}` | "presence" | "document";

/** What `can` asks about. */
export type Ability = "cursor" | "message" | "presence" | "document";

/** A member's grants as they travel; absent: everything. A later version may know more of them. */
export type Grants = readonly string[] | undefined;

/** Grants of one member at most: they are in every `welcome`, times the members. */
export const MAX_GRANTS = 64;
/** Characters of one: `message:` and a type name. */
export const MAX_GRANT_LENGTH = 8 + 128;

const OF_TYPE = "message:";

/** `type` narrows `message`; without it the answer is for every type. */
export function allows(grants: Grants, ability: Ability, type?: string): boolean {
  if (grants === undefined || grants.includes(ability)) return true;
  return ability === "message" && type !== undefined && grants.includes(OF_TYPE + type);
}
