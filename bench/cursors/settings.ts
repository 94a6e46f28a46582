/** What is compared. */
import { modes } from "../../lib/src/cursor/playback/modes.ts";
import { perfected, played, tweened } from "./drawers.ts";
import type { Way } from "./fidelity.ts";

/** Usual: a position every so many milliseconds. */
export const USUAL_INTERVAL_MS = 80;
/** Between two of our batches, at most: one frame. */
const OUR_INTERVAL_MS = 16;

/** Ours by its settings, which are all that an app can choose. */
export const ours: Readonly<Record<string, Way>> = {
  latency: { sent: "ours", drawer: played(modes.latency) },
  balanced: { sent: "ours", drawer: played(modes.balanced) },
  smooth: { sent: "ours", drawer: played(modes.smooth) },
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
