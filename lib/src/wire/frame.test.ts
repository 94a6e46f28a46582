import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_FRAME_BYTES, MAX_PRESENCE_BYTES } from "../signaling/events.ts";
import * as arbitrary from "./arbitraries.ts";
import { CLASS_RELIABLE } from "./codes.ts";
import { decodeFrame, encodeFrame, frameClass, PROBED_HIDDEN } from "./frame.ts";

test("every frame arrives as it was sent", () => {
  fc.assert(
    fc.property(arbitrary.frame, (frame) => {
      expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    }),
  );
});

test("a frame is read within its view, not within the buffer around it", () => {
  fc.assert(
    fc.property(arbitrary.frame, (frame) => {
      const bytes = encodeFrame(frame);
      const pool = new Uint8Array(bytes.length + 40).fill(7);
      pool.set(bytes, 20);
      expect(decodeFrame(pool.subarray(20, 20 + bytes.length))).toEqual(frame);
    }),
  );
});

test("what a version to come sends is unknown, not malformed", () => {
  expect(decodeFrame(Uint8Array.of(0x01, 0x05, 1, 2))).toEqual({ kind: "unknown", type: 0x0105 });
  expect(decodeFrame(Uint8Array.of(0x06, 0x01))).toEqual({ kind: "unknown", type: 0x0601 });
  expect(decodeFrame(Uint8Array.of(0x7f, 0xff, 9))).toEqual({ kind: "unknown", type: 0x7fff });
});

test("a sealed frame is told apart from what is malformed, and keeps its class", () => {
  const bytes = Uint8Array.of(0x82, 0x01, 1, 2, 3);
  expect(decodeFrame(bytes)).toEqual({ kind: "sealed", type: 0x8201 });
  expect(frameClass(bytes)).toBe(CLASS_RELIABLE);
});

test("a frame with a byte too few or too many is malformed", () => {
  const bytes = encodeFrame({ kind: "ack", incarnation: 1, all: 300, to: 1, presenceVersion: 2 });
  for (let length = 2; length < bytes.length; length++) {
    expect(decodeFrame(bytes.subarray(0, length)).kind).toBe("malformed");
  }
  expect(decodeFrame(Uint8Array.of(...bytes, 0)).kind).toBe("malformed");
  expect(decodeFrame(new Uint8Array()).kind).toBe("malformed");
  expect(decodeFrame(Uint8Array.of(1)).kind).toBe("malformed");
});

test("stream numbers begin at 1", () => {
  expect(decodeFrame(Uint8Array.of(0x02, 0x01, 0, 1)).kind).toBe("malformed");
  expect(decodeFrame(Uint8Array.of(0x02, 0x01, 1, 1)).kind).toBe("all");
});

test("numbers too large to count with, and numbers longer than they need be, are malformed", () => {
  const probe = (...number: number[]) => decodeFrame(Uint8Array.of(0x01, 0x03, ...number));
  const largest = [255, 255, 255, 255, 255, 255, 255, 15];
  expect(probe(...largest)).toEqual({ kind: "probe", n: Number.MAX_SAFE_INTEGER });
  expect(probe(128, 128, 128, 128, 128, 128, 128, 16).kind).toBe("malformed");
  expect(probe(...new Array(5000).fill(255)).kind).toBe("malformed");
  expect(probe(129, 0).kind).toBe("malformed");
});

test("presence is an object within its bounds, and never sets a prototype", () => {
  const presence = (json: string) =>
    decodeFrame(Uint8Array.of(0x03, 0x01, 1, ...new TextEncoder().encode(json)));
  for (const json of ["", "null", "[]", '"a"', "1", "{", "{} {}"]) {
    expect(presence(json).kind).toBe("malformed");
  }
  expect(presence(`{"a":"${"x".repeat(MAX_PRESENCE_BYTES)}"}`).kind).toBe("malformed");
  expect(presence('{"__proto__":{"admin":true},"a":{"\\u005f_proto__":1}}')).toEqual({
    kind: "presence",
    version: 1,
    state: { a: {} },
  });
});

test("a frame over the limit of the server path is malformed on every path", () => {
  const sized = (length: number) =>
    encodeFrame({ kind: "all", number: 1, entry: new Uint8Array(length - 3).fill(1) });
  expect(decodeFrame(sized(MAX_FRAME_BYTES)).kind).toBe("all");
  expect(decodeFrame(sized(MAX_FRAME_BYTES + 1)).kind).toBe("malformed");
});

test("an answer to a probe says whether its tab is hidden, and leaves room for more", () => {
  const probed = (...body: number[]) => decodeFrame(Uint8Array.of(0x01, 0x04, ...body));
  expect(probed(9, PROBED_HIDDEN)).toEqual({ kind: "probed", n: 9, flags: 1 });
  expect(probed(9, 6)).toEqual({ kind: "probed", n: 9, flags: 6 });
  expect(probed(9).kind).toBe("malformed");
});
