/**
 * Whether one WebRTC path works, told by probes. Browsers take 6 to 30 s to notice that a path is
 * dead; this takes a fifth of a second while something streams over it.
 *
 *   verifying ──3 answers──▶ live ──silent──▶ suspect ──silent 2 s more──▶ dead
 *                             ▲                  │                          │
 *                             └──answers for 1 s─┘     verifying ◀──answer──┘
 *
 * Whatever arrives is a sign of life. Yet only answers show that what goes out arrives too: a path
 * that is open in one direction only is told by the probes that stay without one.
 *
 * Pure apart from the clock: `send` puts a probe on the path, and whoever owns the path reports
 * what arrives.
 */
import type { Clock } from "../clock.ts";
import type { Lane } from "../path/path.ts";
import { RoundTrip } from "./round-trip.ts";

export type HealthState = "verifying" | "live" | "suspect" | "dead" | "stopped";

/** Answers that make an opened path trusted: one could be luck, and both lanes are to be seen. */
export const ANSWERS_TO_VERIFY = 3;
/** Between probes while frames stream out: two go unanswered before silence is called silence. */
export const BUSY_PROBE_MS = 100;
/** Between probes of a dead path, in case the network gives it back. */
export const DEAD_PROBE_MS = 1_000;
/** Between probes of an idle path: often enough to keep NAT bindings (30 s and more) open. */
export const IDLE_PROBE_MS = 5_000;
/** How long after the last frame sent a path counts as streaming. */
export const BUSY_FOR_MS = 500;
/** Least silence that makes a path suspect; below it, scheduling noise would. */
export const SUSPECT_AFTER_MS = 200;
/** The same while a tab at either end is hidden: its timers run once a second. */
export const SUSPECT_AFTER_HIDDEN_MS = 3_000;
/** Answers must go on for this long before a suspect path is trusted again. */
export const RECOVERED_AFTER_MS = 1_000;
/** Silence of a suspect path after which it is given up. */
export const DEAD_AFTER_MS = 2_000;
/** A path that opened and is not verified by now is not going to be. */
export const VERIFY_LIMIT_MS = 5_000;
/** Frames arrive but no answer does: how many times the limit of silence that may go on. */
const UNANSWERED_LIMITS = 2;
/** A timer this late means that this very page was held up: silence then says nothing. */
const HELD_UP_MS = 100;
/** The same in a hidden tab, whose timers run once a second. */
const HELD_UP_HIDDEN_MS = 1_500;
/** Probes awaiting an answer that are remembered for the round-trip time. */
const REMEMBERED_PROBES = 64;

export interface HealthOptions {
  readonly clock: Clock;
  /** Puts probe `n` on the path; false when the path has no room for it. */
  send(n: number, lane: Lane): boolean;
  /** Whether a tab at either end is hidden. */
  hidden(): boolean;
  onChange(state: HealthState, previous: HealthState): void;
}

