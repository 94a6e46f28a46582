import { VALUE_BYTES, VALUE_JSON, VALUE_STRING, VALUE_UNDEFINED } from "./codes.ts";
import { parseJson } from "./json.ts";
import { decodeText } from "./reader.ts";

/** An app's value as it travels: `encoding` says how to read `bytes`. */
export interface Value {
  readonly encoding: number;
  readonly bytes: Uint8Array;
}

const utf8 = new TextEncoder();
/** Half of a surrogate pair alone: UTF-8 has no bytes for it, JSON has an escape. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A value's bytes. Strings, `Uint8Array` and `undefined` travel as they are, all else as JSON. The
 * bytes are a copy, so the app may go on writing into its own.
 *
 * Undefined when it has no JSON (a function, a symbol, a bigint, a cycle) or would quietly lose its
 * content in it (an `ArrayBuffer`, another typed array).
 */
export function encodeValue(data: unknown): Value | undefined {
  if (data === undefined) return { encoding: VALUE_UNDEFINED, bytes: new Uint8Array() };
  if (data instanceof Uint8Array) return { encoding: VALUE_BYTES, bytes: new Uint8Array(data) };
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return undefined;
  if (typeof data === "string" && !LONE_SURROGATE.test(data)) {
    return { encoding: VALUE_STRING, bytes: utf8.encode(data) };
  }
  const bytes = encodeJson(data);
  return bytes && { encoding: VALUE_JSON, bytes };
}

/** The value again, in an object so that `undefined` can be one; undefined when malformed. */
export function decodeValue({ encoding, bytes }: Value): { readonly data: unknown } | undefined {
  switch (encoding) {
    case VALUE_UNDEFINED:
      return bytes.length === 0 ? { data: undefined } : undefined;
    case VALUE_JSON:
      return decodeJson(bytes);
    case VALUE_STRING: {
      const data = decodeText(bytes);
      return data === undefined ? undefined : { data };
    }
    case VALUE_BYTES:
      // A copy: an app may keep it, and must not keep (or see) the rest of the network's buffer.
      return { data: new Uint8Array(bytes) };
    default:
      return undefined;
  }
}

/** JSON as UTF-8 bytes; undefined for what has none. */
export function encodeJson(data: unknown): Uint8Array | undefined {
  try {
    const text: string | undefined = JSON.stringify(data);
    return text === undefined ? undefined : utf8.encode(text);
  } catch {
    return undefined;
  }
}

/** What the JSON said, `__proto__` keys left out; undefined when it is not JSON. */
export function decodeJson(bytes: Uint8Array): { readonly data: unknown } | undefined {
  try {
    return { data: parseJson(decodeText(bytes) ?? "") };
  } catch {
    return undefined;
  }
}
