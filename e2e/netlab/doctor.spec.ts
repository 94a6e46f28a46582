import { expect, test } from "@playwright/test";
import { Coturn } from "./coturn.ts";
import { doctorOn } from "./doctorOn.ts";
import { LAB_TURN } from "./drivers.ts";
import { expectedPath } from "./expectedPath.ts";
import { Lab } from "./lab.ts";
import { networkKinds } from "./networks.ts";
import { skipWithoutLab } from "./requirements.ts";
import { SkeinDriver } from "./skeinDriver.ts";

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
