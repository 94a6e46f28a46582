/** The demo's cuts: what is cut is cut, the room goes on, and the strip says what it measured. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

// Each test waits for several real time-outs and repairs.
test.describe.configure({ timeout: 120_000 });

const path = (page: Page) => page.locator("#people .path");
const lost = (page: Page) => page.locator("#lost");

/** Resolves when as many more messages have arrived as are worth counting, none of them lost. */
async function noneLost(page: Page, messages: number): Promise<void> {
  await expect
    .poll(async () => Number(/^0 of (\d+)$/.exec((await lost(page).textContent()) ?? "")?.[1]))
    .toBeGreaterThan(messages);
}

async function meet(
  site: { url: string },
  roomName: string,
  newPerson: (url: string) => Promise<Page>,
): Promise<[Page, Page]> {
  const url = `${site.url}?room=${roomName}`;
  const [ada, bob] = [await newPerson(url), await newPerson(url)];
  for (const page of [ada, bob]) {
    await expect(path(page)).toHaveAttribute("data-path", "direct", { timeout: 20_000 });
  }
  return [ada, bob];
}

test("WebRTC cut: the server carries on, nothing is lost, and mended it is direct again", async ({
  site,
  roomName,
  newPerson,
}) => {
  const [ada, bob] = await meet(site, roomName, newPerson);
  await ada.locator("#cable").click();
  await expect(path(ada)).toHaveAttribute("data-path", "server", { timeout: 10_000 });
  await expect(path(bob)).toHaveAttribute("data-path", "server", { timeout: 10_000 });
  await expect(ada.locator("#since")).toHaveText("since you cut WebRTC");
  await expect(ada.locator("#gap")).toHaveText(/^\d+ ms$/);
  await noneLost(ada, 8);
  await ada.locator("#cable").click();
  await expect(path(ada)).toHaveAttribute("data-path", "direct", { timeout: 30_000 });
  await noneLost(ada, 8);
  await noneLost(bob, 16);
});

test("WebSocket cut: the status says so, direct links go on, and mended it is back", async ({
  site,
  roomName,
  newPerson,
}) => {
  const [ada, bob] = await meet(site, roomName, newPerson);
  await ada.locator("#cable-socket").click();
  await expect(ada.locator("#status")).toHaveAttribute("data-status", "reconnecting", {
    timeout: 20_000,
  });
  await expect(path(ada)).toHaveAttribute("data-path", "direct");
  await noneLost(ada, 8);
  await expect(bob.locator("#status")).toHaveAttribute("data-status", "connected");
  await ada.locator("#cable-socket").click();
  await expect(ada.locator("#status")).toHaveAttribute("data-status", "connected", {
    timeout: 30_000,
  });
  await noneLost(ada, 8);
  await noneLost(bob, 16);
});

test("server stopped: both reconnect by themselves, direct links go on", async ({
  site,
  roomName,
  newPerson,
}) => {
  const [ada, bob] = await meet(site, roomName, newPerson);
  await ada.locator("#stop-server").click();
  for (const page of [ada, bob]) {
    await expect(page.locator("#status")).toHaveAttribute("data-status", "reconnecting");
    await expect(path(page)).toHaveAttribute("data-path", "direct");
  }
  await expect(ada.locator("#stop-server")).toHaveText(/^Back in \d s$/);
  await noneLost(ada, 8);
  for (const page of [ada, bob]) {
    await expect(page.locator("#status")).toHaveAttribute("data-status", "connected", {
      timeout: 30_000,
    });
  }
  await noneLost(bob, 16);
  await expect(ada.locator("#stop-server")).toHaveText("Stop for 8 s");
});

test("only this page's own origin may stop the server", async ({ site, request }) => {
  const endpoint = new URL("skein-demo/server", site.url).href;
  expect((await request.get(endpoint)).status()).toBe(200);
  for (const origin of ["https://evil.example.com", "null", ""]) {
    const answer = await request.post(endpoint, { headers: { origin } });
    expect(answer.status()).toBe(403);
  }
});
