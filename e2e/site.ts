import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { switchTag } from "../demo/server-switch.ts";
import { keepingNodeEnv } from "./node-env.ts";

export const repository = fileURLToPath(new URL("..", import.meta.url));

export interface Site {
  /** The demo's address, with a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the demo, built as it is deployed, with a signaling server of its own on a free port. `name`
 * keeps apart what is built at one time.
 */
export async function startSite(name: string): Promise<Site> {
  const configFile = join(repository, "vite.config.ts");
  const outDir = join(repository, "reports", `demo-${name}`);
  await keepingNodeEnv(() =>
    build({
      configFile,
      mode: "demo",
      logLevel: "error",
      // As under `npm start`.
      plugins: [{ name: "switch", transformIndexHtml: switchTag }],
      build: { outDir, sourcemap: false },
    }),
  );
  const server = await keepingNodeEnv(() =>
    preview({
      configFile,
      logLevel: "error",
      build: { outDir },
      preview: { host: "127.0.0.1", port: 0 },
    }),
  );
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error("Vite named no address");
  return { url, close: () => server.close() };
}
