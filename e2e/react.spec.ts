/** A React app on Vite's dev server: what StrictMode, routes and Fast Refresh do is nobody else's business. */
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import react from "@vitejs/plugin-react";
import { joinRoom, type Room } from "skein";
import { skeinServer } from "skein-server/vite";
import { createServer, type ViteDevServer } from "vite";
import { sourceAliases } from "../scripts/entries.ts";
import { test as base, expect } from "./fixtures.ts";
import type { Types } from "./react-app/app.tsx";
import { repository } from "./site.ts";

interface App {
  readonly url: string;
  readonly folder: string;
  readonly vite: ViteDevServer;
}

interface Given {
  readonly app: App;
  readonly ada: Page;
  readonly complaints: readonly string[];
  readonly bob: Room<Types>;
  readonly log: readonly string[];
}

const test = base.extend<Given>({
  app: async ({ browserName }, use) => {
    // A copy, because a test edits it; within the repository, where its packages are found, and not
    // among the test results, which Vite does not watch.
    await mkdir(join(repository, "reports"), { recursive: true });
    const folder = await mkdtemp(join(repository, "reports/react-app-"));
    await cp(join(repository, "e2e/react-app"), folder, { recursive: true });
    const vite = await createServer({
      configFile: false,
      root: folder,
      cacheDir: join(repository, `node_modules/.vite/e2e-react-${browserName}`),
      logLevel: "error",
      clearScreen: false,
      appType: "custom",
      resolve: { alias: sourceAliases },
      plugins: [react(), skeinServer()],
      optimizeDeps: {
        // What is found late is bundled anew, and then Vite reloads the page.
        noDiscovery: true,
        include: [
          "react",
          "react/jsx-dev-runtime",
          "react-dom/client",
          "simple-peer/simplepeer.min.js",
          "socket.io-client",
        ],
      },
      server: { host: "127.0.0.1", port: 0, fs: { allow: [repository] } },
    });
    vite.middlewares.use(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://page").pathname;
      const html = await readFile(join(folder, "index.html"), "utf8");
      const { render } = (await vite.ssrLoadModule("/server.tsx")) as { render(): string };
      const page = path === "/hydrate" ? html.replace('<div id="app">', `$&${render()}`) : html;
      response
        .setHeader("content-type", "text/html")
        .end(await vite.transformIndexHtml("/index.html", page));
    });
    await vite.listen();
    const url = vite.resolvedUrls?.local[0];
    if (url === undefined) throw new Error("Vite named no address");
    await use({ url, folder, vite });
    await vite.close();
    await rm(folder, { recursive: true });
  },
  /** Somebody with a page of her own. */
  ada: async ({ newPerson }, use) => use(await newPerson()),
  /** Errors and warnings in her console. */
  complaints: async ({ ada }, use) => {
    const complaints: string[] = [];
    ada.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) complaints.push(line.text());
    });
    await use(complaints);
  },
  /** Somebody else in the room, whom the server tells of those who come and go. */
  bob: async ({ app }, use) => {
    const bob = joinRoom<Types>("react-app", {
      server: app.url,
      presence: { name: "Bob" },
      paths: "server",
    });
    await bob.ready;
    await use(bob);
    await bob.leave();
  },
  log: async ({ bob }, use) => {
    const log: string[] = [];
    bob.on("join", ({ peer }) => log.push(`join ${peer.presence.name}`));
    bob.on("leave", ({ peer }) => log.push(`leave ${peer.presence.name}`));
    await use(log);
  },
});

test("StrictMode, quick route changes and Fast Refresh are one join and no leave", async ({
  app,
  ada,
  complaints,
  bob,
  log,
}) => {
  await ada.goto(app.url);
  await expect(ada.locator("output")).toHaveText("Bob");
  for (const name of ["about", "team", "home", "about", "home", "team"]) {
    await ada.getByRole("button", { name }).click();
  }
  await expect(ada.getByRole("heading")).toHaveText("team");
  await expect(ada.locator("output")).toHaveText("Bob");
  await ada.getByText("first title").click();

  // A component's module, and then the one with the provider in it.
  await edit(join(app.folder, "title.tsx"), "first", "second");
  await expect(ada.getByText("second title of react-app, 1 clicks")).toBeVisible();
  await edit(join(app.folder, "app.tsx"), "<h1>", "<h1>The page ");
  await expect(ada.getByRole("heading")).toHaveText("The page team");
  await expect(ada.getByText("second title of react-app, 1 clicks")).toBeVisible();

  // It still works both ways, and what the server told of is over.
  await ada.getByText("mood: none").click();
  await bob.waitFor(({ peers }) => peers[0]?.presence.mood === "glad");
  bob.setPresence({ name: "Robert" });
  await expect(ada.locator("output")).toHaveText("Robert");
  expect(log).toEqual(["join Ada"]);
  expect(complaints).toEqual([]);
});

test("a page that a server rendered hydrates without a warning", async ({
  app,
  ada,
  complaints,
  bob,
}) => {
  const response = await ada.goto(`${app.url}hydrate`);
  expect(await response?.text()).toContain("mood: <!-- -->none");
  await expect(ada.locator("output")).toHaveText("Bob");
  expect(bob.getSnapshot().peers).toHaveLength(1);
  expect(complaints).toEqual([]);
  expect(await ada.evaluate(() => window.recovered)).toEqual([]);
});

/** In one step, as editors save: Vite can read what `writeFile` has emptied and not yet written. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const whole = `${file}.new`;
  await writeFile(whole, text.replace(from, to));
  await rename(whole, file);
}
