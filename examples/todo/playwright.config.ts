import { defineConfig } from "@playwright/test";

const url = `http://127.0.0.1:${process.env["PORT"] ?? 5173}`;

export default defineConfig({
  testMatch: "*.spec.ts",
  use: { baseURL: url },
  webServer: { command: `vite --host 127.0.0.1 --port ${new URL(url).port} --strictPort`, url },
});
