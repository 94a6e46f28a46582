import { expect, test } from "vitest";
import { addressing } from "./addressing.ts";
import type { Member } from "./member.ts";

const member = (id: string, handle: number, awaitsOwn = false) =>
  ({ id, info: { handle }, link: { awaitsOwn } }) as unknown as Member;

test("names whichever are fewer: who shall get it, or who shall not", () => {
  const members = [member("a", 1), member("b", 2), member("c", 3)];
  expect(addressing(members, ["a"], "reliable")).toEqual({ only: true, handles: [1] });
  expect(addressing(members, ["a", "c"], "reliable")).toEqual({ only: false, handles: [2] });
  expect(addressing(members, ["a", "b", "c"], "latest")).toEqual({ only: false, handles: [] });
});

test("nobody gets it by a handle that we do not know yet, before what is to come first", () => {
  // Its socket was lost and is back: under another handle, of which the server's word is on its way.
  for (const handle of [3, 0]) {
    const members = [member("a", 1), member("b", 2), member("back", handle, true)];
    expect(addressing(members, ["a", "b"], "reliable")).toEqual({ only: true, handles: [1, 2] });
    expect(addressing(members, ["a", "b"], "latest").only).toBe(false);
  }
});

test("who awaits something of its own is no reason when it shall get this too", () => {
  const members = [member("a", 1, true), member("b", 2), member("c", 3)];
  expect(addressing(members, ["a", "b", "c"], "reliable")).toEqual({ only: false, handles: [] });
});
