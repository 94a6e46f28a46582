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
import { type LinkUpgrade, MAX_EARLY_SIGNALS } from "./standby.ts";

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
/** What was just tried is not tried again for being asked to, or because the network changed. */
const RETRY_SPACING_MS = 1_000;
/** A path that lived for less counts as a failed attempt: no hurry to make the next. */
const SHORT_LIFE_MS = 5_000;
/** Attempts that the peer can make us join or begin within a minute: each costs a connection. */
const MAX_FORCED = 12;
const FORCED_WINDOW_MS = 60_000;
/** Signals of one attempt: some ten for each ICE restart. */
const MAX_SIGNALS = 4_096;
/** Attempt numbers beyond this are nonsense; below it they can be added to safely. */
const MAX_ATTEMPT = 2 ** 40;

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
  /** Of two peers the one that joined later. It changes when a peer left and came back unnoticed. */
  initiator(): boolean;
  /** A number higher than all before it in this room, so that a new link cannot repeat an old one's. */
  nextAttempt(): number;
  /** Opens a path; a reason when there can be none now. */
  open(options: AttemptOptions): OpenablePath | PathReason;
  /** Whether signals can reach the peer now. */
  reachable(): boolean;
  sendSignal(signal: Signal): void;
  sendProbe(path: Path, n: number, lane: Lane): boolean;
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
  liveSince: number | null = null;
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

export class Upgrade implements LinkUpgrade {
  readonly #options: UpgradeOptions;
  #state: UpgradeState = "off";
  #attempt = 0;
  #attempts = 0;
  #failures = 0;
  #reason: PathReason | null = "connecting";
  #current: PathSlot | null = null;
  #opening: PathSlot | null = null;
  #cancelTimer: (() => void) | null = null;
  #lastTried = Number.NEGATIVE_INFINITY;
  #restarted = false;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** Highest attempt that the peer named: the next must be higher, or it would be dropped as old. */
  #heardAttempt = 0;
  /** When the peer made us begin or join attempts. */
  #forced: number[] = [];
  #early: Signal[] = [];

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
  get closedAt(): number {
    return this.#closedAt;
  }
  /** The path that carries frames, or did until it died. */
  get current(): PathSlot | null {
    return this.#current;
  }

