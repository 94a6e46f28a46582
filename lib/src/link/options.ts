/** What a link is given, and what it tells. */
import type { Clock } from "../clock.ts";
import type { Lane, PathKind } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { DecodedFrame } from "../wire/index.ts";
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
}

export type StateFrame = Extract<DecodedFrame, { kind: "presence" | "cursor" | "latest" }>;

export interface LinkEvents {
  onEntry(entry: Uint8Array): void;
  /** A presence, cursor or latest frame. */
  onState(frame: StateFrame): void;
  onPath(path: PathKind, previous: PathKind): void;
  onReason(reason: PathReason | null): void;
  /** A new incarnation of the peer; `missed`: it gave up frames that had not arrived. */
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
    "clock" | "onFrame" | "onChange" | "sendProbe" | "hidden"
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
  /** Number of the first `to` frame: higher than any that went to this peer before. */
  readonly firstTo: number;
  presenceVersion(): number;
}
