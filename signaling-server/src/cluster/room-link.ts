import type { Signal } from "../../../lib/src/signaling/events.ts";
import type { Mail } from "../access/mail.ts";
import type { Acknowledged } from "../acks.ts";
import type { Target } from "../delivery.ts";
import type { Member } from "../member.ts";
import type { MemberRecord } from "./record.ts";

/**
 * How a room of this node reaches the same room on others. Nothing in here throws or waits: what
 * cannot be sent now is sent later where it is state, and dropped where it is passing.
 */
export interface RoomLink {
  /** The name of this node. */
  readonly self: string;
  /** Whether nothing has been heard of a node for as long as its lease runs. */
  isSilent(node: string): boolean;
  /** A member of this node is not as it was: the others will hear of its newest record. */
  changed(member: Member, token?: number): void;
  /** A member of this node has left. */
  left(record: MemberRecord): void;
  /**
   * A member has been away for too long. Decided where all nodes see it, so that one that has come
   * back elsewhere is not taken for lost: true, and `merge` tells if it is lost; false when nobody
   * else can be asked now.
   */
  bury(record: MemberRecord): boolean;
  frame(node: string, sender: Member, target: Target, frame: Uint8Array): void;
  /** What members here have received of members of `node`, all at once. */
  acks(node: string, acks: readonly Acknowledged[]): void;
  /** A frame for a newcomer that still shakes hands with `node`. */
  held(node: string, token: number, sender: Member, frame: Uint8Array): void;
  signal(node: string, from: Member, to: string, signal: Signal): void;
  knock(node: string, token: number): void;
  /** What waited here for a member that is on another node now. */
  mail(node: string, to: string, messages: readonly Mail[]): void;
}
