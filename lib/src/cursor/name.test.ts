import { expect, test } from "vitest";
import { initialOf, nameOf, unvouchedIn } from "./name.ts";
import { aPeer } from "./stand-in-room.ts";

const named = (name: unknown) => nameOf(aPeer("a", { presence: { name } }));

test("a name the server vouched for goes before one in presence", () => {
  const presence = { name: "Mallory" };
  expect(nameOf(aPeer("a", { presence, user: { id: "1", name: "Ada" } }))).toBe("Ada");
  expect(nameOf(aPeer("a", { presence, user: { id: "1" } }))).toBe("Mallory");
});

test("what is no text is no name", () => {
  for (const name of [undefined, null, 7, {}, ["x"], "", "   ", "\u0000\u202e\n"])
    expect(named(name)).toBe("");
  expect(nameOf(aPeer("a", { presence: Object.create({ name: "inherited" }) }))).toBe("");
});

test("a long name is cut, and never inside a character", () => {
  expect([...named("x".repeat(10_000))]).toHaveLength(32);
  const family = "👨‍👩‍👧‍👦";
  expect(named(family.repeat(10))).toBe(family.repeat(10));
  expect(named(family.repeat(1_000))).toBe(`${family.repeat(31)}…`);
  expect(named("x".repeat(32))).toBe("x".repeat(32));
  expect(named("x".repeat(33))).toBe(`${"x".repeat(31)}…`);
  expect(named(`a${" ".repeat(2_000)}b`)).toBe("a…");
});

test("a name is one line and cannot turn the text around it", () => {
  expect(named(" Ada\n\tLovelace ")).toBe("Ada Lovelace");
  expect(named("\u202eadA")).toBe("adA");
});

test("markup is text like any other", () => {
  expect(named("<img src=x onerror=1>")).toBe("<img src=x onerror=1>");
});

test("an initial is a whole character", () => {
  expect([initialOf("ada"), initialOf("👨‍👩‍👧‍👦 family"), initialOf("")]).toEqual([
    "A",
    "👨‍👩‍👧‍👦",
    "",
  ]);
});

test("a name is marked only where the server vouches for others", () => {
  const ada = aPeer("a", { user: { id: "1", name: "Ada" } });
  const bare = aPeer("b", { user: { id: "2" } });
  const open = aPeer("c");
  const marked = (...everybody: (typeof ada)[]) =>
    everybody.filter(unvouchedIn(everybody)).map(({ id }) => id);
  expect(marked(open, aPeer("d"))).toEqual([]);
  expect(marked(bare, open)).toEqual(["c"]);
  // Who is known by an id may still call itself by another's name.
  expect(marked(ada, bare, open)).toEqual(["b", "c"]);
});
