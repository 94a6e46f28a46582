/**
 * What one peer sends past the server, held against what a tab can take: above it first go cursors and
 * latest values, then the path. Nothing of it waits here.
 */
import type { Clock } from "../clock.ts";
import { type Allowance, Meter } from "../meter.ts";
import { CLASS_CURSOR, CLASS_LATEST } from "../wire/codes.ts";
import { frameClass } from "../wire/frame.ts";

/**
 * A peer that streams sends 60 frames a second and as many for each drag; one that calls `send` in a
 * loop has at most 4 MiB under way, which is 130,000 frames of the smallest messages.
 */
const FRAMES: Allowance = { perSecond: 5_000, atOnce: 20_000, owed: 130_000 };
/** More than data channels of today's browsers carry; a tab that has to read it has time for nothing else. */
const BYTES: Allowance = {
  perSecond: 64 * 1024 * 1024,
  atOnce: 64 * 1024 * 1024,
  owed: 64 * 1024 * 1024,
};
/** So long nothing goes past the server with whom that was not enough, in milliseconds. */
export const FLOOD_REST_MS = 60_000;

/** A frame is to be taken, or not, or its path is to be closed. */
export type Intention = "take" | "shed" | "close";

export class Intake {
  readonly #meter: Meter;

  constructor(clock: Clock) {
    this.#meter = new Meter(clock, FRAMES, BYTES);
  }

  take(frame: Uint8Array): Intention {
    const verdict = this.#meter.take(frame.length);
    if (verdict === "within") return "take";
    if (verdict === "beyond") return "close";
    const kind = frameClass(frame);
    return kind === CLASS_CURSOR || kind === CLASS_LATEST ? "shed" : "take";
  }
}
