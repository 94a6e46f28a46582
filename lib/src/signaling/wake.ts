/**
 * Moments at which a connection may be dead without anybody having said so, or may be possible again:
 * the machine slept, the network changed, the tab came to the front.
 */
import type { Clock } from "../clock.ts";

/** How often the wall clock is looked at. */
const LOOK_MS = 2_000;
/** A look that comes this much too late: the machine slept, or the tab was frozen or throttled. */
const LEAP_MS = 4_000;

/** Events of the window (`visibilitychange` bubbles up to it). Programs outside a browser have none. */
const EVENTS = ["online", "visibilitychange"];

/**
 * Calls `onWake` at such a moment; asking once too often must be harmless. Returns its undo.
 * `wallClock` goes on while the machine sleeps, which a monotonic clock need not do.
 */
export function watchWake(
  clock: Clock,
  onWake: () => void,
  wallClock: () => number = Date.now,
): () => void {
  let seen = wallClock();
  const look = () => {
    const now = wallClock();
    const leapt = now - seen > LOOK_MS + LEAP_MS;
    seen = now;
    cancel = clock.after(LOOK_MS, look);
    if (leapt) onWake();
  };
  let cancel = clock.after(LOOK_MS, look);
  for (const event of EVENTS) globalThis.addEventListener?.(event, onWake);
  return () => {
    cancel();
    for (const event of EVENTS) globalThis.removeEventListener?.(event, onWake);
  };
}
