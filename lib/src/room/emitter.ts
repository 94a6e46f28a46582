import { callSafely } from "./report.ts";
import type { ListenOptions } from "./types.ts";

/** Listeners by name; each `on` returns its undo and takes `{ signal }`. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<{ run(event: never): void }>>();

  on<K extends keyof Events>(
    name: K,
    run: (event: Events[K]) => void,
    options?: ListenOptions,
  ): () => void {
    // An object of its own, so that the same function can listen twice.
    const listener = { run };
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    return undoable(listeners, listener, options);
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    const listeners = this.#listeners.get(name);
    for (const listener of [...(listeners ?? [])]) {
      // One that an earlier listener took off hears nothing any more.
      if (!listeners?.has(listener)) continue;
      callSafely(() => (listener as { run(event: Events[K]): void }).run(event));
    }
  }
}

/** Adds to a set; the undo, or the signal, takes it out again. */
export function undoable<V>(set: Set<V>, value: V, options?: ListenOptions): () => void {
  const signal = options?.signal;
  if (signal?.aborted) return () => {};
  set.add(value);
  const undo = () => {
    set.delete(value);
    signal?.removeEventListener("abort", undo);
  };
  signal?.addEventListener("abort", undo);
  return undo;
}