  /** Lets WebRTC be used from now on, or not any more for `reason`. */
  allow(reason: PathReason | null): void {
    if (reason !== null) {
      if (this.#state === "off" && this.#reason === reason) return;
      if (this.#state !== "off") this.#stop();
      this.#reason = reason;
      this.#options.onChange();
    } else if (this.#state === "off") {
      this.#state = "waiting";
      this.#reason = "connecting";
      this.#failures = 0;
      const early = this.#early.splice(0);
      this.#options.onChange();
      this.#tryAnew();
      for (const signal of early) this.signal(signal);
    }
  }

  /** The network changed, signaling is back, or the machine woke: no more waiting. */
  retryNow(): void {
    if (this.#state === "off" || this.#state === "open") return;
    this.#failures = 0;
    if (this.#opening !== null) return;
    const justTried = this.#options.clock.now() - this.#lastTried < RETRY_SPACING_MS;
    if (justTried && this.#cancelTimer !== null) return;
    if (this.#options.initiator()) this.#repair();
    else this.#ask();
  }

  /** The attempt that the peer's hello names. */
  heardOf(attempt: number): void {
    if (attempt > this.#heardAttempt && attempt <= MAX_ATTEMPT) this.#heardAttempt = attempt;
  }

  /** A signal of the peer. Returns a kind of refusal, or null. */
  signal(signal: Signal): string | null {
    if (signal.attempt > MAX_ATTEMPT) return "signal-attempt";
    if (this.#state === "off") {
      // The peer may be a moment ahead: of our seat, or of our loading of WebRTC.
      if (this.#early.length >= MAX_EARLY_SIGNALS) return "signal-early";
      this.#early.push(signal);
      return null;
    }
    this.heardOf(signal.attempt);
    if (signal.data.type === "retry") return this.#asked(signal.attempt);
    if (signal.attempt > this.#attempt) {
      if (this.#options.initiator()) return "signal-attempt";
      if (!this.#mayForce()) return "signal-rate";
      this.#begin(signal.attempt);
    }
    const slot =
      this.#opening?.attempt === signal.attempt
        ? this.#opening
        : this.#current?.attempt === signal.attempt
          ? this.#current
          : null;
    if (slot === null || slot.signalsSeen.has(signal.index)) return null;
    if (slot.signalsSeen.size >= MAX_SIGNALS) return "signal-rate";
    slot.signalsSeen.add(signal.index);
    slot.path?.signal(signal.data);
    return null;
  }

  close(): void {
    this.#stop();
  }

  #asked(attempt: number): string | null {
    if (!this.#options.initiator()) return null;
    // It knows the attempt that is under way and will see how that goes.
    if (this.#opening !== null && attempt === this.#attempt) return null;
    // Who names an older attempt has not seen the newest: its offer is under way, or was lost.
    const spacing = attempt < this.#attempt ? 2 * RETRY_SPACING_MS : RETRY_SPACING_MS;
    if (this.#options.clock.now() - this.#lastTried < spacing) return null;
    if (!this.#mayForce()) return "signal-rate";
    this.#begin();
    return null;
  }

  /** Whether the peer may make us open one more connection; counts it when it may. */
  #mayForce(): boolean {
    const now = this.#options.clock.now();
    this.#forced = this.#forced.filter((at) => now - at < FORCED_WINDOW_MS);
    if (this.#forced.length >= MAX_FORCED) return false;
    this.#forced.push(now);
    return true;
  }

  #stop(): void {
    this.#state = "off";
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#opening?.close();
    this.#current?.close();
    this.#opening = this.#current = null;
    this.#early = [];
    this.#restarted = false;
  }

  #tryAnew(): void {
    if (this.#options.initiator()) this.#begin();
    else this.#askLater();
  }

  /** Whether the path in use works, so that nothing needs to be tried. */
  get #works(): boolean {
    return this.#current?.health?.usable ?? false;
  }

  #begin(attempt?: number): void {
    if (attempt === undefined && !this.#options.reachable()) {
      // `retryNow` is called when that changes.
      this.#settle();
      return;
    }
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    // The initiator begins anew when the attempt before has failed, and may see that before we do.
    const unnoticed = this.#opening !== null && this.#reason === "connecting";
    if (unnoticed) this.#reason = "ice-failed";
    this.#opening?.close();
    this.#attempt = attempt ?? this.#higherAttempt();
    this.#attempts += 1;
    this.#lastTried = this.#options.clock.now();
    const slot = new PathSlot(this.#attempt);
    this.#opening = slot;
    this.#settle();
    if (unnoticed) this.#options.onChange();
    const opened = this.#options.open({
      initiator: this.#options.initiator(),
      sendSignal: (data) => this.#send(slot, data),
      events: {
        onKind: (kind) => {
          slot.kind = kind;
          if (slot === this.#current) this.#options.onChange();
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

  #higherAttempt(): number {
    let attempt = this.#options.nextAttempt();
    const known = Math.max(this.#attempt, this.#heardAttempt);
    if (attempt <= known) attempt = known + 1;
    return attempt;
  }

  /** The state that follows from the paths there are. */
  #settle(): void {
    if (this.#works) this.#state = "open";
    else if (this.#current !== null) this.#state = "repairing";
    else this.#state = this.#opening === null ? "waiting" : "opening";
  }

  #send(slot: PathSlot, data: SignalData): void {
    this.#options.sendSignal({ attempt: slot.attempt, index: slot.signalsSent++, data });
  }

  #opened(slot: PathSlot): void {
    if (slot !== this.#opening || slot.health !== null) return;
    slot.health = new PathHealth({
      clock: this.#options.clock,
      send: (n, lane) => slot.path !== null && this.#options.sendProbe(slot.path, n, lane),
      hidden: this.#options.hidden,
      onChange: (state) => this.#healthChanged(slot, state),
    });
  }

  #healthChanged(slot: PathSlot, state: HealthState): void {
    if (state === "dead" && slot === this.#opening) {
      this.#closed(slot, "timeout");
      return;
    }
    if (state === "live") {
      if (slot === this.#opening) {
        this.#opening = null;
        this.#current?.close();
        this.#current = slot;
      }
      slot.liveSince ??= this.#options.clock.now();
      // One that recovered while its successor opens does not stop that: the peer may see it dead.
      this.#cancelTimer?.();
      this.#cancelTimer = null;
      this.#restarted = false;
      this.#reason = null;
    } else if (state === "dead") {
      this.#ended(slot);
      this.#reason = "path-lost";
      if (this.#opening === null) {
        if (this.#options.initiator()) this.#repair();
        else this.#askLater();
      }
    }
    this.#settle();
    this.#options.onChange();
  }

  /** An ICE restart where it helps and was not just tried, otherwise a new attempt. */
  #repair(): void {
    const slot = this.#current;
    if (slot?.path && !this.#restarted && this.#options.reachable() && slot.path.restartIce()) {
      this.#restarted = true;
      this.#lastTried = this.#options.clock.now();
      this.#after(RESTART_LIMIT_MS, () => this.#begin());
    } else {
      this.#begin();
    }
  }

  #closed(slot: PathSlot, reason: PathReason): void {
    if (slot === this.#current && slot.health?.usable) this.#closedAt = this.#options.clock.now();
    slot.close();
    if (slot === this.#current) {
      this.#current = null;
      this.#reason = "path-lost";
      if (this.#opening === null) {
        if (this.#ended(slot)) this.#tryAnew();
        else this.#failed();
      }
    } else if (slot === this.#opening) {
      this.#opening = null;
      if (!this.#works) {
        this.#reason = reason;
        this.#failed();
      }
    } else {
      return;
    }
    this.#settle();
    this.#options.onChange();
  }

  /** A path in use died. True when it had lived long enough to make nothing of its failures. */
  #ended(slot: PathSlot): boolean {
    const { liveSince } = slot;
    slot.liveSince = null;
    if (liveSince === null || this.#options.clock.now() - liveSince < SHORT_LIFE_MS) return false;
    this.#failures = 0;
    return true;
  }

  /** What was tried did not work, or not for long: try again in a while. */
  #failed(): void {
    this.#failures += 1;
    if (this.#options.initiator()) this.#after(this.#backoff(), () => this.#begin());
    else this.#askLater();
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
