import type { Clock } from "../../lib/src/clock.ts";
import { HANDLE_REST_MS } from "./handles.ts";

/**
 * The newest generation of those that left, for as long as their handles rest: by then nothing of
 * an older socket of theirs can still arrive and bring back a ghost.
 */
export class Departed {
  readonly #clock: Clock;
  /** In the order they left. */
  readonly #generations = new Map<string, { generation: number; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when nothing is remembered. */
  generationOf(id: string): number {
    return this.#generations.get(id)?.generation ?? 0;
  }

  remember({ id, generation }: { readonly id: string; readonly generation: number }): void {
    const now = this.#clock.now();
    for (const [each, { until }] of this.#generations) {
      if (until > now) break;
      this.#generations.delete(each);
    }
    this.#generations.set(id, { generation, until: now + HANDLE_REST_MS });
  }

  /** It is here again, and its generation with it. */
  forget(id: string): void {
    this.#generations.delete(id);
  }
}
