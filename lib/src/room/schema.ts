import type { StandardSchemaV1 } from "@standard-schema/spec";
import { decodeValue, type Value } from "../wire/index.ts";
import { SkeinError } from "./errors.ts";
import type { RoomSchema } from "./types.ts";

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

const isPromise = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "then" in value;

/** Checks data against a schema; without one everything passes. Never throws. */
export function check(schema: StandardSchemaV1 | undefined, data: unknown): Checked {
  if (schema === undefined) return { ok: true, value: data };
  try {
    const result = schema["~standard"].validate(data);
    if (isPromise(result)) {
      // Whatever it comes to later is not waited for, and raises nothing.
      Promise.resolve(result).catch(() => {});
      return { ok: false, why: "the schema is asynchronous; use one that answers at once" };
    }
    const { issues, value } = result as { issues?: readonly { message: string }[]; value: unknown };
    if (issues === undefined) return { ok: true, value };
    return { ok: false, why: issues.map((issue) => issue.message).join("; ") };
  } catch (error) {
    return { ok: false, why: String(error) };
  }
}

/** One's own data must pass as well: better here than refused by everybody. Throws `schema-mismatch`. */
export function checkOwn(schema: StandardSchemaV1 | undefined, data: unknown, what: string): void {
  const checked = check(schema, data);
  if (!checked.ok) {
    throw new SkeinError("schema-mismatch", `${what} does not fit its schema: ${checked.why}`);
  }
}

/** The same for what is about to be sent, as it will arrive: a Date, say, is a string by then. */
export function checkSent(schema: StandardSchemaV1 | undefined, value: Value, what: string): void {
  if (schema !== undefined) checkOwn(schema, decodeValue(value)?.data, what);
}

/**
 * Types that begin so are the library's own modules': they pass by the app's schema, and the module
 * that listens checks what arrives. An app sees them only if it asks by that name.
 */
export const RESERVED = "skein:";

/** The schema of one message or latest type. With schemas given, a type without one passes unchecked. */
export function schemaOf(
  schema: RoomSchema | undefined,
  kind: "messages" | "latest",
  type: string,
): StandardSchemaV1 | undefined {
  const schemas = type.startsWith(RESERVED) ? undefined : schema?.[kind];
  return schemas !== undefined && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
}
