import fc from "fast-check";
import { expect, test } from "vitest";
import { cutToCodePoints, oneLine } from "./text.ts";

test("what cannot be seen, and what turns the direction, is taken out", () => {
  expect(oneLine(" a\tb\n\u0000c\u202e d\u2066e\u061c ")).toBe("a b c d e");
  // Joiners belong to emoji and to Persian words.
  expect(oneLine("👩‍🚀 می‌خواهم")).toBe("👩‍🚀 می‌خواهم");
});

test("a cut never leaves a part of a character", () => {
  expect(cutToCodePoints("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 13)).toBe("👨‍👩‍👧‍👦");
  expect(cutToCodePoints("👨‍👩‍👧‍👦", 6)).toBe("");
  expect(cutToCodePoints("e\u0301x", 1)).toBe("");
});

test("a cut is a beginning of the text, within the bound, and whole where it fits", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.nat({ max: 40 }),
      (text, most) => {
        const cut = cutToCodePoints(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect(Array.from(cut).length).toBeLessThanOrEqual(most);
        if (Array.from(text).length <= most) expect(cut).toBe(text);
      },
    ),
  );
});
