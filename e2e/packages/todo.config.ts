/** The to-do example's own Playwright tests, as docs/testing.md has them, in the browser that is here. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import example from "../../examples/todo/playwright.config.ts";
import { browsers } from "../../scripts/browsers.mjs";

const folder = fileURLToPath(new URL("../../examples/todo", import.meta.url));
const { chromium } = await browsers();
const server = [example.webServer ?? []].flat()[0];
if (server === undefined) throw new Error("The example's configuration has no web server.");

// Not merged by `defineConfig`, which would start both web servers.
export default defineConfig({
  ...example,
  testDir: folder,
  outputDir: fileURLToPath(new URL("../../test-results/todo", import.meta.url)),
  reporter: "line",
  workers: 1,
  webServer: { ...server, cwd: folder },
  use: {
    ...example.use,
    launchOptions: { executablePath: chromium.executablePath, args: [...(chromium.args ?? [])] },
  },
});
