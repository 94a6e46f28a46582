/** The page's example of an app's own sessions is run as it stands there. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { TestClient } from "../signaling-server/src/test-client.ts";

const page = await readFile(new URL("access.md", import.meta.url), "utf8");
const example = /run by docs\/access\.test\.ts -->\n```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

/** The example as a module, on a free port, and what of it a test has to hold. */
async function run(): Promise<string> {
  const folder = await mkdtemp(
    fileURLToPath(new URL("../node_modules/.skein-docs-", import.meta.url)),
  );
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "example.ts");
  const source = `${example.replace("app.listen(3000)", 'app.listen(0, "127.0.0.1")')}\nexport { app, skein };\n`;
  expect(source).toContain("app.listen(0");
  await writeFile(file, source);
  const { app, skein } = (await import(/* @vite-ignore */ file)) as {
    app: { address(): { port: number } | null; close(): void };
    skein: { close(): Promise<void> };
  };
  onTestFinished(async () => {
    await skein.close();
    app.close();
  });
  await expect.poll(() => app.address()).not.toBeNull();
  return `http://127.0.0.1:${app.address()?.port}`;
}

test("a session's cookie is enough, no cookie is refused with the app's words, and the five lines are five", async () => {
  const url = await run();
  const origin = { origin: url };
  const ada = new TestClient(url, {}, { headers: { ...origin, cookie: "theme=dark; sid=4f1c" } });
  const { self } = await ada.welcome();
  expect(self.user).toEqual({ id: "u1", name: "Ada" });
  expect(self).not.toHaveProperty("grants");
  const refused = { code: "unauthorized", message: "Sign in first." };
  expect(await new TestClient(url, {}, { headers: origin }).refusal()).toEqual(refused);
  // The same cookie, sent by a browser that visits another site.
  const elsewhere = { origin: "https://evil.example", cookie: "sid=4f1c" };
  expect(await new TestClient(url, {}, { headers: elsewhere }).refusal()).toEqual(refused);
  expect(await (await fetch(url)).text()).toBe("The app");
  ada.socket.disconnect();
  const lines = /authenticate:[\s\S]*?\n {2}},\n/.exec(example)?.[0].trimEnd().split("\n");
  expect(lines).toHaveLength(5);
});
