// Runs a TypeScript file's `main(args)` in plain Node: `node e2e/netlab/run.mjs e2e/netlab/cli.ts cone`.
// Vite is already here and transforms TypeScript, so the lab needs no loader of its own.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node run.mjs FILE.ts [arguments]\n");
  process.exit(2);
}
const vite = await createServer({
  configFile: false,
  root: fileURLToPath(new URL("../..", import.meta.url)),
  logLevel: "error",
  appType: "custom",
  // Nothing is served or watched: this is only a way to load modules.
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
try {
  const { main } = await vite.ssrLoadModule(resolve(file));
  await main(args);
} finally {
  await vite.close();
}
