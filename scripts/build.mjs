/** Builds both packages: JavaScript by Vite, declarations by tsc. */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

async function bundle(mode) {
  await build({ root, configFile: join(root, "vite.config.ts"), mode, logLevel: "warn" });
}

/**
 * Sources import each other as `./frame.ts`; beside the declarations there are only `.d.ts` files,
 * which every version of TypeScript finds by `./frame.js`.
 */
const SPECIFIER = /((?:from|import)\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(["'])/g;

/** Names declarations by `.js` and takes away those that no entry point leads to. */
function finishDeclarations(folder, entries) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, , path] of text.matchAll(SPECIFIER)) visit(join(dirname(file), `${path}.d.ts`));
    writeFileSync(file, text.replace(SPECIFIER, "$1$2.js$3"));
  };
  for (const entry of entries) visit(join(folder, entry));
  for (const entry of readdirSync(join(folder, "dist/types"), {
    recursive: true,
    withFileTypes: true,
  })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !reached.has(file)) rmSync(file);
  }
}

/** Where the manifest says that the declarations of each entry point are. */
function declaredEntries(workspace) {
  const { exports } = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8"));
  return Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [types]));
}

function declare(workspace) {
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      join(root, workspace, "tsconfig.build.json"),
    ],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) throw new Error(`The declarations of ${workspace} could not be made.`);
  finishDeclarations(join(root, workspace), declaredEntries(workspace));
}

/** Packages whose code is inside the library's browser build; their licences go with it. */
const INSIDE = [
  "engine.io-client",
  "err-code",
  "get-browser-rtc",
  "queue-microtask",
  "simple-peer",
  "socket.io-client",
];

function writeNotices(file) {
  const notices = INSIDE.map((name) => {
    const folder = join(root, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (licence === undefined) return `${name} ${version} (MIT, as its package.json says)`;
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), "utf8").trim()}`;
  });
  writeFileSync(file, `${notices.join("\n\n----\n\n")}\n`);
}

for (const workspace of ["lib", "signaling-server"]) {
  rmSync(join(root, workspace, "dist"), { recursive: true, force: true });
}
await bundle("library");
await bundle("element");
await bundle("node");
writeNotices(join(root, "lib/dist/THIRD-PARTY-NOTICES.txt"));
declare("lib");
await bundle("server");
declare("signaling-server");
chmodSync(join(root, "signaling-server/dist/cli.js"), 0o755);
