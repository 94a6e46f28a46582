import { expect, type Page, test } from "@playwright/test";

/** Opens the list as somebody. Each test has a list of its own. */
async function open(page: Page, name: string): Promise<void> {
  const { SKEIN_URL = "" } = process.env;
  const asked = new URLSearchParams({ name, list: test.info().testId, server: SKEIN_URL });
  await page.goto(`/?${asked}`);
}
const add = async (page: Page, text: string) => {
  await page.getByLabel("What to do").fill(text);
  await page.getByRole("button", { name: "Add" }).click();
};

test("what one adds, the other sees", async ({ page: ada, context }) => {
  await open(ada, "Ada");
  const bob = await context.newPage();
  await open(bob, "Bob");
  await expect(ada.getByRole("status")).toHaveText("With Bob");
  await add(ada, "Buy milk");
  await expect(bob.getByRole("listitem")).toHaveText("Buy milk");
});

test("cut off, each goes on; mended, both have everything", async ({ page: ada, context }) => {
  await open(ada, "Ada");
  const bob = await context.newPage();
  await open(bob, "Bob");
  await expect(ada.getByRole("status")).toHaveText("With Bob");

  await ada.evaluate(() => {
    faults.cut("webrtc");
    faults.cut("socket");
  });
  await expect(ada.getByRole("status")).toHaveText("Offline: the others get it later");
  await add(ada, "Buy milk");
  await add(bob, "Call Grandma");
  await expect(bob.getByRole("listitem")).toHaveText(["Call Grandma"]);

  await ada.evaluate(() => faults.mend());
  for (const page of [ada, bob]) {
    await expect(page.getByRole("listitem")).toHaveText(["Buy milk", "Call Grandma"]);
  }
});
