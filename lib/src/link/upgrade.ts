/**
 * Opens a WebRTC path for one link, replaces it when it dies, and says why there is none.
 *
 *   off ──allow──▶ waiting ──begin──▶ opening ──verified──▶ open
 *                    ▲  ▲                │                    │ dead
 *                    │  └──── failed ────┘                    ▼
 *                    └──────────── new attempt ─────────── repairing
 *
 * Of two peers one initiates, for life: only it raises the attempt number, and the other can only
 * ask it to. A new path is verified before the old one is let go, so a repair costs nothing that
 * still works.
 */
import type { Clock } from "../clock.ts";
import type { Lane, Path, PathEvents } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { Signal, SignalData } from "../signaling/events.ts";
import { type HealthState, PathHealth } from "./health.ts";

/** First back-off after a failed attempt, doubled with each and drawn with full jitter. */
const BACKOFF_FIRST_MS = 500;
/** A minute long a lost path is tried often, so that it is back within seconds of the network … */
const BACKOFF_MOST_MS = 4_000;
const BACKOFF_EAGER_TRIES = 15;
/** … and after that now and then. */
const BACKOFF_RARE_MS = 30_000;
/** An ICE restart that has not brought answers by now gives way to a new attempt. */
const RESTART_LIMIT_MS = 3_000;
/** What the responder waits for the initiator to act by itself before it asks. */
const ASK_AFTER_MS = 2_500;
/** A peer that asks for retries gets them no closer together than this. */
const RETRY_SPACING_MS = 1_000;

/** A WebRTC path as the upgrade needs it. */
export interface OpenablePath extends Path {
  readonly kind: "direct" | "relay" | null;
  signal(data: SignalData): void;
  /** Begins an ICE restart with fresh ICE servers; false where it would not help. */
  restartIce(): boolean;
}

export interface AttemptOptions {
  readonly initiator: boolean;
  readonly events: PathEvents & { onKind(kind: "direct" | "relay"): void };
  sendSignal(data: SignalData): void;
}

export interface UpgradeOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly initiator: boolean;
  /** A number higher than all before it in this room, so that a new link cannot repeat an old one's. */
  nextAttempt(): number;
  /** Opens a path; a reason when there can be none now. */
  open(options: AttemptOptions): OpenablePath | PathReason;
  /** Whether signals can reach the peer now. */
  reachable(): boolean;
  sendSignal(signal: Signal): void;
  sendProbe(path: Path, n: number, lane: Lane): void;
  hidden(): boolean;
  onFrame(frame: Uint8Array, lane: Lane, slot: PathSlot): void;
  /** Carriers, kind or reason changed. */
  onChange(): void;
}

export type UpgradeState = "off" | "waiting" | "opening" | "open" | "repairing";

/** One path and what is known of it. */
export class PathSlot {
  readonly attempt: number;
  path: OpenablePath | null = null;
  health: PathHealth | null = null;
  kind: "direct" | "relay" | null = null;
  signalsSent = 0;
  readonly signalsSeen = new Set<number>();

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  close(): void {
    this.health?.stop();
    this.path?.close();
    this.path = null;
  }
}

