import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { encodeValue } from "../wire/index.ts";
import { check, checkOwn, checkSent, schemaOf } from "./schema.ts";

test("without a schema everything passes as it is", () => {
  const data = { any: 1 };
  expect(check(undefined, data)).toEqual({ ok: true, value: data });
});

test.each([
  ["zod", z.object({ n: z.number() })],
  ["valibot", v.object({ n: v.number() })],
])("%s says what fits, and leaves out what it does not know", (_, schema) => {
  expect(check(schema, { n: 1, more: 2 })).toEqual({ ok: true, value: { n: 1 } });
  expect(check(schema, { n: "1" })).toMatchObject({ ok: false });
});

test("a schema that throws or takes its time refuses", () => {
  const throwing = z.unknown().refine(() => {
    throw new Error("bug");
  });
  // zod tries again asynchronously, and that promise rejects: Vitest fails on it if nobody listens.
  expect(check(throwing, 1)).toMatchObject({ ok: false });
  const buggy = v.pipe(
    v.string(),
    v.check((): boolean => {
      throw new Error("bug");
    }),
  );
  expect(check(buggy, "x")).toMatchObject({ ok: false, why: expect.stringContaining("bug") });
  const slow = v.pipeAsync(
    v.string(),
    v.checkAsync(async () => true),
  );
  expect(check(slow, "x")).toMatchObject({ ok: false, why: expect.stringContaining("asynchron") });
});

test("one's own data that does not fit is told at the call", () => {
  expect(() => checkOwn(z.string(), 1, 'Message "chat"')).toThrow(
    expect.objectContaining({ code: "schema-mismatch", message: expect.stringContaining("chat") }),
  );
  expect(() => checkOwn(z.string(), "x", "")).not.toThrow();
});

test("what is sent is checked as it will arrive", () => {
  const value = encodeValue({ at: new Date(0) });
  if (value === undefined) throw new Error("it has JSON");
  expect(() => checkSent(z.object({ at: z.date() }), value, "Message")).toThrow(
    expect.objectContaining({ code: "schema-mismatch" }),
  );
  expect(() => checkSent(z.object({ at: z.string() }), value, "Message")).not.toThrow();
  expect(() => checkSent(undefined, value, "Message")).not.toThrow();
});

test("names from strangers find no inherited property", () => {
  const schema = { messages: { chat: z.string() } };
  expect(schemaOf(schema, "messages", "chat")).toBe(schema.messages.chat);
  for (const type of ["constructor", "__proto__", "toString", "other"]) {
    expect(schemaOf(schema, "messages", type)).toBeUndefined();
  }
  expect(schemaOf(schema, "latest", "chat")).toBeUndefined();
});

test("the library's own types have no schema of the app's", () => {
  const schema = { messages: { "skein:ask": z.number(), skein: z.number() } };
  expect(schemaOf(schema, "messages", "skein:ask")).toBeUndefined();
  expect(schemaOf(schema, "messages", "skein")).toBeDefined();
});
