/**
 * The WebRTC paths of one link, one of them in use: a new one is verified before it takes over, and
 * what it replaced is kept for a moment.
 *
 *   opening ──verified──▶ in use ──replaced──▶ spare ──▶ closed
 *      └──verified, but no better──▶ spare ──becomes direct, or the other dies──▶ in use
 *
 * Each end decides for itself. The spare is what makes that safe: whichever end is first to let a
 * path go, the other still has the one that both have verified.
 */
import type { Clock } from "../clock.ts";
import type { Lane, Path } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import { type HealthState, PathHealth } from "./health.ts";
import { Intake } from "./intake.ts";
import { type OpenablePath, PathSlot, type SlotEvents } from "./path-slot.ts";

/**
 * A second path that works is kept for so long: the one just replaced until the peer has verified
 * the new one too, a new relay beside another until ICE has looked for better.
 */
const SPARE_MS = 2_000;
/** The responder leaves that to the initiator, but not for ever. */
const RESPONDERS_SPARE_MS = 10_000;

export interface SwitchoverOptions {
  readonly clock: Clock;
  initiator(): boolean;
  sendProbe(path: Path, n: number, lane: Lane): boolean;
  hidden(): boolean;
  onFrame(frame: Uint8Array, lane: Lane, slot: PathSlot): void;
  /** Another path is in use, or the same one again after it had seemed dead. */
  onUsed(): void;
  /** The path in use is silent (`current` still is that one) or gone, and none took its place. */
  onLost(slot: PathSlot): void;
  /** The peer sends more than a tab can take. */
  onFlood(): void;
  onRefused(kind: string): void;
  /** What was opening is not going to be a path; whatever is in use is as it was. */
  onFailed(reason: PathReason): void;
  /** After each of these, and when what is in use is of another kind or health. */
  onChange(): void;
}

export class Switchover {
  readonly #options: SwitchoverOptions;
  #current: PathSlot | null = null;
  #opening: PathSlot | null = null;
  /** Verified, but not in use, for a moment. */
  #spare: PathSlot | null = null;
  #cancelSpare: (() => void) | null = null;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** Of all paths together: a new one is no new beginning. */
  readonly #intake: Intake;

  constructor(options: SwitchoverOptions) {
    this.#options = options;
    this.#intake = new Intake(options.clock);
  }

  /** The path that carries frames, or did until it died. */
  get current(): PathSlot | null {
    return this.#current;
  }
  get opening(): PathSlot | null {
    return this.#opening;
  }
  /** Nothing is being opened or on its way out. */
  get isQuiet(): boolean {
    return this.#opening === null && this.#spare === null;
  }
  /** Whether the path in use works, so that nothing needs to be tried. */
  get works(): boolean {
    return this.#current?.works ?? false;
  }
  /** When the last path that still answered was closed, which only the peer can have done. */
  get closedAt(): number {
    return this.#closedAt;
  }

  /** The path of an attempt that is not over. */
  of(attempt: number): PathSlot | null {
    const slots = [this.#opening, this.#spare, this.#current];
    return slots.find((slot) => slot?.attempt === attempt) ?? null;
  }

  /** A place for a new path, instead of what was opening. */
  begin(attempt: number, optional: boolean): PathSlot {
    this.#opening?.close();
    this.#opening = new PathSlot(attempt, optional);
    return this.#opening;
  }

  /** The path that was made for it, or why there is none. */
  made(slot: PathSlot, path: OpenablePath | PathReason): void {
    if (typeof path === "string") this.#closed(slot, path);
    else if (this.of(slot.attempt) === slot) slot.path = path;
    else path.close();
  }

  eventsOf(slot: PathSlot): SlotEvents {
    return {
      onKind: (kind) => {
        slot.kind = kind;
        this.#kindChanged(slot);
      },
      onOpen: () => this.#opened(slot),
      onFrame: (frame, lane) => {
        slot.health?.heard();
        const intention = this.#intake.take(frame);
        if (intention === "take") this.#options.onFrame(frame, lane, slot);
        else if (intention === "shed") this.#options.onRefused("rate");
        else this.#options.onFlood();
      },
      onClose: (reason) => this.#closed(slot, asReason(reason)),
    };
  }

  /** Lets everything go, and tells nothing. */
  close(): void {
    this.#opening?.close();
    this.#current?.close();
    this.#opening = this.#current = null;
    this.#dropSpare();
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
    } else if (state === "dead" && !this.#fallBack()) {
      this.#options.onLost(slot);
    }
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

  #kindChanged(slot: PathSlot): void {
    if (slot === this.#spare) {
      if (slot.kind !== "direct" || !slot.works || this.#current?.kind !== "relay") return;
      this.#use(slot);
    } else if (slot !== this.#current) {
      return;
    }
    this.#options.onChange();
  }

  #closed(slot: PathSlot, reason: PathReason): void {
    const worked = slot.works;
    slot.close();
    if (slot === this.#current) {
      this.#current = null;
      if (!this.#fallBack()) {
        if (worked) this.#closedAt = this.#options.clock.now();
        this.#options.onLost(slot);
      }
    } else if (slot === this.#opening) {
      this.#opening = null;
      this.#options.onFailed(reason);
    } else if (slot === this.#spare) {
      this.#takeSpare();
    } else {
      return;
    }
    this.#options.onChange();
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
    slot.liveSince ??= this.#options.clock.now();
    this.#options.onUsed();
  }

  /** The path in use died: the other one, if there is one, takes its place. */
  #fallBack(): boolean {
    const spare = this.#spare;
    if (!spare?.works) return false;
    this.#use(spare);
    return true;
  }

  #keep(slot: PathSlot): void {
    this.#dropSpare();
    this.#spare = slot;
    const ms = this.#options.initiator() ? SPARE_MS : RESPONDERS_SPARE_MS;
    this.#cancelSpare = this.#options.clock.after(ms, () => {
      this.#dropSpare();
      this.#options.onChange();
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
