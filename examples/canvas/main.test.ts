import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("the canvas app is one of forty lines", async () => {
  const text = await readFile(new URL("main.ts", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Math.max(...lines.map((line) => line.length)), "and none of them two").toBeLessThan(101);
});
