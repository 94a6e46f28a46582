import { test as base, expect, type Page } from "@playwright/test";
import { type BrowserKind, BrowserPool } from "./browsers.ts";
import { Coturn } from "./coturn.ts";
import { LAB_TURN, RawDriver } from "./drivers.ts";
import { Lab } from "./lab.ts";
import { networkKinds } from "./networks.ts";

/** A lab with one host of each kind, named after it, and one more behind a slow line. */
export interface TestLab {
  readonly lab: Lab;
  readonly coturn: Coturn;
  readonly driver: RawDriver;
  readonly browsers: BrowserPool;
}

/** How the line of the host `far` begins. */
export const FAR = { rttMs: 80, jitterMs: 30, lossPercent: 2 };

interface WorkerFixtures {
  readonly testLab: TestLab;
}

interface TestFixtures {
  /** Opens a page in a context of its own, in a browser on a host. */
  readonly pageOn: (host: string, kind: BrowserKind) => Promise<Page>;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  testLab: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const plans = networkKinds.map((network) => [network, { network }] as const);
      const far = { network: "cone", link: FAR } as const;
      const lab = await Lab.create({ ...Object.fromEntries(plans), far });
      const browsers = new BrowserPool(lab);
      try {
        const driver = new RawDriver();
        const coturn = await Coturn.start(lab);
        await driver.serve(lab, LAB_TURN);
        await use({ lab, coturn, driver, browsers });
      } finally {
        await browsers.close();
        await lab.close();
      }
    },
    { scope: "worker" },
  ],

  pageOn: async ({ testLab }, use) => {
    const pages: Page[] = [];
    await use(async (host, kind) => {
      const browser = await testLab.browsers.get(testLab.lab.host(host), kind);
      const page = await browser.newPage();
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
  },
});

export { expect };
