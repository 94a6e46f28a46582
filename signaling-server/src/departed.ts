import type { Clock } from "../../lib/src/clock.ts";
import { HANDLE_REST_MS } from "./handles.ts";

interface Last {
  readonly generation: number;
  readonly revision: number;
}

/**
 * The newest generation of those that left, for as long as their handles rest: by then nothing of
 * an older socket of theirs can still arrive and bring back a ghost.
 */
export class Departed {
  readonly #clock: Clock;
  /** In the order they left. */
  readonly #last = new Map<string, Last & { readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when nothing is remembered. */
  generationOf(id: string): number {
    return this.#last.get(id)?.generation ?? 0;
  }

  /** Undefined when nothing is remembered. */
  lastOf(id: string): Last | undefined {
    return this.#last.get(id);
  }

  remember(id: string, { generation, revision }: Last): void {
    const now = this.#clock.now();
    for (const [each, { until }] of this.#last) {
      if (until > now) break;
      this.#last.delete(each);
    }
    this.#last.delete(id);
    this.#last.set(id, { generation, revision, until: now + HANDLE_REST_MS });
  }

  /** It is here again, and its generation with it. */
  forget(id: string): void {
    this.#last.delete(id);
  }
}
