import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { behindOneOrigin } from "./behind-one-origin.ts";
import { repository, run, start } from "./commands.ts";
import { writeReadmeFiles } from "./readme.ts";

const TYPESCRIPT = "7.0.2";
const VITE = "8.3.8";

const workspaces = ["lib", "signaling-server"] as const;
type Workspace = (typeof workspaces)[number];

/** Strict beyond `strict`, and the declarations of the packages are checked too. */
const tsconfig = {
  compilerOptions: {
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: false,
    noEmit: true,
  },
  include: ["src"],
};

/** An app that registers its types once; compiled only. */
const REGISTER = `
import { joinRoom } from "skein";

declare module "skein" {
  interface Register {
    room: { presence: { name: string }; messages: { chat: string } };
  }
}

export function typed(): void {
  const room = joinRoom("typed", { presence: { name: "Ada" } });
  room.onMessage("chat", ({ data, peer }) => data.toUpperCase() + peer.presence.name.trim());
  // @ts-expect-error the registered presence has a required name
  joinRoom("typed");
  // @ts-expect-error there is no such message
  void room.send("chats", "hello");
}
`;

let folder: string;
const tarballs = {} as Record<Workspace, string>;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-packages-"));
  for (const workspace of workspaces) {
    const printed = await run(
      "npm",
      ["pack", "--json", "--pack-destination", folder, "--workspace", workspace],
      repository,
    );
    const [packed] = JSON.parse(printed) as { filename: string }[];
    tarballs[workspace] = join(folder, packed?.filename ?? "");
  }
});

test.afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

for (const workspace of workspaces) {
  test(`publint has nothing to say about ${workspace}`, async () => {
    await run(
      join(repository, "node_modules/.bin/publint"),
      ["run", tarballs[workspace], "--strict"],
      repository,
    );
  });

  test(`the types of ${workspace} are found by every resolver of ES modules`, async () => {
    await run(
      join(repository, "node_modules/.bin/attw"),
      [tarballs[workspace], "--profile", "esm-only", "--no-color"],
      repository,
    );
  });

  test(`${workspace} imports nothing that it does not declare`, async () => {
    const manifest = JSON.parse(
      await readFile(join(repository, workspace, "package.json"), "utf8"),
    ) as Record<"dependencies" | "peerDependencies", Record<string, string> | undefined>;
    const declared = new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    );
    const imported = await packagesImportedBy(join(repository, workspace, "dist"));
    expect(imported.size).toBeGreaterThan(0);
    expect([...imported].filter((name) => !declared.has(name))).toEqual([]);
  });
}

test("README's example type-checks, builds and runs in a new Vite project", async ({ browser }) => {
  const project = await newProject("with-vite", { vite: VITE });
  expect(await writeReadmeFiles(project)).toEqual(
    expect.arrayContaining(["index.html", "src/main.ts", "vite.config.ts"]),
  );
  await run("npx", ["tsc"], project);
  await writeFile(join(project, "src/register.ts"), REGISTER);
  await run("npx", ["tsc"], project);
  await run("npx", ["vite", "build"], project);
  const vite = await start(
    "node_modules/.bin/vite",
    ["--port", "0", "--host", "127.0.0.1"],
    project,
    /http:\/\/127\.0\.0\.1:(\d+)\//,
  );
  try {
    await expectTwoPagesToSeeEachOther(browser, `http://localhost:${vite.match[1]}/`);
  } finally {
    await vite.stop();
  }
});

test("README's example type-checks, builds and runs in a new webpack project, with the server's command", async ({
  browser,
}) => {
  const project = await newProject("with-webpack", {
    webpack: "5.112.2",
    "webpack-cli": "6.0.1",
    "esbuild-loader": "4.5.0",
  });
  await writeReadmeFiles(project);
  await rm(join(project, "vite.config.ts"));
  await writeFile(join(project, "webpack.config.js"), WEBPACK_CONFIG);
  await run("npx", ["tsc"], project);
  await run("npx", ["webpack"], project);
  const page = await readFile(join(project, "index.html"), "utf8");
  await writeFile(join(project, "dist/index.html"), page.replace("/src/main.ts", "/main.js"));

  const signaling = await start(
    "node_modules/.bin/skein-server",
    ["--host", "127.0.0.1", "--port", "0"],
    project,
    /https?:\/\/[^\s:]+:(\d+)/,
  );
  const site = await behindOneOrigin(join(project, "dist"), Number(signaling.match[1]));
  try {
    await expectTwoPagesToSeeEachOther(browser, site.url);
  } finally {
    await site.close();
    await signaling.stop();
  }
});

