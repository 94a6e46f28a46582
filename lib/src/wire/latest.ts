import { MAX_KEY_BYTES, MAX_LATEST_BYTES, MAX_TYPE_BYTES } from "./codes.ts";
import type { Reader } from "./reader.ts";
import type { Value } from "./value.ts";
import type { Writer } from "./writer.ts";

/** An app's own lossy value: the newest per (type, key) wins. */
export interface LatestBody {
  /** One numbering per sender over all its types and keys, from 1. */
  readonly number: number;
  readonly type: string;
  readonly key: string;
  readonly value: Value;
}

/** `varUint(number) • text(type) • text(key) • value` */
export function finishLatest(writer: Writer, latest: LatestBody): Uint8Array {
  writer.varUint(latest.number);
  writer.text(latest.type);
  writer.text(latest.key);
  return finishValue(writer, latest.value);
}

export function readLatest(reader: Reader): LatestBody {
  return {
    number: reader.varUint(1),
    type: reader.text(MAX_TYPE_BYTES, 1),
    key: reader.text(MAX_KEY_BYTES),
    value: readValue(reader, MAX_LATEST_BYTES),
  };
}

/** `encoding • bytes to the end` */
export function finishValue(writer: Writer, value: Value): Uint8Array {
  writer.u8(value.encoding);
  return writer.finish(value.bytes);
}

export function readValue(reader: Reader, most: number): Value {
  return { encoding: reader.u8(), bytes: reader.rest(most) };
}
