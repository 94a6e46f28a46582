/** What axe finds in the demo: nothing. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./fixtures.ts";
import { atRest } from "./visitors.ts";

test("axe finds nothing, in light and dark, on a desktop and on a phone", async ({
  site,
  newPerson,
}) => {
  // Four times every rule.
  test.setTimeout(120_000);
  const page = await newPerson();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(site.url);
  await expect(page.locator("#count")).toHaveText("2");
  await page.getByRole("toolbar", { name: "Tools" }).getByRole("button", { name: "React" }).click();
  for (const colorScheme of ["light", "dark"] as const) {
    for (const size of [
      { width: 1280, height: 800 },
      { width: 360, height: 740 },
    ]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      await atRest(page);
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
      expect(found, `${colorScheme}, ${size.width} pixels wide`).toEqual([]);
      expect(passes.length).toBeGreaterThan(20);
    }
  }
});
