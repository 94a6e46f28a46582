import type { Page } from "@playwright/test";
import {
  startCoturn,
  type TestCoturn,
  TURN_SECRET,
} from "../signaling-server/src/doctor/coturn.ts";
import {
  createSignalingServer,
  type SignalingServer,
  type SignalingServerOptions,
} from "../signaling-server/src/index.ts";
import { test as base, expect } from "./fixtures.ts";

/*
 * The doctor's page, served with the demo, asks servers of its own: a signaling server for each test
 * and one coturn on the loopback interface.
 */

const test = base.extend<
  { readonly signaling: (options: SignalingServerOptions) => Promise<string> },
  { readonly coturn: TestCoturn }
>({
  // Firefox talks to no TURN server on the loopback interface unless it is told to.
  launchOptions: [
    async ({ launchOptions, browserName }, use) => {
      const prefs = { "media.peerconnection.ice.loopback": true };
      await use({
        ...launchOptions,
        ...(browserName === "firefox" && { firefoxUserPrefs: prefs }),
      });
    },
    { scope: "worker" },
  ],
  coturn: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
    async ({}, use) => {
      const coturn = await startCoturn();
      await use(coturn);
      await coturn.stop();
    },
    { scope: "worker" },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
  signaling: async ({}, use) => {
    const servers: SignalingServer[] = [];
    await use(async (options) => {
      const server = createSignalingServer({ port: 0, log: () => {}, ...options });
      servers.push(server);
      await server.listen();
      return server.url ?? "";
    });
    for (const server of servers) await server.close();
  },
});

const doctorOf = (site: { url: string }, server: string) =>
  `${site.url}doctor.html?server=${encodeURIComponent(server)}`;

const check = (page: Page, name: string) =>
  page.locator("#checks .check").filter({ has: page.getByText(name, { exact: true }) });

/** The page shows its findings when it has them all: a check that fails takes eight seconds. */
const DIAGNOSED = { timeout: 25_000 };

const turnUrls = ({ port }: TestCoturn) => [
  `turn:127.0.0.1:${port}?transport=udp`,
  `turn:127.0.0.1:${port}?transport=tcp`,
];

test("says that relayed links work, and gives a report without credentials", async ({
  site,
  newPerson,
  signaling,
  coturn,
}) => {
  const server = await signaling({ turn: { urls: turnUrls(coturn), secret: TURN_SECRET } });
  const page = await newPerson(doctorOf(site, server));
  await expect(check(page, "Signaling")).toHaveAttribute("data-state", "works", DIAGNOSED);
  await expect(check(page, "TURN over UDP")).toHaveAttribute("data-state", "works");
  await expect(check(page, "TURN over TCP")).toHaveAttribute("data-state", "works");
  await expect(page.locator("#verdict")).toHaveAttribute("data-best", "direct");
  await expect(page.locator("#warnings")).toBeEmpty();
  const report = await page.locator("#report").inputValue();
  expect(report).toContain("TURN over UDP: turn:127.0.0.1");
  expect(report).not.toMatch(/\d{10}:/);
  expect(report).not.toContain("candidate:");
});

test("takes TURN over TLS for what its certificate is worth here", async ({
  site,
  newPerson,
  signaling,
  coturn,
  playwright,
  browserName,
  launchOptions,
}) => {
  const tls = `turns:localhost:${coturn.tlsPort}?transport=tcp`;
  const [udp = ""] = turnUrls(coturn);
  const server = await signaling({ turn: { urls: [udp, tls], secret: TURN_SECRET } });
  const page = await newPerson(doctorOf(site, server));
  const overTls = (on: Page) => check(on, "TURN over TLS");
  await expect(overTls(page)).toHaveAttribute("data-state", "fails", DIAGNOSED);
  await expect(check(page, "TURN over UDP")).toHaveAttribute("data-state", "works");
  // With UDP alone, people in networks that block it have no relay.
  await expect(page.locator("#warnings")).toContainText("TURN works over UDP only");
  // Only this browser can be told to trust every certificate there.
  if (browserName !== "chromium") return;
  const args = [...(launchOptions.args ?? []), "--ignore-certificate-errors"];
  const trusting = await playwright.chromium.launch({ ...launchOptions, args });
  try {
    const other = await trusting.newPage();
    await other.goto(doctorOf(site, server));
    await expect(overTls(other)).toHaveAttribute("data-state", "works", DIAGNOSED);
    await expect(other.locator("#verdict")).toHaveAttribute("data-best", "direct");
    await expect(other.locator("#warnings")).toBeEmpty();
  } finally {
    await trusting.close();
  }
});

test("tells refused credentials from silence", async ({ site, newPerson, signaling, coturn }) => {
  const server = await signaling({ turn: { urls: turnUrls(coturn), secret: "another" } });
  const page = await newPerson(doctorOf(site, server));
  const overUdp = check(page, "TURN over UDP");
  await expect(overUdp).toHaveAttribute("data-state", "fails", DIAGNOSED);
  await expect(overUdp).toContainText("refused the credentials (401)");
  await expect(page.locator("#warnings")).toContainText("No relay");
});

test("says what is missing, and obeys the policy", async ({ site, newPerson, signaling }) => {
  const page = await newPerson(doctorOf(site, await signaling({})));
  await expect(page.locator("#warnings")).toContainText("announces no TURN server");
  await page.goto(doctorOf(site, await signaling({ policy: { paths: "server" } })));
  await expect(page.locator("#verdict")).toHaveAttribute("data-best", "server");
});

// Firefox reports the failed WebSocket as an error of the page, so this is not a `newPerson`.
test("says so when no server answers, or the address is none", async ({ site, page }) => {
  // The discard port: nothing listens there.
  await page.goto(doctorOf(site, "http://127.0.0.1:9"));
  await expect(page.locator("#verdict")).toHaveAttribute("data-best", "none");
  await expect(check(page, "Signaling")).toContainText("Check that the server runs there");
  await page.locator("#server").fill("ftp://h.example");
  await page.locator("#run").click();
  await expect(page.locator("#verdict")).toContainText("no address of a signaling server");
});

test("the demo's own server is what it asks by default", async ({ site, newPerson }) => {
  const page = await newPerson(`${site.url}doctor.html`);
  await expect(check(page, "Signaling")).toHaveAttribute("data-state", "works");
});
