import type { Browser } from "@playwright/test";
import { type BrowserKind, BrowserPool, browserKinds } from "./browsers.ts";
import { Coturn } from "./coturn.ts";
import { LAB_TURN, type LinkDriver, type Settled } from "./drivers.ts";
import { type ExpectedPath, expectedPath, networkPairs } from "./expectedPath.ts";
import { Lab } from "./lab.ts";
import { type NetworkKind, networkKinds } from "./networks.ts";

/** One case of the matrix: two networks, the browser in each, and where their link must settle. */
export interface Cell {
  name: string;
  networks: readonly [NetworkKind, NetworkKind];
  browsers: readonly [BrowserKind, BrowserKind];
  expected: ExpectedPath;
}

const browserPairs: readonly (readonly [BrowserKind, BrowserKind])[] = [
  ["chromium", "chromium"],
  ["firefox", "firefox"],
  ["chromium", "firefox"],
];

function cell(
  networks: readonly [NetworkKind, NetworkKind],
  pair: readonly [BrowserKind, BrowserKind],
  turned: boolean,
): Cell {
  // The mixed pair changes sides, so that each browser meets each role.
  const browsers = turned ? ([pair[1], pair[0]] as const) : pair;
  const name = networks.map((network, side) => `${network} (${browsers[side]})`).join(" with ");
  return { name, networks, browsers, expected: expectedPath(...networks) };
}

/** All 45: every pair of networks with every pair of browsers. */
export const allCells: readonly Cell[] = networkPairs.flatMap((networks, index) =>
  browserPairs.map((pair) => cell(networks, pair, index % 2 === 1)),
);

/** Every pair of networks once, with the browser pairs taking turns: what CI runs. */
export const shortCells: readonly Cell[] = networkPairs.map((networks, index) =>
  cell(networks, browserPairs[index % browserPairs.length] ?? browserKinds, index % 2 === 1),
);

/**
 * The lab of the matrix: two hosts in each kind of network, coturn, a driver's server, and one
 * browser of a kind on a host, started when first needed and kept for all cells.
 */
export class MatrixLab {
  readonly lab: Lab;
  readonly coturn: Coturn;
  readonly #driver: LinkDriver;
  readonly #browsers: BrowserPool;
  #rooms = 0;

  private constructor(lab: Lab, coturn: Coturn, driver: LinkDriver) {
    this.lab = lab;
    this.coturn = coturn;
    this.#driver = driver;
    this.#browsers = new BrowserPool(lab);
  }

  static async create(driver: LinkDriver): Promise<MatrixLab> {
    const plans = networkKinds.flatMap((network) =>
      [1, 2].map((n) => [`${network}-${n}`, { network }] as const),
    );
    const lab = await Lab.create(Object.fromEntries(plans));
    try {
      const coturn = await Coturn.start(lab);
      await driver.serve(lab, LAB_TURN);
      return new MatrixLab(lab, coturn, driver);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Opens both browsers of a cell, so that a cell's own time is that of its link. */
  prepare(cell: Cell): Promise<readonly [Browser, Browser]> {
    const [first, second] = cell.networks;
    // Two hosts of one kind stand behind two gateways, as two people do.
    const hosts = [`${first}-1`, `${second}-${first === second ? 2 : 1}`] as const;
    const open = (side: 0 | 1) =>
      this.#browsers.get(this.lab.host(hosts[side]), cell.browsers[side]);
    return Promise.all([open(0), open(1)]);
  }

  /** Runs one cell in contexts of its own. */
  async run(cell: Cell): Promise<Settled> {
    const browsers = await this.prepare(cell);
    const contexts = await Promise.all(browsers.map((browser) => browser.newContext()));
    try {
      const [a, b] = await Promise.all(contexts.map((context) => context.newPage()));
      if (a === undefined || b === undefined) throw new Error("a cell has two pages");
      this.#rooms += 1;
      return await this.#driver.link(this.lab, a, b, `cell-${this.#rooms}`);
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
    }
  }

  async close(): Promise<void> {
    await this.#browsers.close();
    await this.lab.close();
  }
}
