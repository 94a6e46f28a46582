/** Time as the library sees it, so that tests can hold it in their hands. */
export interface Clock {
  /** Milliseconds, monotonic; the page's `performance.now()` outside tests. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
