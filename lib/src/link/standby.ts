/**
 * What stands in for an upgrade until WebRTC may be used: its code comes in a chunk of its own. The
 * peer may be a moment ahead, of our seat or of our loading; what it signals meanwhile is kept.
 */
import type { PathReason } from "../room/types.ts";
import type { Signal } from "../signaling/events.ts";
import type { PathSlot } from "./upgrade.ts";

/** An offer with its candidates, twice over. */
export const MAX_EARLY_SIGNALS = 128;

/** What a peer signals before this side may use WebRTC: of its newest attempt, which is all that counts. */
export class EarlySignals {
  #kept: Signal[] = [];

  /** Returns a kind of refusal, or null. */
  keep(signal: Signal): string | null {
    const attempt = this.#kept[0]?.attempt ?? 0;
    // Whoever may use WebRTC begins by itself, or asks to.
    if (signal.attempt < attempt || signal.data.type === "retry") return null;
    if (signal.attempt > attempt) this.#kept = [];
    if (this.#kept.length >= MAX_EARLY_SIGNALS) return "signal-early";
    this.#kept.push(signal);
    return null;
  }

  take(): readonly Signal[] {
    return this.#kept.splice(0);
  }
}

/** What a link asks of its upgrade. */
export interface LinkUpgrade {
  readonly attempt: number;
  readonly attempts: number;
  readonly reason: PathReason | null;
  readonly current: PathSlot | null;
  /** When a path that still answered was closed, which only the peer can have done. */
  readonly closedAt: number;
  allow(reason: PathReason | null): void;
  retryNow(): void;
  heardOf(attempt: number): void;
  signal(signal: Signal): string | null;
  close(): void;
}

export class Standby implements LinkUpgrade {
  readonly attempt = 0;
  readonly attempts = 0;
  readonly current = null;
  readonly closedAt = Number.NEGATIVE_INFINITY;
  readonly #create: () => LinkUpgrade;
  readonly #onChange: () => void;
  #reason: PathReason = "connecting";
  #heardAttempt = 0;
  readonly #early = new EarlySignals();

  /** `create` makes the real one, has it take this one's place, and returns it. */
  constructor(create: () => LinkUpgrade, onChange: () => void) {
    this.#create = create;
    this.#onChange = onChange;
  }

  get reason(): PathReason {
    return this.#reason;
  }

  allow(reason: PathReason | null): void {
    if (reason === null) {
      const upgrade = this.#create();
      upgrade.heardOf(this.#heardAttempt);
      for (const signal of this.#early.take()) upgrade.signal(signal);
      upgrade.allow(null);
    } else if (reason !== this.#reason) {
      this.#reason = reason;
      this.#onChange();
    }
  }

  retryNow(): void {}

  heardOf(attempt: number): void {
    this.#heardAttempt = Math.max(this.#heardAttempt, attempt);
  }

  signal(signal: Signal): string | null {
    this.heardOf(signal.attempt);
    return this.#early.keep(signal);
  }

  close(): void {
    this.#early.take();
  }
}
