/**
 * Tells the server, where the app allows it, how this peer's links run: how many on which path, and
 * how long the first direct one took. For the server's metrics; no peer is named.
 */
import type { Clock } from "../clock.ts";
import type { PathKind } from "../path/path.ts";
import type { LinkReport } from "../signaling/events.ts";

/** Between two reports, in milliseconds. */
export const REPORT_INTERVAL_MS = 30_000;
/** The first one is soon after the first links: they settle within this time. */
export const FIRST_REPORT_MS = 5_000;

export interface LinkReporterOptions {
  /** The path of each link now. */
  paths(): Iterable<PathKind>;
  /** False when it cannot be sent now. */
  send(report: LinkReport): boolean;
}

export class LinkReporter {
  readonly #clock: Clock;
  readonly #options: LinkReporterOptions;
  #welcomedAt: number | null = null;
  /** Undefined: there was none yet; null: it was reported. */
  #directMs: number | null | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #last = "";
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, options: LinkReporterOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** A new socket: its server knows nothing yet. */
  welcomed(): void {
    this.#welcomedAt ??= this.#clock.now();
    this.#last = "";
    this.#later();
  }

  /** Links came, went or changed their path. */
  changed(): void {
    if (this.#welcomedAt === null) return;
    if (this.#directMs === undefined && this.#count().direct > 0) {
      this.#directMs = Math.round(this.#clock.now() - this.#welcomedAt);
    }
    this.#later();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#welcomedAt = null;
    this.#directMs = undefined;
    this.#last = "";
  }

  #later(): void {
    const now = this.#clock.now();
    const wait = Math.max(FIRST_REPORT_MS, this.#reportedAt + REPORT_INTERVAL_MS - now);
    this.#cancel ??= this.#clock.after(wait, () => {
      this.#cancel = null;
      this.#report();
    });
  }

  #report(): void {
    const links = this.#count();
    const text = JSON.stringify(links);
    const directMs = typeof this.#directMs === "number" ? this.#directMs : undefined;
    if (text === this.#last && directMs === undefined) return;
    if (!this.#options.send(directMs === undefined ? { links } : { links, directMs })) return;
    this.#reportedAt = this.#clock.now();
    this.#last = text;
    if (directMs !== undefined) this.#directMs = null;
  }

  #count(): { direct: number; relay: number; server: number } {
    const links = { direct: 0, relay: 0, server: 0 };
    for (const path of this.#options.paths()) links[path]++;
    return links;
  }
}
