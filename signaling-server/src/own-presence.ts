/**
 * What members say of themselves, and the grant for it: without it there is nothing, also of what was
 * said before. The server then says so in the member's place, with a version of its own, which is at
 * most one above the member's: granted again, a client counts two on (lib/src/room/vouching.ts).
 */
import type { VersionedPresence } from "../../lib/src/signaling/events.ts";
import { allows, type Grants } from "../../lib/src/signaling/grants.ts";
import type { Admission, Member } from "./member.ts";

/** Of one that nobody has heard of; whatever it says is newer. */
const NO_PRESENCE: VersionedPresence = { version: 0, state: {} };

export function mayShowItself(grants: Grants): boolean {
  return allows(grants, "presence");
}

/** What a member comes in with. */
export function presenceOf({ grants, join, presence }: Admission): VersionedPresence {
  if (mayShowItself(grants)) return presence;
  // Of one that was here before, and is new to this server only, the others may have this version.
  return join === undefined ? NO_PRESENCE : emptyAfter(presence);
}

/**
 * What is told of a member that says this of itself; undefined: nothing new. For one that may not say
 * it any more that is nothing at all: peers may have its own words over WebRTC by now, or hear them
 * in a moment, so that the server's must be newer.
 */
export function newsOf(
  { presence: known, rights }: Pick<Member, "presence" | "rights">,
  said: VersionedPresence,
): VersionedPresence | undefined {
  const isNewer = said.version > known.version;
  if (mayShowItself(rights.grants)) return isNewer ? said : undefined;
  const isHeard = said.version >= known.version && !isEmpty(said);
  return isHeard || !isEmpty(known) ? emptyAfter(isNewer ? said : known) : undefined;
}

function emptyAfter({ version }: VersionedPresence): VersionedPresence {
  // A larger one would be none, and nobody would take the event that has it.
  return { version: Math.min(version + 1, Number.MAX_SAFE_INTEGER), state: {} };
}

function isEmpty({ state }: VersionedPresence): boolean {
  return Object.keys(state).length === 0;
}
