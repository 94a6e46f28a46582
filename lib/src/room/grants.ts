/** Grants as an app meets them: what it may ask, and what it is told when it has none. */
import type { MemberInfo } from "../signaling/events.ts";
import { type Ability, allows, type Grants } from "../signaling/grants.ts";
import { SkeinError } from "./errors.ts";
import type { Can } from "./types.ts";

const EVERYTHING: Can = () => true;

/** The same function for everybody who may do everything. */
export function canOf(grants: Grants): Can {
  if (grants === undefined) return EVERYTHING;
  return (ability, type) => allows(grants, ability, type);
}

/** Throws `no-grant`. Before the first welcome nobody knows, and nothing is thrown. */
export function requireGrant(self: MemberInfo | null, ability: Ability, type?: string): void {
  if (self === null || allows(self.grants, ability, type)) return;
  throw noGrant(ability, type);
}

export function noGrant(ability: Ability, type?: string): SkeinError {
  const what = type === undefined ? `"${ability}"` : `"${ability}" for the type "${type}"`;
  return new SkeinError(
    "no-grant",
    `The server granted no ${what} here. Ask room.can(…) before you offer it.`,
  );
}
