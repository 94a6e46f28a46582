/** What fast-check may put into frames and entries. For tests only. */
import fc from "fast-check";
import * as code from "./codes.ts";
import type { CursorBatch } from "./cursor.ts";
import type { Entry } from "./entry.ts";
import type { Route } from "./envelope.ts";
import type { Frame } from "./frame.ts";
import { MAX_BATCH_SAMPLES, MAX_SAMPLE_GAP_MS, TIME_RANGE_MS } from "./samples.ts";
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

const whole = fc.oneof(fc.integer({ min: -0x8000, max: 0x7fff }), fc.integer({ min: 0, max: 99 }));
const fraction = fc.nat(16384).map((n) => n / 16384);
const float = fc
  .float({ noNaN: true, noDefaultInfinity: true })
  .map((n) => (Math.abs(n) < 2 ? n + 4 : n))
  .map(Math.fround);
const places = (coordinate: fc.Arbitrary<number>) =>
  fc.array(
    fc.record({
      x: coordinate,
      y: coordinate,
      step: fc.oneof(fc.nat(MAX_SAMPLE_GAP_MS), fc.integer({ min: 14, max: 19 })),
    }),
    { minLength: 1, maxLength: MAX_BATCH_SAMPLES, size: "max" },
  );

const batchOf = (coordinate: fc.Arbitrary<number>): fc.Arbitrary<CursorBatch> =>
  fc
    .record({
      number: fc.nat(255),
      pressed: fc.boolean(),
      pointerType: fc.constantFrom("mouse", "touch", "pen", "other"),
      frame: text(code.MAX_CURSOR_FRAME_BYTES),
      start: fc.nat(TIME_RANGE_MS - 1),
      places: places(coordinate),
    })
    .map(({ start, places, ...batch }) => {
      let time = start - (places[0]?.step ?? 0);
      const samples = places.map(({ x, y, step }) => {
        time += step;
        return { x, y, time: time % TIME_RANGE_MS };
      });
      return { ...batch, samples };
    });

/** A batch that arrives exactly: in one scale, its coordinates as that scale has them. */
export const cursorBatch = fc.oneof(batchOf(whole), batchOf(fraction), batchOf(float));
/** A batch whose coordinates may be rounded on the way. */
export const mixedBatch = batchOf(
  fc.oneof(whole, fraction, float, fc.double({ min: -2, max: 2, noNaN: true })),
);

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
  fc.record({ kind: fc.constant("cursor" as const), frame: someBytes }),
  fc.record({
    kind: fc.constant("activity" as const),
    activity: fc.nat(255),
    pace: fc.nat(255),
  }),
  fc.constant({ kind: "withheld" as const }),
  fc.record({
    kind: fc.constant("interest" as const),
    surfaces: fc.option(
      fc.array(text(code.MAX_CURSOR_FRAME_BYTES, 0), { maxLength: code.MAX_SURFACES }),
    ),
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
  fc.record({ kind: fc.constant("probe" as const), n: uint }),
  fc.record({ kind: fc.constant("probed" as const), n: uint, flags: uint }),
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
  cursorBatch.map((batch) => ({ kind: "cursor" as const, ...batch })),
);

export const route: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ kind: "server" as const }),
  fc.constant({ kind: "others" as const }),
  fc.record({
    kind: fc.constantFrom("only" as const, "except" as const),
    handles: fc.uniqueArray(count, { minLength: 1, maxLength: 50 }),
  }),
);
