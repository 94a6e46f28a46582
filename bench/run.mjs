/** Runs a benchmark written in TypeScript: `node bench/run.mjs bench/bytes.ts …`. */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [script = ""] = process.argv.splice(2, 1);
await runnerImport(script, {
  root: fileURLToPath(new URL("..", import.meta.url)),
  configFile: false,
});
