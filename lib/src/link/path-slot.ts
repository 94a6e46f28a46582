/** One WebRTC path of a link and what is known of it. */
import type { Path } from "../path/path.ts";
import type { SignalData } from "../signaling/events.ts";
import type { PathHealth } from "./health.ts";

/** A WebRTC path as the upgrade needs it. */
export interface OpenablePath extends Path {
  readonly kind: "direct" | "relay" | null;
  /** It may only ever go through TURN. */
  readonly relayOnly: boolean;
  signal(data: SignalData): void;
  /** Begins an ICE restart with fresh ICE servers; false where it would not help. */
  restartIce(): boolean;
}

export class PathSlot {
  readonly attempt: number;
  /** Made to find something better than a relay that works: nothing is to be mended. */
  readonly optional: boolean;
  path: OpenablePath | null = null;
  health: PathHealth | null = null;
  kind: "direct" | "relay" | null = null;
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

  /** A relay, and nothing speaks against it. */
  get isGoodRelay(): boolean {
    return this.kind === "relay" && this.health?.state === "live";
  }

  close(): void {
    this.health?.stop();
    this.path?.close();
    this.path = null;
  }
}
