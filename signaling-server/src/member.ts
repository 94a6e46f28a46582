import type {
  MemberInfo,
  Refusal,
  VersionedPresence,
  VouchedUser,
} from "../../lib/src/signaling/events.ts";
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
}

/** One participant of a room. It keeps id, handle and join number until it has left. */
export interface Member {
  readonly id: string;
  readonly handle: number;
  readonly join: number;
  readonly features: number;
  readonly webrtc: boolean;
  readonly user: VouchedUser | undefined;
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
  const info = { id, handle, join, features, webrtc, seat, away, presence };
  return user ? { ...info, user } : info;
}
