import type { MemberRecord } from "./record.ts";

/** A room as it is kept for all nodes. */
export interface Roll {
  /** One more with each put that changed something; 0 when nothing is kept. */
  readonly version: number;
  /** Everybody who has not left, in no order. */
  readonly records: readonly MemberRecord[];
}

/** A record that was not taken: what is kept of this member is as new, or newer. */
export interface Refused {
  readonly id: string;
  readonly generation: number;
  readonly revision: number;
  readonly node: string;
  /** What is kept says that it has left. */
  readonly left: boolean;
}

export interface PutResult {
  readonly version: number;
  readonly refused: readonly Refused[];
}

export interface Lease {
  readonly node: string;
  /** Until it ends, in milliseconds; below 0: since it ended. */
  readonly leftMs: number;
}

export interface Renewal {
  /** Whether the lease of this node was still kept. */
  readonly known: boolean;
  readonly leases: readonly Lease[];
}

/**
 * What all nodes share, over one living connection: Redis (redis-commons.ts), or a fake of it in
 * tests. After the first promise that rejects or takes too long, the connection is given up.
 */
export interface Commons {
  /** Reads a room; with `hold` this node hears of everything that is put into it from now on. */
  read(room: string, hold: boolean): Promise<Roll>;
  /** Keeps those records that are newer than what is kept, and tells the nodes that hold the room. */
  put(room: string, records: readonly MemberRecord[]): Promise<PutResult>;
  /** Join numbers for newcomers, not below `earliest`, given to nobody else. */
  reserve(room: string, earliest: number, count: number): Promise<readonly number[]>;
  /** This node holds the room no more. Not waited for. */
  leave(room: string): void;
  /** The versions of rooms; those that this node holds are kept for a while longer. */
  versions(rooms: readonly string[]): Promise<readonly number[]>;
  renew(): Promise<Renewal>;
  /** Ends this node's lease. */
  resign(): Promise<void>;
  /** The newest text put under a name, by `version`, kept for a while longer; null: there is none. */
  exchange(name: string, version: number, text: string | null): Promise<Kept | null>;
  /**
   * To one node, not waited for. False when it was not sent: so much waits that passing things
   * (`lossy`) or anything at all would only pile up.
   */
  send(node: string, message: Uint8Array, lossy: boolean): boolean;
  close(): void;
}

export interface Kept {
  readonly version: number;
  readonly text: string;
}

export interface CommonsEvents {
  /** What another node sent to this one, or put into a room that it holds. */
  message(message: Uint8Array): void;
  /** The connection is gone. */
  lost(error: Error): void;
}

/** One try. Resolves when everything that is sent to this node from now on will be heard. */
export type Connect = (self: string, events: CommonsEvents) => Promise<Commons>;
