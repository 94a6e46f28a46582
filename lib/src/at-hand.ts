import type { Coming } from "./chunk.ts";

/** What nobody has to load, where something else would wait for it: in programs and tests. */
export function atHand<T>(part: T): Coming<T> {
  return {
    load() {},
    stop() {},
    with(use) {
      const undo = use(part);
      return () => undo?.();
    },
  };
}
