import fc from "fast-check";
import { expect, test } from "vitest";
import { VALUE_BYTES, VALUE_JSON, VALUE_STRING, VALUE_UNDEFINED } from "./codes.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** What an app at the other end gets. */
function sent(data: unknown): unknown {
  const value = encodeValue(data);
  if (value === undefined) throw new Error("not encoded");
  const decoded = decodeValue(value);
  if (decoded === undefined) throw new Error("not decoded");
  return decoded.data;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

test("JSON values, strings, bytes and undefined arrive as they were sent", () => {
  const json = fc.jsonValue({ stringUnit: "binary" });
  fc.assert(
    fc.property(json, (data) => {
      const plain: unknown = JSON.parse(JSON.stringify(data), (key, value: unknown) =>
        key === "__proto__" ? undefined : value,
      );
      expect(sent(plain)).toEqual(plain);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(sent(text)).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(sent(bytes)).toEqual(bytes);
    }),
  );
  expect(sent(undefined)).toBeUndefined();
  expect(sent("\ufeffwith a byte order mark")).toBe("\ufeffwith a byte order mark");
  expect(sent("\ud800 alone")).toBe("\ud800 alone");
});

test("a Node Buffer arrives as a Uint8Array of its own", () => {
  const arrived = sent(Buffer.from("abc"));
  expect(arrived).toEqual(Uint8Array.of(97, 98, 99));
  expect(Buffer.isBuffer(arrived)).toBe(false);
  expect((arrived as Uint8Array).buffer.byteLength).toBe(3);
});

test("the app may write into its bytes after it sent them", () => {
  const mine = Uint8Array.of(1, 2, 3);
  const value = encodeValue(mine);
  mine.fill(0);
  expect(value?.bytes).toEqual(Uint8Array.of(1, 2, 3));
});

test("what would not arrive is refused", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const data of [cycle, () => 1, Symbol("s"), 1n, new ArrayBuffer(2), new Float32Array(2)]) {
    expect(encodeValue(data)).toBeUndefined();
  }
});

test("malformed values are refused", () => {
  expect(decodeValue({ encoding: VALUE_UNDEFINED, bytes: utf8("x") })).toBeUndefined();
  expect(decodeValue({ encoding: VALUE_JSON, bytes: utf8("{") })).toBeUndefined();
  expect(decodeValue({ encoding: VALUE_JSON, bytes: Uint8Array.of(34, 255, 34) })).toBeUndefined();
  expect(decodeValue({ encoding: VALUE_STRING, bytes: Uint8Array.of(255) })).toBeUndefined();
  expect(decodeValue({ encoding: VALUE_BYTES + 1, bytes: utf8("x") })).toBeUndefined();
});

test("a __proto__ key does not get in, however it is spelt", () => {
  for (const key of ["__proto__", "\\u005f_proto__", "_\\u005Fproto\\u005f_"]) {
    const bytes = utf8(`{"a":1,"${key}":{"admin":true}}`);
    const data = decodeValue({ encoding: VALUE_JSON, bytes })?.data;
    expect(Object.keys(data as object)).toEqual(["a"]);
    expect(Object.assign({}, data)).not.toHaveProperty("admin");
  }
});
