/** What a link is given, and what it tells. */
import type { Clock } from "../clock.ts";
import type { Lane, PathKind } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { Ack, DecodedFrame } from "../wire/index.ts";
import type { Place } from "./inbox.ts";
import type { SharedFrame } from "./outbox.ts";
import type { LinkUpgrade } from "./standby.ts";
import type { UpgradeOptions } from "./upgrade.ts";

/** The server path, as one link sees it. */
export interface ServerCarrier {
  /** Own socket joined and the peer's not away. */
  reachable(): boolean;
  send(frame: Uint8Array, lane: Lane): boolean;
  /** Uploads a shared frame once for all that wait for it. */
  upload(shared: SharedFrame): boolean;
  readonly rtt: number | null;
  /**
   * Takes it upon itself to acknowledge what came by the server, together with what came of others:
   * `hearing` tells what that is when it does. Otherwise each link shall do so itself.
   */
  acknowledge?(hearing: { collect(): Omit<Ack, "kind"> | null }): boolean | undefined;
}

export type StateFrame = Extract<DecodedFrame, { kind: "presence" | "cursor" | "latest" }>;

/**
 * What is kept of a link that is closed, for the next one to the same peer: both go on with their
 * numbers, so that nothing comes twice although one of them did not notice that the other was gone.
 */
export interface Bookmark extends Place {
  /** Number of our next `to` frame. */
  readonly ownTo: number;
  /** The app knows of the peer, and follows its streams: whatever is missing now, it misses. */
  readonly follows: boolean;
}

/** Of a peer that there was no link to. */
export const NEW_PEER: Bookmark = {
  incarnation: 0,
  nextAll: 1,
  nextTo: 1,
  ownTo: 1,
  follows: false,
};

export interface LinkEvents {
  /** False while it is not known whether the peer may say this: it waits, with all behind it. */
  mayDeliver?(entry: Uint8Array): boolean;
  /** Returns whether what the entry belongs to is whole with it. */
  onEntry(entry: Uint8Array): boolean;
  /** A presence, cursor or latest frame. */
  onState(frame: StateFrame): void;
  onPath(path: PathKind, previous: PathKind): void;
  onReason(reason: PathReason | null): void;
  /** A new incarnation of the peer, which says again what was not whole; `missed`: but not all of it. */
  onReset(missed: boolean): void;
  onGoodbye(): void;
  onRefused(kind: string): void;
}

export interface LinkOptions {
  readonly peerId: string;
  readonly clock: Clock;
  readonly server: ServerCarrier;
  readonly upgrade: Omit<
    UpgradeOptions,
    "clock" | "onFrame" | "onRefused" | "onChange" | "sendProbe" | "hidden"
  > & {
    /** Makes an {@link import("./upgrade.ts").Upgrade}; called when WebRTC may first be used. */
    create(options: UpgradeOptions): LinkUpgrade;
  };
  readonly events: LinkEvents;
  /** Whether this tab is hidden. */
  hidden(): boolean;
  /** A number higher than all before it in this room. */
  nextIncarnation(): number;
  /** Number of the next frame of `all`. */
  nextAll(): number;
  readonly bookmark: Bookmark;
  presenceVersion(): number;
}
