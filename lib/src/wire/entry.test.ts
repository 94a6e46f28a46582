import fc from "fast-check";
import { expect, test } from "vitest";
import * as arbitrary from "./arbitraries.ts";
import { CHUNK_BYTES, MAX_LATEST_BYTES, MAX_MESSAGE_BYTES, MAX_TYPE_BYTES } from "./codes.ts";
import { decodeEntry, type Entry, encodeEntry } from "./entry.ts";

const arrives = (entry: Entry) => decodeEntry(encodeEntry(entry)).kind;
const value = (length: number) => ({ encoding: 3, bytes: new Uint8Array(length) });

test("every entry arrives as it was sent", () => {
  fc.assert(
    fc.property(arbitrary.entry, (entry) => {
      expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
    }),
  );
});

test("an entry of a version to come is unknown, an empty one malformed", () => {
  expect(decodeEntry(Uint8Array.of(0x7f, 1, 2))).toEqual({ kind: "unknown", code: 0x7f });
  expect(decodeEntry(new Uint8Array()).kind).toBe("malformed");
});

test("sizes are checked on arrival", () => {
  expect(arrives({ kind: "message", type: "a", value: value(CHUNK_BYTES) })).toBe("message");
  expect(arrives({ kind: "message", type: "a", value: value(CHUNK_BYTES + 1) })).toBe("malformed");
  expect(arrives({ kind: "message", type: "", value: value(1) })).toBe("malformed");
  const long = "x".repeat(MAX_TYPE_BYTES + 1);
  expect(arrives({ kind: "message", type: long, value: value(1) })).toBe("malformed");

  const latest = (length: number) =>
    arrives({ kind: "latest", number: 1, type: "a", key: "", value: value(length) });
  expect(latest(MAX_LATEST_BYTES)).toBe("latest");
  expect(latest(MAX_LATEST_BYTES + 1)).toBe("malformed");

  const begin = (total: number, length = 1) =>
    arrives({ kind: "begin", total, type: "a", encoding: 1, chunk: new Uint8Array(length) });
  expect(begin(MAX_MESSAGE_BYTES)).toBe("begin");
  expect(begin(MAX_MESSAGE_BYTES + 1)).toBe("malformed");
  expect(begin(CHUNK_BYTES)).toBe("malformed");
  expect(begin(MAX_MESSAGE_BYTES, 0)).toBe("malformed");
  expect(begin(MAX_MESSAGE_BYTES, CHUNK_BYTES + 1)).toBe("malformed");
  expect(arrives({ kind: "continue", chunk: new Uint8Array() })).toBe("malformed");
});

test("a type name that is not UTF-8 is malformed", () => {
  expect(decodeEntry(Uint8Array.of(1, 2, 0xc3, 0x28, 0)).kind).toBe("malformed");
});
