/** The demo's cuts: what is cut is cut, the room goes on, and the strip says what it measured. */
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

// Each test waits for several real time-outs and repairs.
test.describe.configure({ timeout: 120_000 });

const path = (page: Page) => page.locator("#people .path");
const lost = (page: Page) => page.locator("#lost");

/**
 * A cut is noticed after 200 ms or so, and a quiet machine measures a gap under 350. Four times that,
 * for a loaded one.
 */
const LONGEST_GAP_MS = 4 * 350;

/** Notes how long a page itself stood still: what is not heard then is not the network's. */
async function watchStalls(pages: readonly Page[]): Promise<void> {
  for (const page of pages) {
    await page.evaluate(() => {
      let last = performance.now();
      Object.assign(window, { longestStall: 0 });
      setInterval(() => {
        const now = performance.now();
        const longest = Reflect.get(window, "longestStall") as number;
        Object.assign(window, { longestStall: Math.max(longest, now - last) });
        last = now;
      }, 20);
    });
  }
}

/** What the page measured is no longer than a cut may take. */
async function gapIsShort(page: Page, pages: readonly Page[]): Promise<void> {
  await expect(page.locator("#gap")).toHaveText(/^\d+ ms$/);
  const gap = Number.parseInt((await page.locator("#gap").textContent()) ?? "", 10);
  let stalls = 0;
  for (const each of pages) {
    stalls += await each.evaluate(() => Reflect.get(window, "longestStall") as number);
  }
  expect(gap).toBeLessThanOrEqual(LONGEST_GAP_MS + stalls);
}

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
  await watchStalls([ada, bob]);
  await ada.locator("#cable").click();
  // At once: the badge does not wait for what Skein finds out.
  await expect(path(ada)).toHaveText("direct, silent");
  await expect(path(ada)).toHaveAttribute("data-path", "server", { timeout: 10_000 });
  await expect(path(bob)).toHaveAttribute("data-path", "server", { timeout: 10_000 });
  await expect(ada.locator("#since")).toHaveText("since you cut WebRTC");
  await noneLost(ada, 8);
  await gapIsShort(ada, [ada, bob]);
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
  await watchStalls([ada, bob]);
  await ada.locator("#cable-socket").click();
  await expect(ada.locator("#status")).toHaveAttribute("data-status", "reconnecting", {
    timeout: 20_000,
  });
  await expect(path(ada)).toHaveAttribute("data-path", "direct");
  await noneLost(ada, 8);
  await gapIsShort(ada, [ada, bob]);
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
  await watchStalls([ada, bob]);
  const top = async () => (await ada.locator("#pane-own .board").boundingBox())?.y;
  const before = await top();
  await ada.locator("#stop-server").click();
  for (const page of [ada, bob]) {
    await expect(page.locator("#status")).toHaveText("server away, direct links go on");
    await expect(page.locator("#status")).toHaveAttribute("data-status", "reconnecting");
    await expect(path(page)).toHaveAttribute("data-path", "direct");
  }
  await expect(ada.locator("#stop-server")).toHaveText(/^Back in \d s$/);
  await noneLost(ada, 8);
  await gapIsShort(ada, [ada, bob]);
  // Nothing to mend for the visitor: no alarm, and the board stays where it is.
  await expect(ada.locator("#problem")).toBeHidden();
  expect(await top()).toBe(before);
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
