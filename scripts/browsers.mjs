/** Where the browsers of the tests are: the system's own first, Playwright's otherwise. */
import { existsSync } from "node:fs";

const SYSTEM_CHROMIUM = "/usr/bin/chromium";
const SYSTEM_FIREFOX = "/usr/bin/firefox-esr";

/** No GPU and no QUIC in tests, and nothing that calls home in the background. */
const CHROMIUM_ARGS = ["--disable-gpu", "--disable-quic", "--disable-background-networking"];

function chromium(executablePath) {
  // Chromium's sandbox refuses to start for root.
  const isRoot = process.getuid?.() === 0;
  return { executablePath, args: isRoot ? ["--no-sandbox", ...CHROMIUM_ARGS] : CHROMIUM_ARGS };
}

/** Debian's browsers, where they are installed. */
export function systemBrowsers() {
  return {
    chromium: existsSync(SYSTEM_CHROMIUM) ? chromium(SYSTEM_CHROMIUM) : undefined,
    // A stock Firefox is driven through another protocol than Playwright's patched one.
    firefox: existsSync(SYSTEM_FIREFOX)
      ? { channel: "moz-firefox", executablePath: SYSTEM_FIREFOX }
      : undefined,
  };
}

/** The browsers that `npx playwright install` brought. */
export async function playwrightBrowsers() {
  const playwright = await import("@playwright/test");
  const installed = (type) => {
    const executablePath = type.executablePath();
    return existsSync(executablePath) ? executablePath : undefined;
  };
  const chromiumPath = installed(playwright.chromium);
  const firefoxPath = installed(playwright.firefox);
  return {
    chromium: chromiumPath === undefined ? undefined : chromium(chromiumPath),
    firefox: firefoxPath === undefined ? undefined : { executablePath: firefoxPath },
  };
}

/** Launch options for Playwright, per browser. Throws when one is missing. */
export async function browsers() {
  const system = systemBrowsers();
  const own = await playwrightBrowsers();
  const found = {
    chromium: system.chromium ?? own.chromium,
    firefox: system.firefox ?? own.firefox,
  };
  for (const [name, options] of Object.entries(found)) {
    if (options === undefined)
      throw new Error(`No ${name} found. Run \`node scripts/setup.mjs --tests\`, which brings it.`);
  }
  return found;
}