export class Upgrade {
  readonly #options: UpgradeOptions;
  #state: UpgradeState = "off";
  #attempt = 0;
  #attempts = 0;
  #failures = 0;
  #reason: PathReason | null = "connecting";
  #current: PathSlot | null = null;
  #opening: PathSlot | null = null;
  #cancelTimer: (() => void) | null = null;
  #lastBegun = Number.NEGATIVE_INFINITY;
  #restarted = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
  }

  get state(): UpgradeState {
    return this.#state;
  }
  /** Number of the newest attempt; 0 before the first. */
  get attempt(): number {
    return this.#attempt;
  }
  /** Attempts begun or joined. */
  get attempts(): number {
    return this.#attempts;
  }
  get reason(): PathReason | null {
    return this.#reason;
  }
  /** The path that carries frames, or did until it died. */
  get current(): PathSlot | null {
    return this.#current;
  }

  /** Lets WebRTC be used from now on, or not any more for `reason`. */
  allow(reason: PathReason | null): void {
    if (reason !== null) {
      this.#stop();
      this.#reason = reason;
      this.#options.onChange();
    } else if (this.#state === "off") {
      this.#state = "waiting";
      this.#reason = "connecting";
      this.#options.onChange();
      if (this.#options.initiator) this.#begin();
      else this.#askLater();
    }
  }

  /** The network changed, signaling is back, or the machine woke: no more waiting. */
  retryNow(): void {
    if (this.#state === "off" || this.#state === "open") return;
    this.#failures = 0;
    if (this.#opening !== null) return;
    if (this.#options.initiator) this.#repair();
    else this.#ask();
  }

  /** A signal of the peer. Returns a kind of refusal, or null. */
  signal(signal: Signal): string | null {
    if (this.#state === "off") return null;
    if (signal.data.type === "retry") {
      this.#asked(signal.attempt);
      return null;
    }
    if (signal.attempt > this.#attempt) {
      if (this.#options.initiator) return "signal-attempt";
      this.#begin(signal.attempt);
    }
    const slot =
      this.#opening?.attempt === signal.attempt
        ? this.#opening
        : this.#current?.attempt === signal.attempt
          ? this.#current
          : null;
    if (slot === null || slot.signalsSeen.has(signal.index)) return null;
    slot.signalsSeen.add(signal.index);
    slot.path?.signal(signal.data);
    return null;
  }

  close(): void {
    this.#stop();
  }

  #asked(attempt: number): void {
    if (!this.#options.initiator) return;
    if (this.#opening !== null && attempt >= this.#attempt) return;
    // Who names an older attempt has not seen the newest: its offer is under way, or was lost.
    const spacing = attempt < this.#attempt ? 2 * RETRY_SPACING_MS : RETRY_SPACING_MS;
    if (this.#options.clock.now() - this.#lastBegun >= spacing) this.#begin();
  }

  #stop(): void {
    this.#state = "off";
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#opening?.close();
    this.#current?.close();
    this.#opening = this.#current = null;
  }

  #begin(attempt?: number): void {
    if (attempt === undefined && !this.#options.reachable()) {
      // `retryNow` is called when that changes.
      this.#state = this.#current === null ? "waiting" : "repairing";
      return;
    }
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#opening?.close();
    this.#attempt = attempt ?? this.#options.nextAttempt();
    this.#attempts += 1;
    this.#lastBegun = this.#options.clock.now();
    const slot = new PathSlot(this.#attempt);
    this.#opening = slot;
    this.#state = this.#current === null ? "opening" : "repairing";
    const opened = this.#options.open({
      initiator: this.#options.initiator,
      sendSignal: (data) => this.#send(slot, data),
      events: {
        onKind: (kind) => {
          slot.kind = kind;
          this.#options.onChange();
        },
        onOpen: () => this.#opened(slot),
        onFrame: (frame, lane) => {
          slot.health?.heard();
          this.#options.onFrame(frame, lane, slot);
        },
        onClose: (reason) => this.#closed(slot, asReason(reason)),
      },
    });
    if (typeof opened === "string") this.#closed(slot, opened);
    else if (this.#opening === slot || this.#current === slot) slot.path = opened;
    else opened.close();
  }

  #send(slot: PathSlot, data: SignalData): void {
    this.#options.sendSignal({ attempt: slot.attempt, index: slot.signalsSent++, data });
  }

  #opened(slot: PathSlot): void {
    if (slot !== this.#opening || slot.health !== null) return;
    slot.health = new PathHealth({
      clock: this.#options.clock,
      send: (n, lane) => {
        if (slot.path !== null) this.#options.sendProbe(slot.path, n, lane);
      },
      hidden: this.#options.hidden,
      onChange: (state) => this.#healthChanged(slot, state),
    });
  }

  #healthChanged(slot: PathSlot, state: HealthState): void {
    if (state === "live") {
      if (slot === this.#opening) {
        this.#opening = null;
        this.#current?.close();
        this.#current = slot;
      }
      if (slot !== this.#current) return;
      this.#cancelTimer?.();
      this.#cancelTimer = null;
      this.#failures = 0;
      this.#restarted = false;
      this.#state = "open";
      this.#reason = null;
    } else if (state === "dead") {
      if (slot === this.#opening) this.#closed(slot, "timeout");
      if (slot !== this.#current) return;
      this.#state = "repairing";
      this.#reason = "path-lost";
      if (this.#options.initiator) this.#repair();
      else this.#askLater();
    }
    this.#options.onChange();
  }

  /** An ICE restart where it helps and was not just tried, otherwise a new attempt. */
  #repair(): void {
    const slot = this.#current;
    if (slot?.path && !this.#restarted && this.#options.reachable() && slot.path.restartIce()) {
      this.#restarted = true;
      this.#after(RESTART_LIMIT_MS, () => this.#begin());
    } else {
      this.#begin();
    }
  }

  #closed(slot: PathSlot, reason: PathReason): void {
    slot.close();
    if (slot === this.#current) {
      this.#current = null;
      this.#reason = "path-lost";
      if (this.#opening === null) {
        this.#state = "waiting";
        if (this.#options.initiator) this.#begin();
        else this.#askLater();
      }
    } else if (slot === this.#opening) {
      this.#opening = null;
      this.#state = this.#current === null ? "waiting" : "repairing";
      this.#reason = reason;
      this.#failures += 1;
      if (this.#options.initiator) this.#after(this.#backoff(), () => this.#begin());
      else this.#askLater();
    } else {
      return;
    }
    this.#options.onChange();
  }

  #backoff(): number {
    const most = this.#failures > BACKOFF_EAGER_TRIES ? BACKOFF_RARE_MS : BACKOFF_MOST_MS;
    return this.#options.random() * Math.min(most, BACKOFF_FIRST_MS * 2 ** this.#failures);
  }

  #askLater(): void {
    this.#after(ASK_AFTER_MS + this.#backoff(), () => this.#ask());
  }

  /** Only the initiator raises the attempt; this asks it to. */
  #ask(): void {
    if (this.#opening === null && this.#options.reachable()) {
      this.#options.sendSignal({ attempt: this.#attempt, index: 0, data: { type: "retry" } });
    }
    this.#failures += 1;
    this.#askLater();
  }

  #after(ms: number, task: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#cancelTimer = null;
      task();
    });
  }
}

const REASONS: readonly string[] = [
  "ice-failed",
  "timeout",
  "too-many-connections",
  "turn-unreachable",
  "turn-unauthorized",
];

function asReason(reason: string): PathReason {
  return REASONS.includes(reason) ? (reason as PathReason) : "path-lost";
}
