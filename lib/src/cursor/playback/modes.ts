import { SkeinError } from "../../room/errors.ts";
import type { DelayOptions } from "./delay.ts";

/**
 * How remote pointers are played back.
 * - `"latency"`: drawn now; a late sample shows as a step.
 * - `"balanced"`: a little behind, so that most samples are there when their turn comes.
 * - `"smooth"`: further behind, so that nearly all are.
 */
export type Mode = "latency" | "balanced" | "smooth";

export interface Tuning {
  readonly delay: DelayOptions;
  /** Time constant in which a correction of the curve fades in, in milliseconds. */
  readonly fade: number;
  /** How far past the newest sample the movement is thought on, in milliseconds. */
  readonly foresight: number;
}

/** Chosen on generated movement, with `npm run bench:cursors`. */
export const modes: Readonly<Record<Mode, Tuning>> = {
  latency: {
    // A report is there a frame after the one before it: without that frame it is drawn as it comes.
    delay: { deviations: 0, plus: -16, least: 0, most: 100 },
    fade: 8,
    foresight: 100,
  },
  balanced: {
    delay: { deviations: 1, plus: 0, least: 8, most: 250 },
    fade: 16,
    foresight: 0,
  },
  smooth: {
    delay: { deviations: 3, plus: 0, least: 40, most: 400 },
    fade: 16,
    foresight: 0,
  },
};

/** @throws SkeinError `bad-argument` for what is no mode. */
export function checkMode(mode: Mode = "balanced"): Mode {
  if (Object.hasOwn(modes, mode)) return mode;
  throw new SkeinError(
    "bad-argument",
    `mode is one of ${Object.keys(modes).join(", ")}, not ${JSON.stringify(mode)}.`,
  );
}
