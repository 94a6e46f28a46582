/**
 * Whatever arrives: decoders answer, never throw, keep their bounds, and what they take they can
 * send again.
 */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MAX_FRAME_BYTES } from "../signaling/events.ts";
import { decodeAckVector, encodeAckVector } from "./ack-vector.ts";
import * as arbitrary from "./arbitraries.ts";
import { MessageJoiner } from "./chunks.ts";
import * as code from "./codes.ts";
import { decodeEntry, encodeEntry } from "./entry.ts";
import {
  decodeDown,
  decodeRouted,
  decodeSent,
  encodeBundle,
  encodeRouted,
  encodeSent,
} from "./envelope.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { MAX_BATCH_SAMPLES } from "./samples.ts";
import { decodeValue, encodeValue } from "./value.ts";

const RUNS = { numRuns: 1_000 };
// A busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

/** A type that means something, and then anything. */
const typed = (types: readonly number[]) =>
  fc
    .tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 80 }))
    .map(([type, body]) => Uint8Array.of(type >> 8, type & 255, ...body));
const controlTypes = [code.HELLO, code.ACK, code.PROBE, code.PROBED, code.GOODBYE];
const otherTypes = [code.ALL, code.ALL_COPY, code.TO, code.PRESENCE, code.LATEST];
const cursorTypes = Array.from({ length: 256 }, (_, flags) => (code.CLASS_CURSOR << 8) | flags);

/** Valid bytes with some of them changed, left out, repeated or added. */
function mutated(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "cut", "add", "flip"));
  return fc
    .tuple(valid, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) => {
      const result = [...bytes];
      for (const [where, byte, how] of changes) {
        const at = where % (result.length + 1);
        if (how === "cut") result.splice(at, 1 + (byte % 4));
        else if (how === "add") result.splice(at, 0, byte);
        else if (how === "set") result[at] = byte;
        else result[at] = (result[at] ?? 0) ^ (1 << (byte % 8));
      }
      return Uint8Array.from(result);
    });
}

/** JSON reads `-0` and `1e999`, and writes `0` and `null`. */
const asJson = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

const anything = fc.uint8Array({ maxLength: 200 });

describe("frames", () => {
  const frames = fc.oneof(
    anything,
    typed(controlTypes),
    typed(otherTypes),
    typed(cursorTypes),
    arbitrary.frame.map(encodeFrame),
    mutated(arbitrary.frame.map(encodeFrame)),
  );

  test("every answer is one of the known ones, and what is taken can be sent again", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(frames, (bytes) => {
        const frame = decodeFrame(bytes);
        seen.set(frame.kind, (seen.get(frame.kind) ?? 0) + 1);
        if (frame.kind === "unknown" || frame.kind === "sealed" || frame.kind === "malformed") {
          expect(frame.type).toBe((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0));
          return;
        }
        expect(bytes.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
        const again = encodeFrame(frame);
        expect(decodeFrame(again)).toEqual(
          frame.kind === "presence" ? { ...frame, state: asJson(frame.state) } : frame,
        );
        // JSON may have spaces and cursors may be packed worse; all else has one encoding.
        if (frame.kind !== "presence" && frame.kind !== "cursor") expect(again).toEqual(bytes);
      }),
      RUNS,
    );
    // Otherwise this would test nothing but refusals.
    for (const kind of ["malformed", "unknown", "hello", "all", "latest", "cursor", "presence"]) {
      expect(seen.get(kind), kind).toBeGreaterThan(0);
    }
  });

  test("a cursor frame holds a bounded number of samples, all of them finite", () => {
    const long = fc.uint8Array({ minLength: 20, maxLength: 2_000 });
    const cursors = fc.tuple(fc.constantFrom(...cursorTypes), fc.oneof(long, anything));
    fc.assert(
      fc.property(cursors, ([type, body]) => {
        const batch = decodeFrame(Uint8Array.of(type >> 8, type & 255, ...body));
        if (batch.kind !== "cursor") return;
        expect(batch.samples.length).toBeLessThanOrEqual(MAX_BATCH_SAMPLES);
        for (const { x, y, time } of batch.samples) {
          expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
          expect(Number.isInteger(time) && time >= 0 && time < 65536).toBe(true);
        }
        expect(decodeFrame(encodeFrame(batch))).toEqual(batch);
      }),
      RUNS,
    );
  });
});

