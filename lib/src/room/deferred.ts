import type { SkeinError } from "./errors.ts";

export interface Deferred {
  readonly promise: Promise<void>;
  readonly settled: boolean;
  resolve(): void;
  reject(error: SkeinError): void;
}

/** A promise to be settled from outside; unused, its rejection raises nothing. */
export function deferred(): Deferred {
  let settled = false;
  let settle: { resolve(): void; reject(error: SkeinError): void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return {
    promise,
    get settled() {
      return settled;
    },
    resolve() {
      settled = true;
      settle?.resolve();
    },
    reject(error) {
      settled = true;
      settle?.reject(error);
    },
  };
}
