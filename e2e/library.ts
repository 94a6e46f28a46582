/** Tests of the library in real browsers, on a page with nothing else. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  firefox,
  type Page,
} from "@playwright/test";
import type { RoomOptions, RoomTypes } from "skein";
import { type BrowserName, browsers } from "../scripts/browsers.mjs";
import { startClustered } from "./cluster.ts";
import { expect, gatherErrors, test as withSite } from "./fixtures.ts";
import { type Library, startLibrary } from "./library-server.ts";
import type {} from "./pages/room/main.ts";

export interface TabOptions extends BrowserContextOptions {
  /** Another browser than the test's own. */
  readonly browser?: Browser;
  readonly url?: string;
  /** Runs in the page before its own scripts do. */
  readonly before?: () => void;
}

export interface LibraryWorkerOptions {
  /** With three, each tab is on another one. */
  readonly servers: "one" | "three";
}

export const test = withSite.extend<
  { readonly openTab: (options?: TabOptions) => Promise<Page> },
  LibraryWorkerOptions & { readonly library: Library; readonly otherBrowser: Browser }
>({
  servers: ["one", { option: true, scope: "worker" }],

  library: [
    async ({ servers }, use) => {
      const library =
        servers === "one" ? await startLibrary() : await startClustered("round-robin");
      await use(library);
      await library.close();
    },
    { scope: "worker" },
  ],

  /** Firefox in Chromium's project, Chromium in Firefox's. */
  otherBrowser: [
    async ({ browserName }, use) => {
      const other = await launchBrowser(browserName === "chromium" ? "firefox" : "chromium");
      await use(other);
      await other.close();
    },
    { scope: "worker" },
  ],

  /** A tab with the library in a context of its own; an error that its page does not catch fails. */
  openTab: async ({ browser, library }, use) => {
    const contexts: BrowserContext[] = [];
    const errors: string[] = [];
    await use(async ({ browser: which = browser, url = library.url, before, ...options } = {}) => {
      const context = await which.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      gatherErrors(page, errors);
      if (before !== undefined) await page.addInitScript(before);
      await page.goto(url);
      await loaded(page);
      return page;
    });
    for (const context of contexts) await context.close().catch(() => {});
    expect(errors, "errors that a page did not catch").toEqual([]);
  },
});

/** One more browser, with a process of its own. */
export async function launchBrowser(
  name: BrowserName,
  more: {
    args?: readonly string[];
    ignoreDefaultArgs?: string[];
    firefoxUserPrefs?: Record<string, string | number | boolean>;
  } = {},
): Promise<Browser> {
  const { args = [], ...found } = (await browsers())[name];
  const { args: moreArgs = [], ...rest } = more;
  const type = name === "chromium" ? chromium : firefox;
  return type.launch({ ...found, ...rest, args: [...args, ...moreArgs] });
}

/** Resolves when the test page's script has run. */
export async function loaded(page: Page): Promise<void> {
  await page.waitForSelector("body[data-ready]", { state: "attached" });
}

/** Joins a room in a tab and keeps it as `skein.room`. Resolves with the peer's id when it is ready. */
export async function joinRoom(
  page: Page,
  name: string,
  options: RoomOptions<RoomTypes> = {},
): Promise<string> {
  return page.evaluate(
    async ([name, options]) => {
      const room = window.skein.joinRoom(name, options);
      window.skein.room = room;
      await room.ready;
      return room.getSnapshot().self?.id ?? "";
    },
    [name, options] as const,
  );
}

/** Waits until every peer that a tab sees is on this path, and there are so many of them. */
export async function settled(page: Page, path: string, peers: number): Promise<void> {
  await page.evaluate(
    ([path, peers]) =>
      window.skein.room?.waitFor(
        (s) => s.peers.length === peers && s.peers.every((peer) => peer.path === path),
      ),
    [path, peers] as const,
  );
}

/** Gathers every message of type "chat", and who came and left, in `skein.log`. */
export async function keepLog(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { room, log } = window.skein;
    room?.onMessage("chat", ({ data }) => log.push(data));
    room?.on("join", ({ peer }) => log.push(`join ${peer.id}`));
    room?.on("leave", ({ peer, reason }) => log.push(`leave ${peer.id} ${reason}`));
  });
}

export const logOf = (page: Page): Promise<unknown[]> => page.evaluate(() => window.skein.log);

export { expect, type Library, startLibrary };
