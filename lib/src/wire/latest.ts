import {
  type Encoder,
  writeUint8,
  writeUint8Array,
  writeVarString,
  writeVarUint,
} from "lib0/encoding";
import { MAX_KEY_BYTES, MAX_LATEST_BYTES, MAX_TYPE_BYTES } from "./codes.ts";
import type { Reader } from "./reader.ts";
import type { Value } from "./value.ts";

/** An app's own lossy value: the newest per (type, key) wins. */
export interface LatestBody {
  /** One numbering per sender over all its types and keys, from 1. */
  readonly number: number;
  readonly type: string;
  readonly key: string;
  readonly value: Value;
}

/** `varUint(number) • varString(type) • varString(key) • value` */
export function writeLatest(encoder: Encoder, latest: LatestBody): void {
  writeVarUint(encoder, latest.number);
  writeVarString(encoder, latest.type);
  writeVarString(encoder, latest.key);
  writeValue(encoder, latest.value);
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
export function writeValue(encoder: Encoder, value: Value): void {
  writeUint8(encoder, value.encoding);
  writeUint8Array(encoder, value.bytes);
}

export function readValue(reader: Reader, most: number): Value {
  return { encoding: reader.u8(), bytes: reader.rest(most) };
}
