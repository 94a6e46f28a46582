/** What fast-check may put into frames and entries. For tests only. */
import fc from "fast-check";
import * as code from "./codes.ts";
import type { Entry } from "./entry.ts";
import type { Route } from "./envelope.ts";
import type { Frame } from "./frame.ts";
import type { Value } from "./value.ts";

export const uint = fc.oneof(
  fc.nat(200),
  fc.nat(70_000),
  fc.maxSafeNat(),
  fc.constant(Number.MAX_SAFE_INTEGER),
);
/** Counts from 1: stream numbers, incarnations. */
export const count = uint.map((n) => Math.max(1, n));
const bytes = fc.uint8Array({ maxLength: 300 });
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
const text = (most: number, least = 0) =>
  fc.string({ unit: "grapheme", minLength: least, maxLength: 20 }).filter((s) => {
    const length = new TextEncoder().encode(s).length;
    return length >= least && length <= most;
  });
const value: fc.Arbitrary<Value> = fc.record({ encoding: fc.nat(255), bytes });
const latestBody = {
  number: count,
  type: text(code.MAX_TYPE_BYTES, 1),
  key: text(code.MAX_KEY_BYTES),
  value,
};
/** JSON as it comes back: no `-0`, no `__proto__`. */
export const jsonObject = fc
  .dictionary(
    fc.string().filter((key) => key !== "__proto__"),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
  )
  .map((o) => ({ ...o }));

export const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant("message" as const), type: text(code.MAX_TYPE_BYTES, 1), value }),
  fc.record({
    kind: fc.constant("begin" as const),
    total: fc.integer({ min: code.CHUNK_BYTES + 1, max: code.MAX_MESSAGE_BYTES }),
    type: text(code.MAX_TYPE_BYTES, 1),
    encoding: fc.nat(255),
    chunk: someBytes,
  }),
  fc.record({ kind: fc.constant("continue" as const), chunk: someBytes }),
  fc.record({
    kind: fc.constant("cursorHidden" as const),
    time: fc.nat(0xffff),
    number: fc.nat(255),
  }),
  fc.record({ kind: fc.constant("latest" as const), ...latestBody }),
);

export const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    kind: fc.constant("hello" as const),
    protocol: uint,
    features: uint,
    incarnation: count,
    accepted: uint,
    nextAll: count,
    nextTo: count,
    presenceVersion: uint,
    attempt: uint,
  }),
  fc.record({
    kind: fc.constant("ack" as const),
    incarnation: count,
    all: count,
    to: count,
    presenceVersion: uint,
  }),
  fc.record({ kind: fc.constantFrom("probe" as const, "probed" as const), n: uint }),
  fc.record({ kind: fc.constant("goodbye" as const), incarnation: count }),
  fc.record({ kind: fc.constant("all" as const), number: count, entry: someBytes }),
  fc.record({
    kind: fc.constant("allCopy" as const),
    number: count,
    afterTo: uint,
    entry: someBytes,
  }),
  fc.record({ kind: fc.constant("to" as const), number: count, afterAll: uint, entry: someBytes }),
  fc.record({ kind: fc.constant("presence" as const), version: uint, state: jsonObject }),
  fc.record({ kind: fc.constant("latest" as const), ...latestBody }),
);

export const route: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ kind: "server" as const }),
  fc.constant({ kind: "others" as const }),
  fc.record({
    kind: fc.constantFrom("only" as const, "except" as const),
    handles: fc.uniqueArray(count, { minLength: 1, maxLength: 50 }),
  }),
);
