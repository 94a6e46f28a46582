/**
 * What a member may do, as the server vouches for it. The server and every peer go by these same
 * rules: the one for what it carries, the others for what comes past it over WebRTC.
 */

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
/** What was allowed when it was said may still arrive for so long after it no longer is. Milliseconds. */
export const GRANT_GRACE_MS = 5_000;

const ABILITIES: readonly string[] = ["cursor", "message", "presence", "document"];
const OF_TYPE = "message:";
/** To ask whom one follows for its view says nothing to anybody else: whoever may see may do it. */
export const FREE_TYPE = "skein:follow";
/** What is in view is shown as a cursor is. */
const VIEW_TYPE = "skein:view";

/** Whether this version knows a grant of this name. */
export function isGrant(value: unknown): value is Grant {
  if (typeof value !== "string") return false;
  if (value.startsWith(OF_TYPE))
    return value.length > OF_TYPE.length && value.length <= MAX_GRANT_LENGTH;
  return ABILITIES.includes(value);
}

/** `type` narrows `message`; without it the answer is for every type. */
export function allows(grants: Grants, ability: Ability, type?: string): boolean {
  if (grants === undefined || grants.includes(ability)) return true;
  if (ability !== "message" || type === undefined) return false;
  if (type === FREE_TYPE) return true;
  return grants.includes(OF_TYPE + type) || (type === VIEW_TYPE && grants.includes("cursor"));
}
