// Runs a TypeScript file's `main(args)` in plain Node: `node e2e/netlab/run.mjs e2e/netlab/cli.ts cone`.
// Vite is already here and transforms TypeScript, so the lab needs no loader of its own.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node run.mjs FILE.ts [arguments]\n");
  process.exit(2);
}
const { module } = await runnerImport(resolve(file), {
  configFile: false,
  logLevel: "error",
  root: dirname(fileURLToPath(import.meta.url)),
});
await module.main(args);
