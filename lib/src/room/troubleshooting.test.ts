import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const page = read("../../../docs/troubleshooting.md");

/** The members of a union of strings, as its source lists them. */
function members(source: string, type: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const union = new RegExp(`export type ${type} =([^;]*);`).exec(code)?.[1] ?? "";
  return [...union.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
}

/** What the tables under a heading explain: the first cell of each row, and the others. */
function rows(heading: string): Map<string, readonly string[]> {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  const found = new Map<string, readonly string[]>();
  for (const [, code = "", rest = ""] of section.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)) {
    expect(found.has(code)).toBe(false);
    found.set(code, rest.split(" | "));
  }
  return found;
}

test.each([
  ["PathReason", "./types.ts", "Why a peer is on its path", 10],
  ["SkeinErrorCode", "./errors.ts", "Error codes", 20],
] as const)("every %s is explained, and says what to do", (type, file, heading, least) => {
  const codes = members(read(file), type);
  expect(codes.length).toBeGreaterThanOrEqual(least);
  const explained = rows(heading);
  expect([...explained.keys()].sort()).toEqual([...codes].sort());
  for (const cells of explained.values()) {
    expect(cells).toHaveLength(2);
    for (const cell of cells) expect(cell.trim()).toMatch(/^.{7,}[.?]$/);
  }
});

/** The code of a folder, without tests and without the files that only list the codes. */
function sources(folder: string): string {
  const lists =
    /\.test\.ts$|(room\/(errors|types)|signaling\/(events|guards))\.ts$|inspector\/|\/testing\//;
  const root = new URL(folder, import.meta.url);
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ts") && !lists.test(`${root}/${name}`));
  return files
    .map((name) => readFileSync(new URL(`${folder}/${name}`, import.meta.url), "utf8"))
    .join("\n");
}

test("each is raised by somebody", () => {
  const code = sources("..") + sources("../../../signaling-server/src");
  const raised = (name: string) => code.includes(`"${name}"`);
  for (const [type, file] of [
    ["SkeinErrorCode", "./errors.ts"],
    ["PathReason", "./types.ts"],
  ] as const) {
    expect(members(read(file), type).filter((name) => !raised(name))).toEqual([]);
  }
});
