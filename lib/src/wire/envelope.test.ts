import fc from "fast-check";
import { expect, test } from "vitest";
import * as arbitrary from "./arbitraries.ts";
import { MAX_ROUTE_HANDLES } from "./codes.ts";
import { decodeRouted, decodeSent, encodeRouted, encodeSent } from "./envelope.ts";

const frame = Uint8Array.of(1, 3, 5);

test("routes and senders arrive as they were sent, with the frame untouched", () => {
  fc.assert(
    fc.property(arbitrary.route, fc.uint8Array({ minLength: 2 }), (route, frame) => {
      expect(decodeRouted(encodeRouted(route, frame))).toEqual({ route, frame });
    }),
  );
  fc.assert(
    fc.property(arbitrary.count, fc.uint8Array({ minLength: 2 }), (sender, frame) => {
      expect(decodeSent(encodeSent(sender, frame))).toEqual({ sender, frame });
    }),
  );
});

test("to all others costs one byte, from one of the first 127 members too", () => {
  expect(encodeRouted({ kind: "others" }, frame)).toEqual(Uint8Array.of(1, 1, 3, 5));
  expect(encodeSent(127, frame)).toEqual(Uint8Array.of(127, 1, 3, 5));
});

test("malformed envelopes are refused", () => {
  expect(decodeRouted(new Uint8Array())).toBeUndefined();
  expect(decodeRouted(Uint8Array.of(1))).toBeUndefined();
  expect(decodeRouted(Uint8Array.of(1, 1))).toBeUndefined();
  expect(decodeRouted(Uint8Array.of(4, 5, 6, 1))).toBeUndefined();
  expect(decodeRouted(Uint8Array.of(2, 0, 1, 3, 5))).toBeUndefined();
  expect(decodeSent(Uint8Array.of(0, 1, 3, 5))).toBeUndefined();
  expect(decodeSent(Uint8Array.of(3, 1))).toBeUndefined();
});

test("one upload is not delivered twice to one member", () => {
  expect(decodeRouted(encodeRouted({ kind: "only", handles: [7, 7] }, frame))).toBeUndefined();
});

test("a route names a bounded number of members", () => {
  const handles = (length: number) => Array.from({ length }, (_, i) => i + 1);
  const most = { kind: "only", handles: handles(MAX_ROUTE_HANDLES) } as const;
  expect(decodeRouted(encodeRouted(most, frame))?.route).toEqual(most);
  const more = { kind: "only", handles: handles(MAX_ROUTE_HANDLES + 1) } as const;
  expect(decodeRouted(encodeRouted(more, frame))).toBeUndefined();
});
