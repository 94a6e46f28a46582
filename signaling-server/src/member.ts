import type {
  MemberInfo,
  Refusal,
  VersionedPresence,
  Vouched,
  VouchedUser,
} from "../../lib/src/signaling/events.ts";
import type { Wanted } from "../../lib/src/signaling/interest.ts";
import type { Rights } from "../../lib/src/signaling/rights.ts";
import type { Mailbox } from "./access/mailbox.ts";
import type { KeptCursor } from "./interest.ts";
import type { OutgoingEvent, OutgoingFrame } from "./outgoing.ts";

/** One admitted socket, as a room sees it. Neither `send` nor `sendFrame` ever throws or waits. */
export interface Session {
  send(event: OutgoingEvent): void;
  sendFrame(frame: OutgoingFrame): void;
  /** It does not keep up: what can wait should. Absent: it does. */
  readonly lags?: boolean;
  /** Says why, closes the socket and forgets it. */
  end(refusal: Refusal): void;
}

/** What a client asks to be admitted as, checked. */
export interface Admission {
  readonly id: string;
  readonly generation: number;
  /** The join number of its first welcome, when it has had one. */
  readonly join: number | undefined;
  /** The join number that was kept for it among all nodes, when it needs one. */
  readonly reservedJoin?: number | undefined;
  readonly features: number;
  readonly webrtc: boolean;
  readonly presence: VersionedPresence;
  readonly user: VouchedUser | undefined;
  /** What it may do; absent: everything. */
  readonly grants?: readonly string[] | undefined;
  /** Seconds until that expires. */
  readonly ttlSeconds?: number | undefined;
}

/** One participant of a room. It keeps id and handle until it has left. */
export interface Member {
  readonly id: string;
  readonly handle: number;
  join: number;
  features: number;
  webrtc: boolean;
  /** Another id is another member. */
  user: VouchedUser | undefined;
  readonly rights: Rights;
  /** From the app's back end to a member of this node, until it is received; made when there is some. */
  mail: Mailbox | undefined;
  generation: number;
  /** One more with each change of it that other nodes hear of, within one generation. */
  revision: number;
  presence: VersionedPresence;
  /** Its place in the line for a seat; 0 when it wants none. */
  line: number;
  /** The node with its newest socket; null: this one. */
  node: string | null;
  /** Its socket is lost, or its node is silent, and it may come back. */
  away: boolean;
  /** Wall clock at which its own node saw the socket lost, in milliseconds; 0: it did not. */
  awaySince: number;
  /** Whose cursors its present socket wants; null: everybody's. */
  interest: Wanted | null;
  /** Its newest cursor frames that somebody here did not want, newest first: who does later gets them. */
  unwanted: readonly KeptCursor[] | undefined;
  /** Undefined while it is away, and for members of other nodes. */
  session: Session | undefined;
  /** Ends the wait for an away member of this node. */
  cancelLost: (() => void) | undefined;
}

export function describeMember(member: Member, seat: boolean): MemberInfo {
  const { id, handle, join, features, webrtc, away, presence, user, rights } = member;
  const info = { id, handle, join, features, webrtc, seat, away, presence };
  return { ...info, ...vouchedOf(user, rights.grants) };
}

/** Without the keys that have no value. */
export function vouchedOf(
  user: VouchedUser | undefined,
  grants: readonly string[] | undefined,
): Vouched {
  return { ...(user ? { user } : {}), ...(grants ? { grants } : {}) };
}

/** What the server vouches for of a member from now on. False when it was so before. */
export function setVouched(
  member: Member,
  { user, grants }: { readonly [K in keyof Vouched]?: Vouched[K] | undefined },
): boolean {
  const changed = JSON.stringify(user) !== JSON.stringify(member.user);
  member.user = user;
  return member.rights.change(grants) || changed;
}

/** In join order, ties broken by id. */
export function isBefore(
  a: { readonly join: number; readonly id: string },
  b: { readonly join: number; readonly id: string },
): boolean {
  return a.join < b.join || (a.join === b.join && a.id < b.id);
}
