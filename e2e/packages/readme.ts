import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repository } from "./commands.ts";

/** A code block whose first line is a comment that names a file: `// src/main.ts`. */
const FILE_BLOCK = /^```\w+\n(?:\/\/|<!--) ([\w./-]+\.\w+)(?: -->)?\n([\s\S]*?)^```$/gm;

/** Writes the files of README.md's example into `folder`, as written, and gives their names. */
export async function writeReadmeFiles(folder: string): Promise<string[]> {
  const readme = await readFile(join(repository, "README.md"), "utf8");
  const names: string[] = [];
  for (const [, name = "", text = ""] of readme.matchAll(FILE_BLOCK)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    names.push(name);
  }
  return names;
}
