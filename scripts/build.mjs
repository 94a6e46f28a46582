/** Builds both packages: JavaScript by Vite, declarations by tsc. */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
function nameDeclarationsByJs(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".d.ts")) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, "utf8");
    writeFileSync(
      file,
      text.replace(/((?:from|import)\s*\(?\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2"),
    );
  }
}

function declare(workspace) {
  const outDir = join(root, workspace, "dist", "types");
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
  nameDeclarationsByJs(outDir);
}

for (const workspace of ["lib", "signaling-server"]) {
  rmSync(join(root, workspace, "dist"), { recursive: true, force: true });
}
await bundle("library");
declare("lib");
await bundle("server");
declare("signaling-server");
chmodSync(join(root, "signaling-server/dist/cli.js"), 0o755);
