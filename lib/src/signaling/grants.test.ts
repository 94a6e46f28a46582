import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { Entry } from "../wire/index.ts";
import { allowsEntry } from "./allowing.ts";
import { allows, GRANT_GRACE_MS, isGrant } from "./grants.ts";
import { Rights } from "./rights.ts";

test.each([
  ["cursor", true],
  ["presence", true],
  ["document", true],
  ["message", true],
  ["message:chat", true],
  [`message:${"x".repeat(128)}`, true],
  [`message:${"x".repeat(129)}`, false],
  ["message:", false],
  ["curser", false],
  ["Cursor", false],
  ["", false],
  [7, false],
  [null, false],
])("%j is a grant: %s", (value, is) => {
  expect(isGrant(value)).toBe(is);
});

test("nothing said of grants is everything; an empty list is nothing", () => {
  for (const ability of ["cursor", "message", "presence", "document"] as const) {
    expect([allows(undefined, ability), allows([], ability)]).toEqual([true, false]);
  }
});

test("a type is granted with all types or by its name, and its name grants no other", () => {
  expect(allows(["message"], "message", "chat")).toBe(true);
  expect(allows(["message:chat"], "message", "chat")).toBe(true);
  expect(allows(["message:chat"], "message", "chats")).toBe(false);
  expect(allows(["message:chat"], "message")).toBe(false);
  expect(allows(["message:message"], "message")).toBe(false);
  // What a later version may grant is no harm.
  expect(allows(["teleport"], "cursor")).toBe(false);
});

test("what is in view goes with the cursor; whoever may see may ask to follow", () => {
  expect(allows(["cursor"], "message", "skein:view")).toBe(true);
  expect(allows([], "message", "skein:view")).toBe(false);
  expect(allows([], "message", "skein:follow")).toBe(true);
  expect(allows([], "message", "skein:chat")).toBe(false);
  const value = { encoding: 2, bytes: new Uint8Array(10) };
  const latest: Entry = { kind: "latest", number: 1, type: "skein:follow", key: "", value };
  expect(allowsEntry([], latest)).toBe(false);
  expect(allowsEntry(["message"], latest)).toBe(true);
});

test("what was allowed a moment ago still is; what was not, is not", () => {
  const clock = new FakeClock();
  const rights = new Rights(clock, ["cursor"]);
  const cursor = () => rights.permit((grants) => allows(grants, "cursor"));
  const chat = () => rights.permit((grants) => allows(grants, "message", "chat"));
  expect([cursor(), chat(), rights.unlimited]).toEqual([true, false, false]);
  expect(rights.change(["cursor"])).toBe(false);
  expect(rights.change(["message:chat"])).toBe(true);
  clock.advance(GRANT_GRACE_MS - 1);
  expect([cursor(), chat()]).toEqual([true, true]);
  clock.advance(1);
  expect([cursor(), chat()]).toEqual([false, true]);
  rights.change(undefined);
  expect(rights.unlimited).toBe(true);
});
