/** What one connection sends, from its upgrade on: counted before anything else becomes of it. */
import type { Clock } from "../../../lib/src/clock.ts";
import { Meter, type Verdict } from "../../../lib/src/meter.ts";
import { countLimit, type ServerStats } from "../stats.ts";
import type { Rates } from "./limits.ts";

export class Intake {
  readonly #meter: Meter;
  readonly #stats: ServerStats;
  readonly #sender: { tooFast(): void };
  #isOver = false;

  /** `tooFast` is called once: it went on although it was given no credit. */
  constructor(
    clock: Clock,
    { frames, bytes }: Rates,
    stats: ServerStats,
    sender: { tooFast(): void },
  ) {
    this.#meter = new Meter(clock, frames, bytes);
    this.#stats = stats;
    this.#sender = sender;
  }

  /** A message of so many bytes has come. */
  take(bytes: number): Verdict {
    const verdict = this.#meter.take(bytes);
    if (verdict === "beyond" && !this.#isOver) {
      this.#isOver = true;
      countLimit(this.#stats, this.#meter.exceeded === "frames" ? "frame-rate" : "byte-rate");
      this.#sender.tooFast();
    }
    return verdict;
  }

  /** Milliseconds for which it is to be given no credit: whoever heeds that never goes too far. */
  get holdMs(): number {
    const { waitMs } = this.#meter;
    if (waitMs > 0) this.#stats.creditsHeld++;
    return waitMs;
  }
}
