import type {
  MemberInfo,
  Refusal,
  VersionedPresence,
  Vouched,
  VouchedUser,
} from "../../lib/src/signaling/events.ts";
import type { Rights } from "../../lib/src/signaling/rights.ts";
import type { Mailbox } from "./access/mailbox.ts";
import type { OutgoingEvent, OutgoingFrame } from "./outgoing.ts";

/** One admitted socket, as a room sees it. Neither `send` nor `sendFrame` ever throws or waits. */
export interface Session {
  send(event: OutgoingEvent): void;
  sendFrame(frame: OutgoingFrame): void;
  /** Says why, closes the socket and forgets it. */
  end(refusal: Refusal): void;
}

/** What a client asks to be admitted as, checked. */
export interface Admission {
  readonly id: string;
  readonly generation: number;
  /** The join number of its first welcome, when it has had one. */
  readonly join: number | undefined;
  readonly features: number;
  readonly webrtc: boolean;
  readonly presence: VersionedPresence;
  readonly user: VouchedUser | undefined;
  /** What it may do; absent: everything. */
  readonly grants?: readonly string[] | undefined;
  /** Seconds until that expires. */
  readonly ttlSeconds?: number | undefined;
}

/** One participant of a room. It keeps id, handle and join number until it has left. */
export interface Member {
  readonly id: string;
  readonly handle: number;
  readonly join: number;
  readonly features: number;
  readonly webrtc: boolean;
  /** Another id is another member. */
  user: VouchedUser | undefined;
  readonly rights: Rights;
  /** From the app's back end, until it is received. */
  readonly mail: Mailbox;
  generation: number;
  presence: VersionedPresence;
  /** Undefined while it is away. */
  session: Session | undefined;
  /** Ends the wait for an away member. */
  cancelLost: (() => void) | undefined;
}

export function describeMember(member: Member, seat: boolean): MemberInfo {
  const { id, handle, join, features, webrtc, presence, user } = member;
  const away = member.session === undefined;
  const { grants } = member.rights;
  const info = { id, handle, join, features, webrtc, seat, away, presence };
  return { ...info, ...vouchedOf(user, grants) };
}

/** Without the keys that have no value. */
export function vouchedOf(
  user: VouchedUser | undefined,
  grants: readonly string[] | undefined,
): Vouched {
  return { ...(user ? { user } : {}), ...(grants ? { grants } : {}) };
}
