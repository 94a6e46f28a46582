import { expect, test } from "@playwright/test";
import { browserKinds } from "./browsers.ts";
import { skipWithoutLab } from "./requirements.ts";
import { scenarios, startScenario } from "./scenarios.ts";
import { SkeinDriver } from "./skeinDriver.ts";

skipWithoutLab();

/** What the matrix has not: its networks are all fast, on IPv4, and with a TURN server in the open that works. */
const names = ["turn-cloud", "turn-down", "turn-wrong", "ipv6-only", "far"];
const [chromium, firefox] = browserKinds;

for (const [index, name] of names.entries()) {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const { about, expected, reasons = [null, null] } = scenario;
  // Each browser at one end, and changing sides, so that each meets each role.
  const [a, b] = index % 2 === 0 ? [chromium, firefox] : [firefox, chromium];
  test(`${name}: ${about} (${a}, ${b})`, async () => {
    test.setTimeout(120_000);
    const running = await startScenario(scenario, new SkeinDriver());
    try {
      const settled = await running.link(a, b);
      expect(settled.path, settled.detail).toBe(expected);
      expect(settled.reasons, settled.detail).toEqual(reasons);
      expect(settled.firstMessageMs).toBeLessThan(Number.POSITIVE_INFINITY);
    } finally {
      await running.close();
    }
  });
}
