import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

/** Every TypeScript file of a folder, as one text. */
function sources(folder: string): string {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"));
  return files.map((name) => readFileSync(join(root, folder, name), "utf8")).join("\n");
}

/** Rows of the tables of variables: name, and the cells after it. */
const rows = new Map(
  [...page.matchAll(/^\| `([A-Z_]+)` \| (.*) \|$/gm)].map(([, name = "", rest = ""]) => [
    name,
    rest.split(" | "),
  ]),
);

test("the variables that lengthen browser tests are listed, with both lengths", () => {
  const asked = [
    ...sources("e2e").matchAll(/inForm\(\s*"(\w+)",\s*\{ short: ([^,]+), full: (\w+) \}/g),
  ];
  expect(asked.length).toBeGreaterThan(3);
  for (const [, name = "", short = "", full] of asked) {
    expect(rows.get(name)?.[1], name).toBe(full);
    // Others are made of the code's own constants.
    if (/^\d+$/.test(short)) expect(rows.get(name)?.[0], name).toBe(short);
  }
  const listed = [...rows.keys()].filter((name) => name.startsWith("SKEIN_"));
  expect(listed.sort()).toEqual(asked.map(([, name = ""]) => name).sort());
});

test("the variables that lengthen unit tests are listed, with what they are otherwise", () => {
  const both = sources("lib/src") + sources("signaling-server/src");
  const asked = [...both.matchAll(/process\.env\["(\w+)"\] \?\? ([\d_]+)/g)];
  expect(asked.length).toBeGreaterThan(4);
  for (const [, name = "", otherwise = ""] of asked) {
    expect(rows.get(name)?.[0], name).toBe(otherwise.replaceAll("_", ""));
  }
});

test("every command that is for people is listed", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = Object.keys(scripts).filter((name) => !name.startsWith("bench:"));
  for (const name of commands) expect(page).toMatch(new RegExp(`npm (run )?${name}\\b`));
});
