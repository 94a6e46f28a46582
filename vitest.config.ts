import { defineConfig } from "vitest/config";
import { sourceAliases } from "./scripts/entries.ts";
import { leanDependencies } from "./scripts/leanDependencies.ts";

/** Tests of what browsers get, run in Node. */
const lean = "scripts/leanDependencies.test.ts";

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    // A long stop for machines that do other work beside: what a test waits for is an event.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: [
            "{lib,signaling-server,demo}/src/**/*.test.{ts,tsx}",
            "{scripts,bench,docs}/**/*.test.ts",
            "examples/*/*.test.ts",
          ],
          exclude: [lean],
        },
      },
      {
        extends: true,
        // The signaling client once more, with as little of its dependencies as browsers get.
        plugins: [leanDependencies()],
        test: {
          name: "lean",
          environment: "node",
          include: ["lib/src/signaling/client.test.ts", lean],
          setupFiles: ["scripts/browserWebSocket.ts"],
          server: { deps: { inline: [/socket\.io-client/, /engine\.io-client/] } },
        },
      },
    ],
  },
});