export class PathHealth {
  readonly roundTrip = new RoundTrip();
  readonly #options: HealthOptions;
  #state: HealthState = "verifying";
  #answers = 0;
  #next = 1;
  readonly #sentAt = new Map<number, number>();
  #lastProbe = Number.NEGATIVE_INFINITY;
  #lastStreamed = Number.NEGATIVE_INFINITY;
  /** Since when silence counts: the last sign of life, or the first probe that had none to follow. */
  #silentSince: number;
  /** Whether a probe was sent since the last sign of life; without one, silence is no sign. */
  #asked = false;
  /** When the first probe since the last answer went out; null when all are answered. */
  #unansweredSince: number | null = null;
  #verifyingSince: number;
  #suspectSince = 0;
  #answeringSince: number | null = null;
  #cancelTimer: (() => void) | null = null;
  #timerDue = 0;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#silentSince = this.#verifyingSince = options.clock.now();
    this.#probe();
    this.#arm();
  }

  get state(): HealthState {
    return this.#state;
  }

  /** Frames go this way and it is believed to work. */
  get usable(): boolean {
    return this.#state === "live" || this.#state === "suspect";
  }

  /** A frame of the app went out over the path. */
  streamed(): void {
    const now = this.#options.clock.now();
    const wasIdle = now - this.#lastStreamed > BUSY_FOR_MS;
    this.#lastStreamed = now;
    if (!wasIdle || this.#state === "stopped") return;
    if (now - this.#lastProbe >= BUSY_PROBE_MS) this.#probe();
    this.#arm();
  }

  /** Any frame arrived over the path. */
  heard(): void {
    if (this.#state === "stopped") return;
    const now = this.#options.clock.now();
    this.#silentSince = now;
    this.#asked = false;
    // It lives again, perhaps: ask at once, but no more often than a streaming path is asked.
    if (this.#state === "dead" && now - this.#lastProbe >= BUSY_PROBE_MS) {
      this.#probe();
      this.#arm();
    }
  }

  /** The answer to probe `n` arrived. */
  answered(n: number): void {
    const sentAt = this.#sentAt.get(n);
    if (sentAt === undefined) return;
    this.#sentAt.delete(n);
    const now = this.#options.clock.now();
    this.roundTrip.sample(now - sentAt);
    this.#unansweredSince = null;
    switch (this.#state) {
      case "dead":
        this.#answers = 1;
        this.#verifyingSince = now;
        this.#change("verifying");
        break;
      case "verifying":
        this.#answers += 1;
        break;
      case "suspect":
        this.#answeringSince ??= now;
        if (now - this.#answeringSince >= RECOVERED_AFTER_MS) this.#change("live");
        return;
      default:
        return;
    }
    if (this.#answers >= ANSWERS_TO_VERIFY) this.#change("live");
    else this.#probe();
    this.#arm();
  }

  /** Ends every timer; nothing is reported any more. */
  stop(): void {
    this.#state = "stopped";
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#sentAt.clear();
  }

  #probe(): void {
    // A listener may have stopped it.
    if (this.#state === "stopped") return;
    const now = this.#options.clock.now();
    const n = this.#next++;
    this.#lastProbe = now;
    // While verifying, both lanes are tried in turn; later the lossy one is the honest witness.
    const lane = this.#state === "verifying" && n % 2 === 1 ? "reliable" : "latest";
    this.#sentAt.set(n, now);
    // What never went out cannot be answered.
    if (!this.#options.send(n, lane)) {
      this.#sentAt.delete(n);
      return;
    }
    this.#unansweredSince ??= now;
    if (!this.#asked) {
      this.#asked = true;
      // While streaming, answers follow one another and silence counts from the last; after an idle
      // time it begins with the question.
      if (now - this.#silentSince > BUSY_PROBE_MS * 1.5) this.#silentSince = now;
    }
    if (this.#sentAt.size > REMEMBERED_PROBES) {
      const oldest = this.#sentAt.keys().next().value;
      if (oldest !== undefined) this.#sentAt.delete(oldest);
    }
  }

  #limit(): number {
    if (this.#options.hidden()) return SUSPECT_AFTER_HIDDEN_MS;
    return Math.max(SUSPECT_AFTER_MS, this.roundTrip.limit ?? SUSPECT_AFTER_HIDDEN_MS);
  }

  #interval(now: number): number {
    if (this.#state === "dead") return DEAD_PROBE_MS;
    const busy =
      this.#state !== "live" ||
      now - this.#lastStreamed <= BUSY_FOR_MS ||
      this.#unansweredSince !== null;
    return busy ? BUSY_PROBE_MS : IDLE_PROBE_MS;
  }

  #arm(): void {
    this.#cancelTimer?.();
    if (this.#state === "stopped") return;
    const now = this.#options.clock.now();
    let due = this.#lastProbe + this.#interval(now);
    if (this.#state === "live" && this.#asked) {
      due = Math.min(due, this.#silentSince + this.#limit());
    }
    this.#timerDue = Math.max(due, now);
    this.#cancelTimer = this.#options.clock.after(this.#timerDue - now, () => this.#tick());
  }

  #tick(): void {
    const now = this.#options.clock.now();
    const limit = this.#limit();
    if (now - this.#timerDue > (this.#options.hidden() ? HELD_UP_HIDDEN_MS : HELD_UP_MS)) {
      // What arrived meanwhile still waits in the event queue: begin to listen anew.
      this.#silentSince = now;
      if (this.#unansweredSince !== null) this.#unansweredSince = now;
    }
    // Summed as in #arm: a difference might be smaller by a rounding, and the timer run for ever.
    const silent =
      (this.#asked && now >= this.#silentSince + limit) ||
      now >= (this.#unansweredSince ?? now) + limit * UNANSWERED_LIMITS;
    if (this.#state === "live" && silent) {
      this.#suspectSince = now;
      this.#answeringSince = null;
      this.#change("suspect");
    } else if (this.#state === "suspect") {
      if (silent) this.#answeringSince = null;
      const since = Math.max(this.#unansweredSince ?? now, this.#suspectSince);
      if (now - since >= DEAD_AFTER_MS) this.#change("dead");
    } else if (this.#state === "verifying" && now - this.#verifyingSince >= VERIFY_LIMIT_MS) {
      this.#change("dead");
    }
    if (now >= this.#lastProbe + this.#interval(now)) this.#probe();
    this.#arm();
  }

  #change(state: HealthState): void {
    const previous = this.#state;
    this.#state = state;
    this.#options.onChange(state, previous);
  }
}
