/** The hub's time: held by the test, or the page's own, which Vitest's fake timers may hold. */
import { type Clock, systemClock } from "../clock.ts";
import { FakeClock } from "../fake-clock.ts";

/**
 * Promises that wait for promises: so many of them in a row have had their turn after a flush. There is
 * no asking whether any are left, and a task of its own for each flush would let
 * the world outside into a run that the seed decides.
 */
const TURNS = 20;

export interface HubClock extends Clock {
  /** Lets time go by, and everything that falls due on the way happen. */
  advance(ms: number): Promise<void>;
}

export async function flushPromises(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await null;
}

/** Stands still until it is moved; only what takes no time at all happens by itself. */
export class HeldClock extends FakeClock implements Clock {
  override after(ms: number, task: () => void): () => void {
    const cancel = super.after(ms, task);
    if (ms <= 0) queueMicrotask(() => this.advance(0));
    return cancel;
  }
}

/** Moves a held clock from one timer to the next, with time for promises at each. */
export function heldByTest(clock: HeldClock): HubClock {
  return {
    now: () => clock.now(),
    after: (ms, task) => clock.after(ms, task),
    async advance(ms) {
      const end = clock.now() + ms;
      await flushPromises();
      for (;;) {
        const { next } = clock;
        if (next === null || next > end) break;
        clock.advance(next - clock.now());
        await flushPromises();
      }
      clock.advance(end - clock.now());
      await flushPromises();
    },
  };
}

/** What @sinonjs/fake-timers, which Vitest and Jest use, leaves at what it replaces. */
interface FakeTimers {
  tickAsync(ms: number): Promise<unknown>;
}

/** The page's own time. Where fake timers have taken its place, `advance` moves those. */
export const pageTime: HubClock = {
  ...systemClock,
  async advance(ms) {
    const { clock } = globalThis.setTimeout as { readonly clock?: Partial<FakeTimers> };
    if (clock?.tickAsync !== undefined) await clock.tickAsync(ms);
    else await new Promise<void>((resolve) => systemClock.after(ms, resolve));
    await flushPromises();
  },
};
