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
import type { Lane, Path, PathEvents } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { Signal, SignalData } from "../signaling/events.ts";
import { DirectSearch } from "./direct-search.ts";
import { type HealthState, PathHealth } from "./health.ts";
import { Pace } from "./pace.ts";
import { type OpenablePath, PathSlot } from "./path-slot.ts";
import { type LinkUpgrade, MAX_EARLY_SIGNALS } from "./standby.ts";

export type { OpenablePath, PathSlot };

/** An ICE restart that has not brought answers by now gives way to a new attempt. */
const RESTART_LIMIT_MS = 3_000;
/** What the responder waits for the initiator to act by itself before it asks. */
const ASK_AFTER_MS = 2_500;
/** A path that lived for less counts as a failed attempt: no hurry to make the next. */
const SHORT_LIFE_MS = 5_000;
/**
 * A second path that works is kept for so long: the one just replaced until the peer has verified
 * the new one too, a new relay beside another until ICE has looked for better.
 */
const SPARE_MS = 2_000;
/** The responder leaves that to the initiator, but not for ever. */
const RESPONDERS_SPARE_MS = 10_000;
/** Signals of one attempt: some ten for each ICE restart. */
const MAX_SIGNALS = 4_096;
/** Attempt numbers beyond this are nonsense; below it they can be added to safely. */
const MAX_ATTEMPT = 2 ** 40;

export interface AttemptOptions {
  readonly initiator: boolean;
  /** The link works without it: it may only take what others leave over. */
  readonly optional: boolean;
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

export class Upgrade implements LinkUpgrade {
  readonly #options: UpgradeOptions;
  #state: UpgradeState = "off";
  #attempt = 0;
  #attempts = 0;
  readonly #pace: Pace;
  readonly #search: DirectSearch;
  #reason: PathReason | null = "connecting";
  #current: PathSlot | null = null;
  #opening: PathSlot | null = null;
  /** Verified, but not in use, for a moment. */
  #spare: PathSlot | null = null;
  #cancelSpare: (() => void) | null = null;
  #cancelTimer: (() => void) | null = null;
  #restarted = false;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** Highest attempt that the peer named: the next must be higher, or it would be dropped as old. */
  #heardAttempt = 0;
  #early: Signal[] = [];

