import { fileURLToPath } from "node:url";
import { createServer } from "vite";

export const repository = fileURLToPath(new URL("..", import.meta.url));

export interface Site {
  /** The demo's address, with a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the demo with a signaling server of its own on a free port, as `npm start` does. `name`
 * keeps the caches of servers that run at one time apart.
 */
export async function startSite(name: string): Promise<Site> {
  const server = await createServer({
    configFile: `${repository}vite.config.ts`,
    cacheDir: `${repository}node_modules/.vite/e2e-${name}`,
    logLevel: "error",
    clearScreen: false,
    // A page that reloads by itself is not what is tested.
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error("Vite named no address");
  return { url, close: () => server.close() };
}
