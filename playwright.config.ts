import { availableParallelism } from "node:os";
import { defineConfig } from "@playwright/test";
import { browsers } from "./scripts/browsers.mjs";

const { chromium, firefox } = await browsers();

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  forbidOnly: true,
  // A test that passes at the second try has failed.
  retries: 0,
  // Each worker runs a browser or two, and those need a core too.
  workers: Math.max(1, Math.floor(availableParallelism() / 2)),
  timeout: 60_000,
  reporter: [["list"], ["json", { outputFile: "reports/playwright.json" }]],
  projects: [
    {
      name: "packages",
      testMatch: "packages/**/*.spec.ts",
      timeout: 300_000,
      use: { browserName: "chromium", launchOptions: launch(chromium) },
    },
    {
      // Networks made of namespaces, with browsers of their own; needs Linux and root.
      name: "netlab",
      testMatch: "netlab/**/*.spec.ts",
    },
    {
      name: "chromium",
      testIgnore: ["packages/**", "netlab/**"],
      use: { browserName: "chromium", launchOptions: launch(chromium) },
    },
    {
      name: "firefox",
      // What React and Vite do at development time is the same in every browser.
      testIgnore: ["packages/**", "netlab/**", "react.spec.ts"],
      use: {
        browserName: "firefox",
        launchOptions: launch(firefox),
        ...(firefox.channel === undefined ? {} : { channel: firefox.channel }),
      },
    },
  ],
});

function launch({ executablePath, args = [] }: typeof chromium) {
  return { executablePath, args: [...args] };
}
