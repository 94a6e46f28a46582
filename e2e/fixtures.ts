/** What every browser test starts from: a served demo, and pages whose errors are not overlooked. */
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { type Site, startSite } from "./site.ts";

interface WorkerFixtures {
  /** The demo with its own signaling server; one for each worker. */
  readonly site: Site;
}

interface TestFixtures {
  /** A room that no other test is in. */
  readonly roomName: string;
  /**
   * Opens one more person's browser window: a context of its own. An error that its page does not
   * catch fails the test.
   */
  readonly newPerson: (url?: string) => Promise<Page>;
}

/** What Firefox says about the network, which it reports like errors of the page. */
const NETWORK_NEWS =
  /ICE failed|can.t establish a connection to the server|was interrupted while the page was/;

/** Adds the errors that a page does not catch. */
export function gatherErrors(page: Page, errors: string[]): void {
  page.on("pageerror", ({ message }) => {
    if (!NETWORK_NEWS.test(message)) errors.push(message);
  });
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use, { parallelIndex }) => {
      const site = await startSite(`${parallelIndex}`);
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
  roomName: async ({}, use, { testId }) => {
    await use(`test-${testId}`);
  },

  newPerson: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    const errors: string[] = [];
    await use(async (url) => {
      const context = await browser.newContext();
      contexts.push(context);
      const page = await context.newPage();
      gatherErrors(page, errors);
      if (url !== undefined) await page.goto(url);
      return page;
    });
    for (const context of contexts) await context.close();
    expect(errors, "errors that a page did not catch").toEqual([]);
  },
});

export { expect };