test("entries", () => {
  const entries = fc.oneof(
    anything,
    fc.tuple(fc.integer({ min: 1, max: 9 }), anything).map(([kind, body]) => {
      return Uint8Array.of(kind, ...body);
    }),
    mutated(arbitrary.entry.map(encodeEntry)),
  );
  const joiner = new MessageJoiner();
  fc.assert(
    fc.property(entries, (bytes) => {
      const entry = decodeEntry(bytes);
      if (entry.kind === "unknown" || entry.kind === "malformed") {
        expect(entry.code).toBe(bytes[0] ?? 0);
        return;
      }
      expect(encodeEntry(entry)).toEqual(bytes);
      if (entry.kind === "message" || entry.kind === "begin" || entry.kind === "continue") {
        const joined = joiner.add(entry);
        if (joined.kind === "message") decodeValue(joined.value);
      }
      if (entry.kind === "cursor") decodeFrame(entry.frame);
    }),
    RUNS,
  );
});

test("values: any bytes of any encoding, and what is taken can be sent again", () => {
  const json = fc.string().map((text) => new TextEncoder().encode(text));
  fc.assert(
    fc.property(fc.nat(5), fc.oneof(anything, mutated(json)), (encoding, bytes) => {
      const decoded = decodeValue({ encoding, bytes });
      if (decoded === undefined) return;
      const value = encodeValue(decoded.data);
      const data = encoding === code.VALUE_JSON ? asJson(decoded.data) : decoded.data;
      expect(value && decodeValue(value)).toEqual({ data });
    }),
    RUNS,
  );
});

test("values: JSON nested as deep as a message allows", () => {
  const deep = new Uint8Array(code.MAX_MESSAGE_BYTES).fill(0x5b);
  expect(decodeValue({ encoding: code.VALUE_JSON, bytes: deep })).toBeUndefined();
  const closed = Uint8Array.from(deep, (_, i) => (i < deep.length / 2 ? 0x5b : 0x5d));
  expect(() => decodeValue({ encoding: code.VALUE_JSON, bytes: closed })).not.toThrow();
});

test("envelopes", () => {
  const routed = arbitrary.route.map((route) => encodeRouted(route, Uint8Array.of(1, 3, 5)));
  const sent = fc.record({
    sender: fc.integer({ min: 1, max: 999 }),
    frame: fc.uint8Array({ minLength: 2, maxLength: 200 }),
  });
  const bundled = fc.array(sent, { minLength: 1, maxLength: 9 }).map(encodeBundle);
  fc.assert(
    fc.property(fc.oneof(anything, mutated(routed), bundled, mutated(bundled)), (message) => {
      const up = decodeRouted(message);
      if (up !== undefined) {
        expect(encodeRouted(up.route, up.frame)).toEqual(message);
        const handles = "handles" in up.route ? up.route.handles : [];
        expect(new Set(handles).size).toBe(handles.length);
        expect(handles.length).toBeLessThanOrEqual(code.MAX_ROUTE_HANDLES);
      }
      const down = decodeSent(message);
      if (down !== undefined) expect(encodeSent(down.sender, down.frame)).toEqual(message);
      const bundle = decodeDown(message);
      if (message[0] === 0 && bundle.length > 0) expect(encodeBundle(bundle)).toEqual(message);
    }),
    RUNS,
  );
});

test("acknowledgement vectors", () => {
  const count = fc.integer({ min: 1, max: 70_000 });
  const ack = fc.record({ handle: count, incarnation: count, all: count, to: count });
  const vector = fc
    .uniqueArray(ack, { minLength: 1, maxLength: 20, selector: ({ handle }) => handle })
    .map((acks) =>
      encodeAckVector(acks.map((each) => ({ ...each, presenceVersion: each.to - 1 }))),
    );
  fc.assert(
    fc.property(fc.oneof(anything, vector, mutated(vector)), (frame) => {
      const acks = decodeAckVector(frame);
      if (acks !== undefined) expect(encodeAckVector(acks)).toEqual(frame);
    }),
    RUNS,
  );
});
