import { defineConfig } from "vitest/config";
import { sourceAliases } from "./scripts/entries.ts";

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: ["{lib,signaling-server,demo}/src/**/*.test.ts", "{scripts,bench}/**/*.test.ts"],
        },
      },
    ],
  },
});
