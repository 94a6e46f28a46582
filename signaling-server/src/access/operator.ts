/** What an operator and an app's back end say of rooms, and are told of them. */
import type { Json, VouchedUser } from "../../../lib/src/signaling/events.ts";

/** A member as its operator sees it. */
export interface MemberSummary {
  /** Of the peer. */
  readonly id: string;
  readonly user: VouchedUser | null;
  /** Null: everything. */
  readonly grants: readonly string[] | null;
  /** When it joined, in milliseconds since 1970; a little later than that in rooms of few. */
  readonly joined: number;
  /** Its socket is lost and it may come back. */
  readonly away: boolean;
  readonly presence: { readonly [key: string]: Json };
}

export interface ServerMessageOptions {
  /** Ids of users, or of peers. Default: everybody in the room. */
  readonly to?: string | readonly string[];
}

/** What was asked is done, or known, here only: other servers could not be reached. Ask again. */
export class OthersUnreachableError extends Error {}
