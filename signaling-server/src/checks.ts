/** The few questions that every check of a stranger's JSON asks. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A non-negative integer that every language's JSON reads alike (at most 2^53 − 1). */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * UTF-8 bytes of `value` as JSON; Infinity when it cannot be written, such as one nested so deep
 * that the writer's stack ends.
 */
export function jsonBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
