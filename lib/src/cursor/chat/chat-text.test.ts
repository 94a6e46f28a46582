import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_CHAT_CODE_POINTS, readChat } from "./chat-text.ts";

test("what is no chat is none", () => {
  for (const data of [null, undefined, "hi", 7, [], {}, { text: "hi" }, { text: 7, surface: "" }])
    expect(readChat(data)).toBeNull();
});

test("a chat is one line, kept only where it says so", () => {
  expect(readChat({ text: " a\nb\u202e ", surface: "s", kept: "yes", more: 1 })).toEqual({
    text: "a b",
    surface: "s",
    kept: false,
  });
  expect(readChat({ text: "", surface: "", kept: true })).toEqual({
    text: "",
    surface: "",
    kept: true,
  });
});

test("is never longer than allowed, whatever is sent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
      const said = readChat({ text, surface: "" })?.text ?? "";
      expect(Array.from(said).length).toBeLessThanOrEqual(MAX_CHAT_CODE_POINTS);
      expect(said).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
