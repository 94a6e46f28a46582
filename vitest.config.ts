import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { sourceAliases } from "./scripts/entries.ts";
import { leanDependencies } from "./scripts/leanDependencies.ts";

/** Tests of what browsers get, run in Node. */
const lean = "scripts/leanDependencies.test.ts";

/** The oldest React that skein/react is for; a package of its own, so that react-dom finds it too. */
const oldestReact = fileURLToPath(new URL("scripts/react-18/node_modules/", import.meta.url));
const testingLibrary = fileURLToPath(
  new URL(
    "node_modules/@testing-library/react/dist/@testing-library/react.esm.js",
    import.meta.url,
  ),
);

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    // A long stop for machines that do other work beside: what a test waits for is an event.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Many wait for real processes and clocks: with one for each core, cores would be idle.
    maxWorkers: "150%",
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
      {
        extends: true,
        resolve: {
          alias: [
            { find: /^(react|react-dom)(?=\/|$)/, replacement: `${oldestReact}$1` },
            // Its CommonJS build would bring the newer React that lies beside it.
            { find: /^@testing-library\/react$/, replacement: testingLibrary },
          ],
        },
        test: {
          name: "react-18",
          environment: "node",
          include: ["lib/src/react/*.test.tsx"],
          exclude: ["lib/src/react/activity.test.tsx"],
          setupFiles: ["scripts/react-18/isThisReact.ts"],
          server: { deps: { inline: [/@testing-library\/react/] } },
        },
      },
    ],
  },
});
