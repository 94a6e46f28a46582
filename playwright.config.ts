import { availableParallelism } from "node:os";
import { defineConfig } from "@playwright/test";
import { full, part } from "./e2e/form.ts";
import type { LibraryWorkerOptions } from "./e2e/library.ts";
import { browsers } from "./scripts/browsers.mjs";

const { chromium, firefox } = await browsers();

/** What React and Vite do at development time is the same in every browser. */
const ANY_BROWSER = ["react.spec.ts"];
/**
 * What differs little between browsers: how the demo looks and answers, and what is measured in
 * Chromium only. The full form runs it in Firefox as well.
 */
const ONE_BROWSER = [
  "cursor-chat.spec.ts",
  "cursor-cost.spec.ts",
  "cuts.spec.ts",
  "demo-axe.spec.ts",
  "demo-board.spec.ts",
  "inspector.spec.ts",
  // The other browser is in them, too.
  "nodes.spec.ts",
  "repairs.spec.ts",
  "tokens.spec.ts",
];

/** They measure time or memory, which is another thing on a machine that has something else to do. */
const MEASURING = ["cursor-cost.spec.ts", "cuts.spec.ts", "leaks.spec.ts", "repairs.spec.ts"];
/** Of the network lab's, those that measure lines and gaps. */
const MEASURING_NETWORKS = ["netlab/lab.spec.ts", "netlab/survival.spec.ts"];
const OF_OTHER_PROJECTS = ["packages/**", "netlab/**", ...(part === "beside" ? MEASURING : [])];
const FILES = part === "alone" ? { testMatch: MEASURING } : {};

/** What all servers together must do as one does: whoever is in a room may be on any of them. */
const ON_THREE_SERVERS = [
  "cursors.spec.ts",
  "join.spec.ts",
  "leaving.spec.ts",
  "messages.spec.ts",
  "paths.spec.ts",
  "resume.spec.ts",
];

export default defineConfig<object, LibraryWorkerOptions>({
  testDir: "e2e",
  outputDir: `test-results/${part}`,
  forbidOnly: true,
  // A test that passes at the second try has failed.
  retries: 0,
  // They wait more than they work.
  workers: part === "beside" ? availableParallelism() : 1,
  timeout: 60_000,
  // Patience costs a test that passes nothing, and a machine with other work is no failure.
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: `reports/playwright-${part}.json` }]],
  projects: [
    {
      name: "packages",
      testMatch: part === "alone" ? [] : "packages/**/*.spec.ts",
      timeout: 300_000,
      use: { browserName: "chromium", launchOptions: launch(chromium) },
    },
    {
      // Networks made of namespaces, with browsers of their own; needs Linux and root.
      name: "netlab",
      testMatch: part === "alone" ? MEASURING_NETWORKS : "netlab/**/*.spec.ts",
      testIgnore: part === "beside" ? MEASURING_NETWORKS : [],
    },
    {
      name: "chromium",
      ...FILES,
      testIgnore: OF_OTHER_PROJECTS,
      use: { browserName: "chromium", launchOptions: launch(chromium) },
    },
    {
      name: "three-servers",
      testMatch: part === "alone" ? [] : ON_THREE_SERVERS,
      // What goes past the servers is the same with one of them.
      grepInvert: /@own-server|@one-browser|arrive.* on the direct path/,
      use: { browserName: "chromium", launchOptions: launch(chromium), servers: "three" },
    },
    {
      name: "firefox",
      ...FILES,
      testIgnore: [...OF_OTHER_PROJECTS, ...ANY_BROWSER, ...(full ? [] : ONE_BROWSER)],
      // Single tests that wait long for what no browser decides.
      ...(full ? {} : { grepInvert: /@one-browser/ }),
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
