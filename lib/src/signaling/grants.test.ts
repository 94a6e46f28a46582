import { expect, test } from "vitest";
import { allows } from "./grants.ts";

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
  expect(allows(["teleport"], "cursor")).toBe(false);
});
