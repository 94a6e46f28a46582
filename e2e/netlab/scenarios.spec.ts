import { expect, test } from "@playwright/test";
import { RawDriver } from "./drivers.ts";
import { skipWithoutLab } from "./requirements.ts";
import { scenarios, startScenario } from "./scenarios.ts";

skipWithoutLab();

/** What the matrix has not: its networks are all fast, on IPv4, and with a TURN server that works. */
const names = ["turn-down", "turn-wrong", "ipv6-only", "far"];

for (const name of names) {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  test(`${name}: ${scenario.about}`, async () => {
    const running = await startScenario(scenario, new RawDriver());
    try {
      const settled = await running.link("chromium", "firefox");
      expect(settled.path, settled.detail).toBe(scenario.expected);
      expect(settled.firstMessageMs).toBeLessThan(Number.POSITIVE_INFINITY);
    } finally {
      await running.close();
    }
  });
}
