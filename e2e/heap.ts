/** What Chromium knows of a page's heap, and no other browser tells. */
import type { CDPSession, Page } from "@playwright/test";

/** Asks `look` over the DevTools protocol, garbage having been collected. */
export async function afterCollection<T>(
  page: Page,
  look: (session: CDPSession) => Promise<T>,
): Promise<T> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("HeapProfiler.collectGarbage");
    return await look(session);
  } finally {
    await session.detach();
  }
}
