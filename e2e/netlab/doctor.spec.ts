import { expect, type Page, test } from "@playwright/test";
import { full } from "../form.ts";
import { doctorFiles } from "../page-files.ts";
import { type BrowserKind, BrowserPool, browserKinds } from "./browsers.ts";
import { Coturn } from "./coturn.ts";
import { doctorOn } from "./doctorOn.ts";
import { LAB_TURN, origin } from "./drivers.ts";
import { expectedPath } from "./expectedPath.ts";
import { Lab } from "./lab.ts";
import { networkKinds } from "./networks.ts";
import { skipWithoutLab } from "./requirements.ts";
import { SkeinDriver, startSkeinServer } from "./skeinDriver.ts";

skipWithoutLab();

const MAPPINGS = {
  open: "one-port",
  cone: "one-port",
  symmetric: "symmetric",
  // Where nothing comes back over UDP there is no port to compare.
  "udp-blocked": "unknown",
  "signaling-only": "unknown",
} as const;

for (const turn of ["open", "cloud"] as const) {
  test(`the doctor foretells the path to a home from each network, with TURN ${turn === "open" ? "in the open" : "in a cloud"}`, async () => {
    // Each silent port costs some seconds.
    test.setTimeout(120_000);
    const plans = networkKinds.map((network) => [network, { network }] as const);
    const lab = await Lab.create(Object.fromEntries(plans), 4, turn);
    try {
      await Coturn.start(lab);
      await new SkeinDriver().serve(lab, LAB_TURN);
      const found = await Promise.all(
        networkKinds.map(async (network) => {
          const { diagnosis, verdict } = await doctorOn(lab, lab.host(network));
          const { mapping, ice } = diagnosis;
          const refusesItself = ice.some((check) => check.refusesItself);
          return { network, best: verdict.best, mapping, refusesItself };
        }),
      );
      expect(found).toEqual(
        networkKinds.map((network) => ({
          network,
          best: expectedPath(network, "cone"),
          mapping: MAPPINGS[network],
          refusesItself: false,
        })),
      );
    } finally {
      await lab.close();
    }
  });
}

/** Every network in every browser, or the browsers taking turns. */
const places = networkKinds.flatMap((network, index) => {
  const [one = "chromium"] = [browserKinds[index % browserKinds.length]];
  const kinds: readonly BrowserKind[] = full ? browserKinds : [one];
  return kinds.map((kind) => ({ network, kind }));
});

test("the doctor's page foretells the same from a browser", async () => {
  // Each silent port costs a browser eight seconds, which all of them wait at once.
  test.setTimeout(300_000);
  const plans = networkKinds.map((network) => [network, { network }] as const);
  const lab = await Lab.create(Object.fromEntries(plans));
  const browsers = new BrowserPool(lab);
  try {
    await Coturn.start(lab);
    await startSkeinServer(lab, LAB_TURN, await doctorFiles());
    const asked: [(typeof places)[number], Page][] = [];
    for (const place of places) {
      const browser = await browsers.get(lab.host(place.network), place.kind);
      const page = await browser.newPage();
      await page.goto(`${origin(lab)}/doctor.html`);
      asked.push([place, page]);
    }
    for (const [{ network, kind }, page] of asked) {
      await expect(page.locator("#issue")).toBeVisible({ timeout: 60_000 });
      const report = await page.locator("#report").inputValue();
      const place = `${network} (${kind}):\n${report}`;
      const best = await page.locator("#verdict").getAttribute("data-best");
      expect(best, place).toBe(expectedPath(network, "cone"));
      const symmetric = report.includes("nat      symmetric");
      expect(symmetric, place).toBe(MAPPINGS[network] === "symmetric");
      await page.context().close();
    }
  } finally {
    await browsers.close();
    await lab.close();
  }
});