  constructor(options: UpgradeOptions) {
    const { clock, random } = options;
    this.#options = options;
    this.#pace = new Pace(clock, random);
    this.#search = new DirectSearch(clock, random, () => this.#begin(undefined, true));
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
      this.#pace.forgive();
      const early = this.#early.splice(0);
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
    if (this.#opening !== null) return;
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
      if (!this.#pace.mayForce()) return "signal-rate";
      this.#begin(signal.attempt, this.#works);
    }
    const slots = [this.#opening, this.#spare, this.#current];
    const slot = slots.find((each) => each?.attempt === signal.attempt);
    if (!slot || slot.signalsSeen.has(signal.index)) return null;
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
    // It knows the attempt that is under way and will see how that goes; one that was only to look
    // for better it may have turned down, and now needs.
    const underWay = this.#opening !== null && !this.#opening.optional;
    if (underWay && attempt === this.#attempt) return null;
    // Who names an older attempt has not seen the newest: its offer is under way, or was lost.
    if (this.#pace.justTried(attempt < this.#attempt ? 2 : 1)) return null;
    if (!this.#pace.mayForce()) return "signal-rate";
    this.#begin();
    return null;
  }

  #stop(): void {
    this.#state = "off";
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#opening?.close();
    this.#current?.close();
    this.#opening = this.#current = null;
    this.#dropSpare();
    this.#search.want(false);
    this.#early = [];
    this.#restarted = false;
  }

  #tryAnew(): void {
    if (this.#options.initiator()) this.#begin();
    else this.#askLater();
  }

  /** Whether the path in use works, so that nothing needs to be tried. */
  get #works(): boolean {
    return this.#current?.works ?? false;
  }

  #begin(attempt?: number, optional = false): void {
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
    this.#pace.tried();
    const slot = new PathSlot(this.#attempt, optional);
    this.#opening = slot;
    this.#settle();
    if (unnoticed) this.#options.onChange();
    const opened = this.#options.open({
      initiator: this.#options.initiator(),
      optional,
      sendSignal: (data) => this.#send(slot, data),
      events: {
        onKind: (kind) => {
          slot.kind = kind;
          this.#kindChanged(slot);
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
    const relay = this.#state === "open" && this.#current?.kind === "relay" ? this.#current : null;
    const idle = this.#opening === null && this.#spare === null;
    this.#search.want(idle && relay?.path?.relayOnly === false && this.#options.initiator());
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
    if (state === "dead" && slot !== this.#current) {
      this.#closed(slot, "timeout");
      return;
    }
    if (state === "live") {
      if (slot === this.#opening) {
        this.#opening = null;
        if (this.#isNoBetter(slot)) this.#keep(slot);
        else this.#use(slot);
      } else if (slot === this.#current) {
        this.#use(slot);
      }
    } else if (state === "dead") {
      this.#ended(slot);
      if (!this.#fallBack()) {
        this.#reason = "path-lost";
        if (this.#opening === null) {
          if (this.#options.initiator()) this.#repair();
          else this.#askLater();
        }
      }
    }
    this.#settle();
    this.#options.onChange();
  }

  /**
   * A new relay beside a path that works. The initiator knows whether it was to replace that path;
   * the responder learns it when the initiator lets that one go.
   */
  #isNoBetter(slot: PathSlot): boolean {
    const given = slot.optional || !this.#options.initiator();
    return given && slot.kind === "relay" && this.#current?.health?.state === "live";
  }

  /** Frames go over this one from now on, or again. */
  #use(slot: PathSlot): void {
    const before = this.#current;
    if (slot === this.#spare) this.#takeSpare();
    this.#current = slot;
    if (before !== slot) {
      // The peer may not have verified the new one yet, and still use the old one.
      if (before?.works) this.#keep(before);
      else before?.close();
    }
    if (slot.kind === "direct") this.#search.found();
    slot.liveSince ??= this.#options.clock.now();
    // One that recovered while its successor opens does not stop that: the peer may see it dead.
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#restarted = false;
    this.#reason = null;
  }

  #kindChanged(slot: PathSlot): void {
    if (slot === this.#current) {
      if (slot.kind === "direct") this.#search.found();
    } else if (
      slot === this.#spare &&
      slot.kind === "direct" &&
      slot.works &&
      this.#current?.kind === "relay"
    ) {
      this.#use(slot);
    } else {
      return;
    }
    this.#settle();
    this.#options.onChange();
  }

  #keep(slot: PathSlot): void {
    this.#dropSpare();
    this.#spare = slot;
    const ms = this.#options.initiator() ? SPARE_MS : RESPONDERS_SPARE_MS;
    this.#cancelSpare = this.#options.clock.after(ms, () => {
      this.#dropSpare();
      this.#settle();
    });
  }

  #takeSpare(): PathSlot | null {
    const spare = this.#spare;
    this.#spare = null;
    this.#cancelSpare?.();
    this.#cancelSpare = null;
    return spare;
  }

  #dropSpare(): void {
    this.#takeSpare()?.close();
  }

  /** The path in use died, but there is another. */
  #fallBack(): boolean {
    const spare = this.#spare;
    if (!spare?.works) return false;
    this.#use(spare);
    return true;
  }

  /** An ICE restart where it helps and was not just tried, otherwise a new attempt. */
  #repair(): void {
    const slot = this.#current;
    if (slot?.path && !this.#restarted && this.#options.reachable() && slot.path.restartIce()) {
      this.#restarted = true;
      this.#pace.tried();
      this.#after(RESTART_LIMIT_MS, () => this.#begin());
    } else {
      this.#begin();
    }
  }

  #closed(slot: PathSlot, reason: PathReason): void {
    const worked = slot.works;
    slot.close();
    if (slot === this.#current) {
      this.#current = null;
      const ended = this.#ended(slot);
      if (!this.#fallBack()) {
        if (worked) this.#closedAt = this.#options.clock.now();
        this.#reason = "path-lost";
        if (this.#opening === null) {
          if (ended) this.#tryAnew();
          else this.#failed();
        }
      }
    } else if (slot === this.#opening) {
      this.#opening = null;
      if (!this.#works) {
        this.#reason = reason;
        this.#failed();
      }
    } else if (slot === this.#spare) {
      this.#takeSpare();
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
    this.#pace.forgive();
    return true;
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
    if (this.#opening === null && this.#options.reachable()) {
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
