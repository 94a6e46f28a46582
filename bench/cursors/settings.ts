/** What is compared. */
import { modes, type Tuning } from "../../lib/src/cursor/playback/modes.ts";
import { perfected, played, tweened } from "./drawers.ts";
import type { Way } from "./fidelity.ts";

/** Usual: a position every so many milliseconds. */
export const USUAL_INTERVAL_MS = 80;
/** Between two of our batches, at most: one frame. */
const OUR_INTERVAL_MS = 16;

const held = (ms: number): Tuning => ({
  ...modes.balanced,
  delay: { deviations: 0, plus: 0, least: ms, most: ms },
});

/** Ours by its settings, and between and beyond them with a delay that stays as it is. */
export const ours: Readonly<Record<string, Way>> = {
  latency: { sent: "ours", drawer: played(modes.latency) },
  balanced: { sent: "ours", drawer: played(modes.balanced) },
  smooth: { sent: "ours", drawer: played(modes.smooth) },
  "60 ms held": { sent: "ours", drawer: played(held(60)) },
  "100 ms held": { sent: "ours", drawer: played(held(100)) },
};

/** What is usual. */
export const usual: Readonly<Record<string, Way>> = {
  "80 ms, tweened": { sent: USUAL_INTERVAL_MS, drawer: tweened(USUAL_INTERVAL_MS) },
  "80 ms, perfect-cursors": { sent: USUAL_INTERVAL_MS, drawer: perfected },
};

/** The same, with as many positions as we send. */
export const usualAtOurRate: Readonly<Record<string, Way>> = {
  "our rate, tweened": { sent: "ours", drawer: tweened(OUR_INTERVAL_MS) },
  "our rate, perfect-cursors": { sent: "ours", drawer: perfected },
};