const WEBPACK_CONFIG = `
export default {
  mode: "production",
  entry: "./src/main.ts",
  output: { filename: "main.js", chunkFilename: "[id].js" },
  performance: { hints: false },
  resolve: { extensions: [".ts", ".js"] },
  module: { rules: [{ test: /\\.ts$/, loader: "esbuild-loader", options: { target: "es2022" } }] },
};
`;

test("the example under Next's app router builds, and importing any entry point in Node does nothing", async () => {
  const project = join(folder, "with-next");
  await cp(join(repository, "examples/next"), project, {
    recursive: true,
    filter: (source) => !/node_modules|\.next/.test(source),
  });
  const file = join(project, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  manifest.dependencies["skein"] = `file:${tarballs.lib}`;
  manifest.devDependencies["skein-server"] = `file:${tarballs["signaling-server"]}`;
  await writeFile(file, JSON.stringify(manifest));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], project);
  await run("npx", ["next", "build"], project);
  // Rendered beforehand: the server component's own list, and the one of the layout's provider.
  const page = await readFile(join(project, ".next/server/app/index.html"), "utf8");
  expect(page).toContain('aria-label="Here, too"');
  expect(page).toContain('aria-label="Who is here"');

  const { exports } = JSON.parse(
    await readFile(join(project, "node_modules/skein/package.json"), "utf8"),
  ) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  expect(entries).toContain("./react");
  for (const entry of entries) {
    await writeFile(join(project, "import.mjs"), importing(entry.replace(".", "skein")));
    expect(JSON.parse(await run("node", ["import.mjs"], project)), entry).toEqual({
      globals: [],
      resources: [],
    });
  }
});

/** Tells what an import left behind: global names, timers and sockets. */
const importing = (entry: string) => `
  const before = new Set(Object.getOwnPropertyNames(globalThis));
  // What Node itself makes when it is first asked for.
  void [globalThis.crypto, globalThis.navigator, globalThis.fetch];
  await import(${JSON.stringify(entry)});
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
  const resources = process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|TCP|TLS|UDP|DNS|AddrInfo|Port|Worker/.test(kind));
  process.stdout.write(JSON.stringify({ globals, resources }));
`;

/** A new project outside the repository with both packages installed as a user gets them. */
async function newProject(name: string, tools: Record<string, string>): Promise<string> {
  const project = join(folder, name);
  await mkdir(join(project, "src"), { recursive: true });
  const manifest = {
    name,
    private: true,
    type: "module",
    dependencies: { skein: `file:${tarballs.lib}` },
    devDependencies: {
      "skein-server": `file:${tarballs["signaling-server"]}`,
      typescript: TYPESCRIPT,
      ...tools,
    },
  };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  await writeFile(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], project);
  return project;
}

/** What a visitor sees: the other one's name in the list, and a cursor that carries it. */
async function expectTwoPagesToSeeEachOther(browser: Browser, url: string): Promise<void> {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  try {
    const [ada, bob] = await Promise.all(contexts.map((context) => context.newPage()));
    if (ada === undefined || bob === undefined) throw new Error("two pages were opened");
    const errors: string[] = [];
    for (const page of [ada, bob]) page.on("pageerror", ({ message }) => errors.push(message));
    await Promise.all([ada.goto(url), bob.goto(url)]);
    for (const page of [ada, bob]) await expect(page.locator("#peers li")).toHaveCount(1);
    await expectCursor(ada, bob, { x: 120, y: 80 });
    await expectCursor(bob, ada, { x: 240, y: 160 });
    expect(errors).toEqual([]);
  } finally {
    for (const context of contexts) await context.close();
  }
}

/** The pages are of one size, so the cursor shows in the other where the pointer is in this one. */
async function expectCursor(from: Page, to: Page, at: { x: number; y: number }): Promise<void> {
  await from.mouse.move(at.x - 20, at.y - 20);
  await from.mouse.move(at.x, at.y, { steps: 5 });
  const cursor = to.locator("skein-overlay .cursor:not(.hidden)");
  await expect(cursor).toHaveCount(1);
  await expect(cursor.locator(".name")).toHaveText(/\S/);
  await expect
    .poll(async () => {
      const transform = await cursor.evaluate((element) => getComputedStyle(element).transform);
      const { e, f } = await to.evaluate((text) => {
        const matrix = new DOMMatrix(text);
        return { e: matrix.e, f: matrix.f };
      }, transform);
      return Math.hypot(e - at.x, f - at.y);
    })
    .toBeLessThan(30);
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](@?[\w-][\w./:-]*)["']/g;

/** Names of the packages that built files and their declarations import. */
async function packagesImportedBy(dist: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(js|d\.ts)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    for (const [, specifier = ""] of withoutComments(text).matchAll(IMPORT)) {
      const name = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
      if (!specifier.startsWith("node:") && !builtinModules.includes(name)) names.add(name);
    }
  }
  return names;
}

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\//g, "");
