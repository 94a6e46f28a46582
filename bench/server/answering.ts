/** In a server's process: says where it listens and, when asked, what it has used. */
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface Usage {
  /** Processor time of this process so far, in seconds. */
  readonly processor: number;
  /** After a collection, in bytes. */
  readonly rss: number;
  readonly heap: number;
  /** The event loop's delay since it was asked last, in milliseconds. */
  readonly delayP99: number;
}

/** Finer than the delays that matter, in milliseconds. */
const RESOLUTION_MS = 5;
const NANOSECONDS = 1e6;

export function answer(port: number): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on("message", (question: "usage" | "memory") => {
    // Nothing of what asking costs belongs to it.
    const { user, system } = process.cpuUsage();
    const delayP99 = Math.max(0, delay.percentile(99) / NANOSECONDS - RESOLUTION_MS);
    if (question === "memory") (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed: heap } = process.memoryUsage();
    delay.reset();

    process.send?.({ processor: (user + system) / 1e6, rss, heap, delayP99 } satisfies Usage);
  });
  process.once("disconnect", () => process.exit());
  process.send?.(port);
}
