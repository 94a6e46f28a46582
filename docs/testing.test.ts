/** The blocks of testing.md are what examples/todo runs. */
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const page = await readFile(new URL("testing.md", import.meta.url), "utf8");
const folder = new URL("../examples/todo/", import.meta.url);
const entries = await readdir(folder, { withFileTypes: true });
const sources = await Promise.all(
  entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFile(new URL(name, folder), "utf8")),
);

const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
/** Tests that stand one after the other on the page need not do so in their file. */
const parts = blocks.flatMap((code) => code.split(/\n(?=test\()/)).map((part) => part.trim());

test("the page has the app, its tests and its configuration", () => {
  expect(blocks.length).toBeGreaterThan(6);
});

test.each(parts)("is in a file of examples/todo: %s", (part) => {
  expect(sources.filter((source) => source.includes(part))).toHaveLength(1);
});
