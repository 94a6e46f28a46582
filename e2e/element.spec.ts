/** A plain HTML file with one script tag, under a content security policy without a single exception. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createSignalingServer } from "../signaling-server/src/index.ts";
import { bundleOne } from "./bundle.ts";
import { test as base, expect } from "./fixtures.ts";
import { repository } from "./site.ts";

const POLICY = "default-src 'self'; connect-src 'self' ws:; require-trusted-types-for 'script'";

const test = base.extend<object, { readonly script: string; readonly url: string }>({
  script: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      // As it is published, of the sources as they are.
      const script = await bundleOne({
        root: repository,
        configFile: join(repository, "vite.config.ts"),
        mode: "element",
      });
      await use(script);
    },
    { scope: "worker" },
  ],
  /** The page's and the signaling server's, at one origin. */
  url: [
    async ({ script }, use) => {
      const html = await readFile(join(repository, "e2e/pages/element/index.html"), "utf8");
      const http = createServer((request, response) => {
        const isScript = request.url === "/skein-element.min.js";
        if (request.url !== "/" && !isScript) return response.writeHead(404).end();
        const type = isScript ? "text/javascript" : "text/html";
        return response
          .writeHead(200, { "content-type": type, "content-security-policy": POLICY })
          .end(isScript ? script : html);
      });
      const signaling = createSignalingServer({ log: () => {}, server: http });
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      await signaling.listen();
      await use(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
      await signaling.close();
      http.closeAllConnections();
    },
    { scope: "worker" },
  ],
});

test("one script tag shows cursors and faces, directly from browser to browser", async ({
  url,
  newPerson,
}) => {
  const pages = [await newPerson(), await newPerson()] as const;
  const complaints: string[] = [];
  const asked: string[] = [];
  for (const page of pages) {
    // Refusals of the policy are lines in the console.
    page.on("console", (line) => {
      if (["error", "warning"].includes(line.type()) && !line.text().includes("favicon"))
        complaints.push(line.text());
    });
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(url);
  }
  const [ada, bob] = pages;
  for (const page of pages) {
    await expect(page.locator("skein-avatars li")).toHaveCount(1);
    await expect(page.locator("skein-avatars li .words")).toHaveText("Ada");
    await page.evaluate(() =>
      document
        .querySelector("skein-cursors")
        ?.getRoom()
        ?.waitFor(({ peers }) => peers[0]?.path === "direct"),
    );
  }
  await ada.mouse.move(100, 90);
  await ada.mouse.move(200, 120, { steps: 5 });
  const cursor = bob.locator("html > skein-overlay .cursor:not(.hidden)");
  await expect(cursor.locator(".name")).toHaveText("Ada");

  await ada.evaluate(() =>
    document.querySelector("skein-cursors")?.setAttribute("name", "Countess"),
  );
  await expect(cursor.locator(".name")).toHaveText("Countess");
  await ada.evaluate(() => {
    for (const element of document.querySelectorAll("skein-cursors, skein-avatars"))
      element.remove();
  });
  await expect(bob.locator("skein-avatars li")).toHaveCount(0);
  expect(complaints.filter((line) => !line.includes("404"))).toEqual([]);
  // The one script is all there is: WebRTC's part is in it.
  const others = ["/favicon.ico", "/skein/"];
  expect(new Set(asked.filter((path) => !others.includes(path)))).toEqual(
    new Set(["/", "/skein-element.min.js"]),
  );
});
