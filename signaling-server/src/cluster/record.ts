/**
 * One member as all nodes know it. Only the node that has the member's newest socket writes it, one
 * revision after the other; a new socket is a new generation, wherever it is. So any two records of
 * one member are in order, whatever way and however often they come, and nodes that have seen the
 * same ones know the same.
 */
import type {
  LeaveReason,
  VersionedPresence,
  VouchedUser,
} from "../../../lib/src/signaling/events.ts";
import { MAX_GRANT_LENGTH, MAX_GRANTS } from "../../../lib/src/signaling/grants.ts";
import { isCount, isRecord } from "../checks.ts";
import { parsePresence } from "../events-in.ts";
import { isPeerId } from "../identity.ts";
import { type Member, vouchedOf } from "../member.ts";

/** What a node is called: base64url, as many characters as 9 random bytes make. */
const NODE_PATTERN = /^[\w-]{12}$/;

export interface MemberRecord {
  readonly id: string;
  /** The node that wrote it: where the member's newest socket is, or was. */
  readonly node: string;
  readonly generation: number;
  readonly revision: number;
  readonly join: number;
  readonly line: number;
  readonly features: number;
  readonly webrtc: boolean;
  readonly presence: VersionedPresence;
  readonly user?: VouchedUser;
  /** What it may do; absent: everything. */
  readonly grants?: readonly string[];
  /** 0, or the wall clock of its node when its socket was lost, in milliseconds. */
  readonly away: number;
  /** It has left: the last word on its generation. */
  readonly left?: LeaveReason;
  /** What its knock was known by, so that those who answered it know whom. */
  readonly token?: number;
}

type Order = Pick<MemberRecord, "generation" | "revision"> & { readonly node?: string };

/** Whether `a` is newer than `b`. Nodes that wrote at once, one of them cut off, go by name. */
export function isNewer(a: Order, b: Order): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.revision !== b.revision) return a.revision > b.revision;
  return (a.node ?? "") > (b.node ?? "");
}

/** The present state of a member of this node (`self`), or what is known of one elsewhere. */
export function recordOf(member: Member, self: string, token?: number): MemberRecord {
  const { id, node, generation, revision, join, line, features, webrtc, presence, user } = member;
  return {
    id,
    node: node ?? self,
    generation,
    revision,
    join,
    line,
    features,
    webrtc,
    presence,
    away: member.awaySince,
    ...vouchedOf(user, member.rights.grants),
    ...(token === undefined ? {} : { token }),
  };
}

export function isNodeName(value: unknown): value is string {
  return typeof value === "string" && NODE_PATTERN.test(value);
}

/** Undefined when it is none. Redis may be shared, and versions of nodes mix in every deploy. */
export function parseRecord(value: unknown): MemberRecord | undefined {
  if (!isRecord(value)) return undefined;
  const { id, node, generation, revision, join, line, features, webrtc, away } = value;
  const { presence, user, grants, left, token } = value;
  if (!isPeerId(id) || !isNodeName(node)) return undefined;
  if (!isCount(generation) || !isCount(revision) || !isCount(join) || !isCount(line)) {
    return undefined;
  }
  if (!isCount(features) || typeof webrtc !== "boolean" || !isCount(away)) return undefined;
  const parsed = parsePresence(presence);
  const state = parsed === "too-large" ? undefined : parsed;
  if (!state) return undefined;
  if (user !== undefined && !isUser(user)) return undefined;
  if (grants !== undefined && !isGrants(grants)) return undefined;
  if (left !== undefined && left !== "goodbye" && left !== "lost" && left !== "removed") {
    return undefined;
  }
  return {
    id,
    node,
    generation,
    revision,
    join,
    line,
    features,
    webrtc,
    presence: state,
    away,
    ...(user === undefined ? {} : { user }),
    ...(grants === undefined ? {} : { grants }),
    ...(left === undefined ? {} : { left }),
    ...(isCount(token) ? { token } : {}),
  };
}

/** Of whatever names: a later version may know more of them. */
function isGrants(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_GRANTS &&
    value.every((grant) => typeof grant === "string" && grant.length <= MAX_GRANT_LENGTH)
  );
}

function isUser(value: unknown): value is VouchedUser {
  return isRecord(value) && typeof value["id"] === "string";
}
