import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type InlineConfig, preview } from "vite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { TestClient } from "./test-client.ts";
import { skeinServer } from "./vite.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "skein-vite-"));
  writeFileSync(join(root, "index.html"), "<!doctype html><title>app</title>");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function config(lines: string[]): InlineConfig {
  return {
    root,
    configFile: false,
    cacheDir: join(root, "cache"),
    plugins: [skeinServer()],
    server: { host: "127.0.0.1", port: 0, watch: null },
    preview: { host: "127.0.0.1", port: 0 },
    build: { outDir: root, emptyOutDir: false },
    optimizeDeps: { noDiscovery: true },
    customLogger: {
      info: (line) => void lines.push(line),
      warn: (line) => void lines.push(line),
      warnOnce: (line) => void lines.push(line),
      error: (line) => void lines.push(line),
      clearScreen: () => {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  };
}

test("it runs on Vite's own port, beside its HMR socket, and survives a restart", async () => {
  const lines: string[] = [];
  const vite = await createServer(config(lines));
  await vite.listen();
  const url = vite.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  const first = new TestClient(url, {}, { headers: { origin: url } });
  const before = await first.welcome();

  const hmr = new WebSocket(`${url.replace("http", "ws")}/?token=${vite.config.webSocketToken}`, [
    "vite-hmr",
  ]);
  const greeting = await new Promise((resolve, reject) => {
    hmr.on("message", (data) => resolve(JSON.parse(String(data))));
    hmr.on("error", reject);
  });
  expect(greeting).toEqual({ type: "connected" });
  expect(await (await fetch(url)).text()).toContain("<title>app</title>");

  await vite.restart();
  await first.gone();
  const again = vite.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  const second = new TestClient(
    again,
    { ...first.request, generation: 2, join: before.self.join },
    { headers: { origin: again } },
  );
  expect((await second.welcome()).self).toMatchObject({
    id: before.self.id,
    join: before.self.join,
  });
  expect(vite.httpServer?.listenerCount("upgrade")).toBe(2);
  hmr.terminate();
  await vite.close();
  await second.gone();
  expect(lines.filter((line) => line.includes("skein-server: listening"))).toHaveLength(2);
});

test("pages of other origins stay out unless they are allowed", async () => {
  const vite = await createServer(config([]));
  await vite.listen();
  const url = vite.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  const stranger = new TestClient(url, {}, { headers: { origin: "https://evil.example.com" } });
  await stranger.until(() => stranger.heard.find(({ name }) => name === "connect_error"));
  await vite.close();
});

test("it runs in vite preview too", async () => {
  const server = await preview(config([]));
  const url = server.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  const client = new TestClient(url, {}, { headers: { origin: url } });
  expect((await client.welcome()).members).toEqual([]);
  await server.close();
});

test("in middleware mode it says what to use instead", async () => {
  const lines: string[] = [];
  const { server, ...rest } = config(lines);
  const vite = await createServer({
    ...rest,
    server: { ...server, middlewareMode: true, ws: false },
  });
  expect(lines.join()).toContain("createSignalingServer({ server })");
  await vite.close();
});
