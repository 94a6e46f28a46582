/** Every TypeScript block of these pages compiles, as strictly as an app of ours would. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A fenced block, and the words of its fence: `ts`, `tsx`. */
const BLOCK = /^```(tsx?)\n([\s\S]*?)^```$/gm;

/** A few seconds for a machine that does nothing else. */
const COMPILE_MS = 300_000;

/** testing.test.ts finds every block of that page in a file that is compiled and run. */
const COMPILED_ELSEWHERE = "testing.md";

/** What a reader has by then: names that a page's blocks use and do not make. */
const GIVEN: Readonly<Record<string, string>> = {
  "cursors.md": `
    import type * as cursors from "skein/cursors";
    import type { Peer, Room } from "skein";
    interface Types { presence: { name: string } }
    declare global {
      const attachCursors: typeof cursors.attachCursors;
      const followView: typeof cursors.followView;
      const room: Room<Types>;
      const peer: Peer<Types>;
      const board: HTMLElement & { onPan: () => void };
      const canvas: HTMLCanvasElement;
      const pan: { x: number; y: number };
      const zoom: number;
      const camera: { flyTo(x: number, y: number): void };
      const button: HTMLButtonElement;
      const banner: HTMLElement;
      const label: HTMLElement;
      const fitInto: (x: number, y: number, width: number, height: number) => void;
      interface HTMLElementTagNameMap { "my-cursor": HTMLElement & { label: string } }
    }`,
  "inspector.md": `
    import "vite/client";
    import type * as inspector from "skein/inspector";
    import type { Room } from "skein";
    declare global {
      const attachInspector: typeof inspector.attachInspector;
      const room: Room;
    }`,
};

/** That what is wrong is found. */
const WRONG = {
  page: "wrong.md",
  text: `# A page\n\n\`\`\`ts\nimport { joinRoom } from "skein";\njoinRoom(5);\n\`\`\`\n`,
};

interface Page {
  readonly page: string;
  readonly text: string;
}

/** Compiles the blocks of pages, each a module of its own, and gives what the compiler says. */
async function compile(pages: readonly Page[]): Promise<string[]> {
  // Within the project, where packages are found, and out of every tool's sight.
  const folder = await mkdtemp(join(root, "node_modules/.skein-docs-"));
  try {
    const files = new Map<string, string>();
    for (const { page, text } of pages) {
      const given = GIVEN[page];
      if (given !== undefined) files.set(`${page}.d.ts`, given);
      for (const { 1: language, 2: code, index } of text.matchAll(BLOCK)) {
        // So that what is wrong is told by its line on the page.
        const above = text.slice(0, index).replace(/[^\n]/g, "");
        files.set(`${page}-${index}.${language}`, `${above}\n${code}`);
      }
    }
    const config = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      files: [...files.keys(), join(root, "lib/src/path/simple-peer-min.d.ts")],
    };
    files.set("tsconfig.json", JSON.stringify(config));
    for (const [name, content] of files) await writeFile(join(folder, name), content);
    const tsc = join(root, "node_modules/.bin/tsc");
    const said = await new Promise<string>((resolve, reject) => {
      execFile(tsc, ["-p", folder, "--pretty", "false"], { cwd: folder }, (error, output) => {
        // It ends by a number when it found something, and says what.
        if (error !== null && output === "") reject(error);
        else resolve(output);
      });
    });
    // The library's own sources are another's to check, and nothing is registered there.
    return said.split(/\n(?=\S)|\n$/).filter((line) => line !== "" && !line.startsWith("../"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const docs = (await readdir(new URL(".", import.meta.url))).filter((name) => name.endsWith(".md"));
const everyPage: Page[] = await Promise.all(
  ["../README.md", ...docs.filter((name) => name !== COMPILED_ELSEWHERE)].map(async (path) => ({
    page: path.replace("../", ""),
    text: await readFile(new URL(path, import.meta.url), "utf8"),
  })),
);
const pages = everyPage.filter(({ text }) => text.search(BLOCK) !== -1);

let said: string[];
beforeAll(async () => {
  // What one page registers is so in its whole program.
  const alone = pages.filter(({ text }) => text.includes("interface Register"));
  const together = [...pages.filter((page) => !alone.includes(page)), WRONG];
  said = (await Promise.all([together, ...alone.map((page) => [page])].map(compile))).flat();
}, COMPILE_MS);

test("the pages that have blocks are among them", () => {
  expect(pages.map(({ page }) => page)).toEqual(
    expect.arrayContaining(["README.md", "cursors.md", "inspector.md", "react.md", "recipes.md"]),
  );
});

test.each(pages)("the blocks of $page compile", ({ page }) => {
  expect(said.filter((line) => line.startsWith(`${page}`))).toEqual([]);
});

test("what does not compile is told by its line, and nothing else is told", () => {
  const names = pages.map(({ page }) => page);
  const others = said.filter((line) => !names.some((name) => line.startsWith(name)));
  expect(others).toEqual([expect.stringMatching(/^wrong\.md-\d+\.ts\(5,10\): error TS2345/)]);
});
