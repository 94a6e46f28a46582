/**
 * How this tab is: whether it shows, whether somebody is at it, and whether it keeps up with what it is
 * told. A tab that does not show, or that is late with everything, asks to be told less often.
 */
import type { Clock } from "../clock.ts";
import { ACTIVITIES } from "./activities.ts";
import { SLOWEST_PACE } from "./pace.ts";
import { pageHidden } from "./page-hidden.ts";
import type { Activity } from "./types.ts";

/** Without input for this long, nobody is at it: long enough to read a page. */
export const IDLE_AFTER_MS = 60_000;
/** Hidden for this long, it is: who only looks for another tab tells nobody. */
export const HIDDEN_AFTER_MS = 1_000;
/** While frames arrive, a timer as long as this shows how late the tab is. */
export const LATENESS_LOOK_MS = 100;
/** A single stall counts no more than this: a machine that slept is not slow. */
const MOST_LATENESS_MS = 500;
/** New looks count so much: it takes about a second of them to change a mind. */
const LATENESS_WEIGHT = 1 / 8;
/** Late by this on average, twice as much for each further pace, a tab draws less than it is told … */
const SLOW_FROM_MS = 32;
/** … and by an eighth of it, it draws all. */
const FAST_BELOW = 1 / 8;
/** A tab that shows asks for four a second at least. */
const SLOWEST_SHOWN_PACE = 4;

const INPUTS = ["pointermove", "pointerdown", "keydown", "wheel"] as const;

export class Attention {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #activity = 0;
  #slow = 0;
  #lateness = 0;
  /** When input came, or the tab was shown or hidden. */
  #since = 0;
  #cancelLook: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #unlisten: AbortController | null = null;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get activity(): Activity {
    return ACTIVITIES[this.#activity] ?? "active";
  }

  /** It is not as everybody takes it to be who was told nothing. */
  get isWorthTelling(): boolean {
    return this.#activity + this.#slow > 0;
  }

  /** As an entry says it. */
  get entry() {
    const pace = this.activity === "hidden" ? SLOWEST_PACE : this.#slow;
    return { kind: "activity", activity: this.#activity, pace } as const;
  }

  /** Watches the page; programs outside a browser have none and are always active. */
  start(): void {
    if (typeof document !== "object") return;
    this.#unlisten = new AbortController();
    const { signal } = this.#unlisten;
    const options = { passive: true, capture: true, signal };
    const touched = () => {
      this.#since = this.#clock.now();
      if (this.#activity > 0) this.#look();
    };
    for (const input of INPUTS) addEventListener(input, touched, options);
    const turned = () => {
      this.#since = this.#clock.now();
      this.#look();
    };
    document.addEventListener("visibilitychange", turned, options);
    turned();
  }

  stop(): void {
    this.#unlisten?.abort();
    this.#cancelLook?.();
    this.#cancelWatch?.();
    this.#cancelLook = this.#cancelWatch = null;
  }

  /** Something was told that changes all the time. */
  heard(): void {
    const due = this.#clock.now() + LATENESS_LOOK_MS;
    this.#cancelWatch ??= this.#clock.after(LATENESS_LOOK_MS, () => {
      this.#cancelWatch = null;
      // A hidden tab's timers are late by themselves.
      if (pageHidden()) return;
      const late = Math.min(MOST_LATENESS_MS, this.#clock.now() - due);
      this.#lateness += (late - this.#lateness) * LATENESS_WEIGHT;
      const limit = SLOW_FROM_MS << this.#slow;
      if (this.#lateness > limit && this.#slow < SLOWEST_SHOWN_PACE) this.#slow += 1;
      else if (this.#lateness < limit * FAST_BELOW && this.#slow > 0) this.#slow -= 1;
      else return;
      this.#onChange();
    });
  }

  #look(): void {
    this.#cancelLook?.();
    const hidden = pageHidden();
    const wait = this.#since + (hidden ? HIDDEN_AFTER_MS : IDLE_AFTER_MS) - this.#clock.now();
    if (wait > 0) this.#cancelLook = this.#clock.after(wait, () => this.#look());
    // For a moment hidden it is as it was.
    const activity = wait <= 0 ? (hidden ? 2 : 1) : hidden ? this.#activity : 0;
    if (activity === this.#activity) return;
    this.#activity = activity;
    this.#onChange();
  }
}
