/** One WebRTC path of a link and what is known of it. */
import type { Path, PathEvents } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { SignalData } from "../signaling/events.ts";
import type { PathHealth } from "./health.ts";

/** A WebRTC path as the upgrade needs it. */
export interface OpenablePath extends Path {
  readonly kind: "direct" | "relay" | null;
  /** It may only ever go through TURN. */
  readonly relayOnly: boolean;
  /** Why it has no relay, if it should have one by now. */
  readonly relayFailure: PathReason | null;
  signal(data: SignalData): void;
  /** Begins an ICE restart with fresh ICE servers; false where it would not help. */
  restartIce(): boolean;
}

/** What a path tells: its kind before it opens, and whenever that changes. */
export type SlotEvents = PathEvents & { onKind(kind: "direct" | "relay"): void };

export class PathSlot {
  readonly attempt: number;
  /** Made to find something better than a relay that works: nothing is to be mended. */
  readonly optional: boolean;
  path: OpenablePath | null = null;
  health: PathHealth | null = null;
  kind: "direct" | "relay" | null = null;
  /** When it was first used since it last died. */
  liveSince: number | null = null;
  signalsSent = 0;
  readonly signalsSeen = new Set<number>();

  constructor(attempt: number, optional: boolean) {
    this.attempt = attempt;
    this.optional = optional;
  }

  /** Frames go this way and it is believed to work. */
  get works(): boolean {
    return this.health?.usable ?? false;
  }

  close(): void {
    this.health?.stop();
    this.path?.close();
    this.path = null;
  }
}
