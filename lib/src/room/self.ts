/** This very peer: what the server says of it, and what it says of itself. */
import type { MemberInfo, VersionedPresence } from "../signaling/events.ts";
import { type Ability, allows } from "../signaling/grants.ts";
import { colorOf } from "./color.ts";
import { SkeinError } from "./errors.ts";
import { canOf, requireGrant } from "./grants.ts";
import { checkPresence } from "./options.ts";
import type { Activity, Peer, RoomSchema } from "./types.ts";

/** What the others see of us without the grant for presence. */
const UNHEARD: VersionedPresence["state"] = Object.freeze({});

export class Self {
  readonly #schema: RoomSchema | undefined;
  #can = canOf(undefined);
  /** What {@link #can} is of, as JSON. */
  #grants: string | undefined;
  /** The app was told that nobody sees its presence. */
  isMissedTold = false;
  /** As the server knows it; null while it has not welcomed us. */
  info: MemberInfo | null = null;
  /** Bit set of the server's optional features. */
  serverFeatures = 0;
  presence: VersionedPresence;
  /** Numbers that must rise over the whole life of a room object, whatever is left and joined again. */
  incarnations = 0;
  attempts = 0;

  /** Throws a SkeinError where it is no presence. */
  constructor(presence: object, schema: RoomSchema | undefined) {
    this.#schema = schema;
    this.presence = { version: 1, state: checkPresence(presence, schema) };
  }

  /** False when that changes nothing. Throws a SkeinError where it is no presence. */
  setPresence(patch: object | ((now: Peer["presence"]) => object)): boolean {
    const { state: now } = this.presence;
    const change: unknown = typeof patch === "function" ? patch(now) : patch;
    if (typeof change !== "object" || change === null) {
      throw new SkeinError("bad-argument", "setPresence takes an object of what changes.");
    }
    const state = checkPresence({ ...now, ...change }, this.#schema);
    if (JSON.stringify(state) === JSON.stringify(now)) return false;
    this.require("presence");
    this.presence = { version: this.presence.version + 1, state };
    return true;
  }

  can(ability: Ability, type?: string): boolean {
    return this.info !== null && allows(this.info.grants, ability, type);
  }

  /** Throws `no-grant`; nothing before the first welcome. */
  require(ability: Ability, type?: string): void {
    requireGrant(this.info, ability, type);
  }

  /** Its snapshot: the one before where nothing in it changed. */
  peer(activity: Activity, before: Peer | null): Peer | null {
    if (this.info === null) return null;
    const { id, user = null, join, grants } = this.info;
    const presence = this.can("presence") ? this.presence.state : UNHEARD;
    if (JSON.stringify(grants) !== this.#grants) {
      this.#grants = JSON.stringify(grants);
      this.#can = canOf(grants);
    }
    const unchanged =
      before?.id === id &&
      before.activity === activity &&
      before.presence === presence &&
      before.can === this.#can &&
      JSON.stringify(before.user) === JSON.stringify(user);
    if (unchanged) return before;
    return Object.freeze({
      id,
      isSelf: true,
      user,
      presence,
      color: colorOf(join),
      activity,
      path: null,
      pathReason: null,
      can: this.#can,
    });
  }
}
