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
 * still works. While a relay is in use, now and then an attempt looks for a direct path beside it.
 */
import type { Clock } from "../clock.ts";
import type { Lane, Path } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { Signal, SignalData } from "../signaling/events.ts";
import { isSignalData } from "../signaling/webrtc-guards.ts";
import { DirectSearch } from "./direct-search.ts";
import { FLOOD_REST_MS } from "./intake.ts";
import { Pace } from "./pace.ts";
import type { OpenablePath, PathSlot, SlotEvents } from "./path-slot.ts";
import { EarlySignals, type LinkUpgrade } from "./standby.ts";
import { Switchover } from "./switchover.ts";

export type { OpenablePath, PathSlot };

/** An ICE restart that has not brought answers by now gives way to a new attempt. */
const RESTART_LIMIT_MS = 3_000;
/** What the responder waits for the initiator to act by itself before it asks. */
const ASK_AFTER_MS = 2_500;
/** A path that lived for less counts as a failed attempt: no hurry to make the next. */
const SHORT_LIFE_MS = 5_000;
/** Signals of one attempt: some ten for each ICE restart. */
const MAX_SIGNALS = 4_096;
/** Attempt numbers beyond this are nonsense; below it they can be added to safely. */
const MAX_ATTEMPT = 2 ** 40;

export interface AttemptOptions {
  readonly initiator: boolean;
  /** The link works without it: it may only take what others leave over. */
  readonly optional: boolean;
  /** Stands for the peer when it is its wish; null when it is ours. */
  readonly forcedBy: object | null;
  readonly events: SlotEvents;
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
  /** What came was dropped, by what it was. */
  onRefused(kind: string): void;
  /** Carriers, kind or reason changed. */
  onChange(): void;
}

interface Beginning {
  /** The peer's, which is joined. */
  readonly attempt?: number;
  readonly optional?: boolean;
  /** The peer makes us. */
  readonly forced?: boolean;
}

export type UpgradeState = "off" | "waiting" | "opening" | "open" | "repairing";

export class Upgrade implements LinkUpgrade {
  readonly #options: UpgradeOptions;
  #state: UpgradeState = "off";
  #attempt = 0;
  #attempts = 0;
  readonly #pace: Pace;
  readonly #search: DirectSearch;
  #reason: PathReason | null = "connecting";
  readonly #paths: Switchover;
  #cancelTimer: (() => void) | null = null;
  #restarted = false;
  /** Highest attempt that the peer named: the next must be higher, or it would be dropped as old. */
  #heardAttempt = 0;
  readonly #early = new EarlySignals();
  #isAllowed = false;
  /** Ends the rest after a flood; null where there was none. */
  #cancelRest: (() => void) | null = null;

