import { expect, test } from "vitest";
import { NewestPerKey } from "./newest.ts";

test("a value is new when its number is above all before it of the same type and key", () => {
  const newest = new NewestPerKey();
  expect(newest.accept(5, "drag", "a")).toBe(true);
  expect(newest.accept(5, "drag", "a")).toBe(false);
  expect(newest.accept(4, "drag", "a")).toBe(false);
  expect(newest.accept(4, "drag", "b")).toBe(true);
  expect(newest.accept(3, "laser", "a")).toBe(true);
  expect(newest.accept(6, "drag", "a")).toBe(true);
});

test("type and key do not run together", () => {
  const newest = new NewestPerKey();
  expect(newest.accept(2, "a", "bc")).toBe(true);
  expect(newest.accept(1, "ab", "c")).toBe(true);
});

test("a stranger's keys are bounded; the key longest unused is the first forgotten", () => {
  const newest = new NewestPerKey();
  for (let i = 0; i < 4096; i++) newest.accept(i + 10, "t", `${i}`);
  newest.accept(10_000, "t", "0");
  newest.accept(10_001, "t", "one more");
  expect(newest.accept(9_999, "t", "0")).toBe(false);
  expect(newest.accept(1, "t", "1")).toBe(true);
});
