/** docs/testing.md promises it: an app's own tests, with a server for as long as they run. */
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { repository, run } from "./commands.ts";

test("the to-do example's own tests run under skein-server --exec", async () => {
  const tests = "npx playwright test --config e2e/packages/todo.config.ts";
  const command = `PORT=${await freePort()} ${tests}`;
  const cli = join("signaling-server", "dist", "cli.js");
  const printed = await run("node", [cli, "--port", "0", "--exec", command], repository);
  expect(printed).toContain("2 passed");
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