  constructor(options: UpgradeOptions) {
    const { clock, random } = options;
    this.#options = options;
    this.#pace = new Pace(clock, random);
    this.#search = new DirectSearch(clock, random, () => this.#begin({ optional: true }));
    this.#paths = new Switchover({
      ...options,
      onUsed: () => this.#used(),
      onLost: (slot) => this.#lost(slot),
      onFlood: () => this.#flooded(),
      onFailed: (reason) => {
        if (this.#paths.works) return;
        this.#reason = reason;
        this.#failed();
      },
      onChange: () => {
        this.#settle();
        options.onChange();
      },
    });
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
    return this.#paths.closedAt;
  }
  /** The path that carries frames, or did until it died. */
  get current(): PathSlot | null {
    return this.#paths.current;
  }

  /** Lets WebRTC be used from now on, or not any more for `reason`. */
  allow(reason: PathReason | null): void {
    this.#isAllowed = reason === null;
    if (reason === null && this.#cancelRest !== null) this.#setOff("flooded");
    else if (reason !== null) this.#setOff(reason);
    else if (this.#state === "off") {
      this.#state = "waiting";
      this.#reason = "connecting";
      this.#pace.forgive();
      const early = this.#early.take();
      this.#options.onChange();
      this.#tryAnew();
      for (const signal of early) this.signal(signal);
    }
  }

  /** The network changed, signaling is back, or the machine woke: no more waiting. */
  retryNow(): void {
    this.#search.hurry();
    if (this.#state === "off" || this.#state === "open") return;
    this.#pace.forgive();
    if (this.#paths.opening !== null) return;
    if (this.#pace.justTried() && this.#cancelTimer !== null) return;
    if (this.#options.initiator()) this.#repair();
    else this.#ask();
  }

  /** The attempt that the peer's hello names. */
  heardOf(attempt: number): void {
    if (attempt > this.#heardAttempt && attempt <= MAX_ATTEMPT) this.#heardAttempt = attempt;
  }

  /** A signal of the peer. Returns a kind of refusal, or null. */
  signal(signal: Signal): string | null {
    if (!isSignalData(signal.data)) return "signal";
    if (signal.attempt > MAX_ATTEMPT) return "signal-attempt";
    this.heardOf(signal.attempt);
    // The peer may be a moment ahead: of our seat, or of our loading of WebRTC.
    if (this.#state === "off") return this.#early.keep(signal);
    if (signal.data.type === "retry") return this.#asked(signal.attempt);
    if (signal.attempt > this.#attempt) {
      if (this.#options.initiator()) return "signal-attempt";
      if (!this.#pace.mayForce()) return "signal-rate";
      this.#begin({ attempt: signal.attempt, optional: this.#paths.works, forced: true });
    }
    const slot = this.#paths.of(signal.attempt);
    if (slot === null || slot.signalsSeen.has(signal.index)) return null;
    if (slot.signalsSeen.size >= MAX_SIGNALS) return "signal-rate";
    slot.signalsSeen.add(signal.index);
    slot.path?.signal(signal.data);
    return null;
  }

  close(): void {
    this.#stop();
    this.#cancelRest?.();
  }

  #setOff(reason: PathReason): void {
    if (this.#state === "off" && this.#reason === reason) return;
    if (this.#state !== "off") this.#stop();
    this.#reason = reason;
    this.#options.onChange();
  }

  /** Over the server nobody can send that much. */
  #flooded(): void {
    if (this.#state === "off") return;
    this.#options.onRefused("flood");
    this.#cancelRest?.();
    this.#cancelRest = this.#options.clock.after(FLOOD_REST_MS, () => {
      this.#cancelRest = null;
      if (this.#isAllowed) this.allow(null);
    });
    this.#setOff("flooded");
  }

  #asked(attempt: number): string | null {
    if (!this.#options.initiator()) return null;
    // It knows the attempt that is under way and will see how that goes; one that was only to look
    // for better it may have turned down, and now needs.
    const underWay = this.#paths.opening !== null && !this.#paths.opening.optional;
    if (underWay && attempt === this.#attempt) return null;
    // Who names an older attempt has not seen the newest: its offer is under way, or was lost.
    if (this.#pace.justTried(attempt < this.#attempt ? 2 : 1)) return null;
    if (!this.#pace.mayForce()) return "signal-rate";
    this.#begin({ forced: true });
    return null;
  }

  #stop(): void {
    this.#state = "off";
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#paths.close();
    this.#search.want(false);
    this.#early.take();
    this.#restarted = false;
  }

  #tryAnew(): void {
    if (this.#options.initiator()) this.#begin();
    else this.#askLater();
  }

  #begin({ attempt, optional = false, forced = false }: Beginning = {}): void {
    if (attempt === undefined && !this.#options.reachable()) {
      // `retryNow` is called when that changes.
      this.#settle();
      return;
    }
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    // The initiator begins anew when the attempt before has failed, and may see that before we do.
    const { opening } = this.#paths;
    const unnoticed = opening !== null && this.#reason === "connecting";
    if (unnoticed) this.#reason = opening.path?.relayFailure ?? "ice-failed";
    this.#attempt = attempt ?? this.#higherAttempt();
    this.#attempts += 1;
    this.#pace.tried();
    const slot = this.#paths.begin(this.#attempt, optional);
    this.#settle();
    if (unnoticed) this.#options.onChange();
    const opened = this.#options.open({
      initiator: this.#options.initiator(),
      optional,
      forcedBy: forced ? this.#pace : null,
      sendSignal: (data) => this.#send(slot, data),
      events: this.#paths.eventsOf(slot),
    });
    this.#paths.made(slot, opened);
  }

  #higherAttempt(): number {
    let attempt = this.#options.nextAttempt();
    const known = Math.max(this.#attempt, this.#heardAttempt);
    if (attempt <= known) attempt = known + 1;
    return attempt;
  }

  /** The state that follows from the paths there are. */
  #settle(): void {
    const { current, opening, works, isQuiet } = this.#paths;
    if (works) this.#state = "open";
    else if (current !== null) this.#state = "repairing";
    else this.#state = opening === null ? "waiting" : "opening";
    if (works && current?.kind === "direct") this.#search.found();
    const onRelay = works && current?.kind === "relay" && current.path?.relayOnly === false;
    this.#search.want(onRelay && isQuiet && this.#options.initiator());
  }

  #send(slot: PathSlot, data: SignalData): void {
    this.#options.sendSignal({ attempt: slot.attempt, index: slot.signalsSent++, data });
  }

  #used(): void {
    // One that recovered while its successor opens does not stop that: the peer may see it dead.
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#restarted = false;
    this.#reason = null;
  }

  #lost(slot: PathSlot): void {
    const { liveSince } = slot;
    slot.liveSince = null;
    const now = this.#options.clock.now();
    const lived = liveSince !== null && now - liveSince >= SHORT_LIFE_MS;
    // It had worked for long enough to make nothing of what had failed before.
    if (lived) this.#pace.forgive();
    this.#reason = "path-lost";
    if (this.#paths.opening !== null) return;
    if (this.#paths.current === null && !lived) this.#failed();
    else if (!this.#options.initiator()) this.#askLater();
    else this.#repair();
  }

  /** An ICE restart where it helps and was not just tried, otherwise a new attempt. */
  #repair(): void {
    const slot = this.#paths.current;
    if (slot?.path && !this.#restarted && this.#options.reachable() && slot.path.restartIce()) {
      this.#restarted = true;
      this.#pace.tried();
      this.#after(RESTART_LIMIT_MS, () => this.#begin());
    } else {
      this.#begin();
    }
  }

  /** What was tried did not work, or not for long: try again in a while. */
  #failed(): void {
    this.#pace.failed();
    if (this.#options.initiator()) this.#after(this.#pace.backoff(), () => this.#begin());
    else this.#askLater();
  }

  #askLater(): void {
    this.#after(ASK_AFTER_MS + this.#pace.backoff(), () => this.#ask());
  }

  /** Only the initiator raises the attempt; this asks it to. */
  #ask(): void {
    if (this.#paths.opening === null && this.#options.reachable()) {
      this.#options.sendSignal({ attempt: this.#attempt, index: 0, data: { type: "retry" } });
    }
    this.#pace.failed();
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
