import { undoable } from "./emitter.ts";
import { callSafely } from "./report.ts";
import type { ListenOptions } from "./types.ts";

interface Watcher<S> {
  check(snapshot: S): void;
}

/** An immutable snapshot and who watches it. */
export class Store<S extends object> {
  #snapshot: S;
  readonly #watchers = new Set<Watcher<S>>();

  constructor(snapshot: S) {
    this.#snapshot = snapshot;
  }

  get snapshot(): S {
    return this.#snapshot;
  }

  /** Replaces the snapshot when something in it changes, and tells the watchers. */
  set(patch: Partial<S>): void {
    const keys = Object.keys(patch) as (keyof S)[];
    if (keys.every((key) => Object.is(patch[key], this.#snapshot[key]))) return;
    this.#snapshot = Object.freeze({ ...this.#snapshot, ...patch });
    for (const watcher of [...this.#watchers]) {
      if (this.#watchers.has(watcher)) callSafely(() => watcher.check(this.#snapshot));
    }
  }

  watch<V>(
    select: (snapshot: S) => V,
    run: (now: V, before: V) => void,
    options?: ListenOptions & { readonly equal?: (a: V, b: V) => boolean },
  ): () => void {
    const equal = options?.equal ?? Object.is;
    let before = select(this.#snapshot);
    const check = (snapshot: S) => {
      const now = select(snapshot);
      if (equal(now, before)) return;
      const previous = before;
      before = now;
      run(now, previous);
    };
    return undoable(this.#watchers, { check }, options);
  }

  waitFor<V>(
    select: (snapshot: S) => V,
    options?: ListenOptions,
  ): Promise<Exclude<V, null | undefined | false | 0 | "">> {
    const signal = options?.signal;
    const promise = new Promise<Exclude<V, null | undefined | false | 0 | "">>(
      (resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const look = (snapshot: S): void => {
          try {
            const found = select(snapshot);
            if (!found) return;
            resolve(found as Exclude<V, null | undefined | false | 0 | "">);
          } catch (error) {
            reject(error);
          }
          stop();
        };
        const abort = () => {
          stop();
          reject(signal?.reason);
        };
        const watcher = { check: look };
        const stop = () => {
          this.#watchers.delete(watcher);
          signal?.removeEventListener("abort", abort);
        };
        this.#watchers.add(watcher);
        signal?.addEventListener("abort", abort);
        look(this.#snapshot);
      },
    );
    // Nobody need listen: an app that aborts a wait has often stopped caring.
    promise.catch(() => {});
    return promise;
  }
}
