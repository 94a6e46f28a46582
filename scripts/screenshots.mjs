/**
 * Takes the pictures in docs/images from the demo as it is: served as `npm start` does, with several
 * browser contexts as people in one room, who move, draw, talk and drag.
 */
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { createServer } from "vite";
import { browsers } from "./browsers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const images = `${root}docs/images`;

/** A README that loads slowly is not read. */
const MAX_BYTES = 200_000;

/** What the page shows as its address; the browser finds it at the server started here. */
const HOST = "skein.example";

/**
 * What the pictures say of the network is what it is like, in milliseconds: a busy machine's figures are
 * the machine's.
 */
const MAX_RTT_MS = 20;
const MAX_GAP_MS = 150;

/** For how long low figures are waited for, in milliseconds. */
const QUIET_TIMEOUT_MS = 90_000;

const PICTURES = [
  { name: "demo", width: 1280, height: 800, scale: 1, scheme: "light" },
  { name: "demo-dark", width: 1280, height: 800, scale: 1, scheme: "dark" },
  {
    name: "demo-phone",
    width: 360,
    height: 740,
    scale: 2,
    scheme: "light",
    // There is less board beside it.
    spots: { chat: [-20, -205] },
  },
];

/** The others in the room, and what each has in hand when the picture is taken. */
const PEOPLE = [
  { name: "Curlew", at: [110, -150], doing: "chat" },
  { name: "Heron", at: [96, 52], doing: "ink" },
  { name: "Puffin", at: [-190, 60], doing: "move" },
];

mkdirSync(images, { recursive: true });
const server = await createServer({
  configFile: `${root}vite.config.ts`,
  cacheDir: `${root}node_modules/.vite/screenshots`,
  logLevel: "error",
  server: { host: "127.0.0.1", port: 0, hmr: false, watch: null, allowedHosts: [HOST] },
});
await server.listen();
const { port } = new URL(server.resolvedUrls.local[0]);
const url = new URL(`http://${HOST}/`);
url.searchParams.set("room", "amber-heron");
const { executablePath, args } = (await browsers()).chromium;
const browser = await chromium.launch({
  executablePath,
  args: [...args, `--host-resolver-rules=MAP ${HOST}:80 127.0.0.1:${port}`],
});

/** Opens the room as somebody with this name. */
async function enter(name, options) {
  const context = await browser.newContext(options);
  await context.addInitScript((name) => sessionStorage.setItem("skein-demo-name", name), name);
  const page = await context.newPage();
  await page.goto(url.href);
  return page;
}

/** A place on the board, in its units, as pixels of this page: `matrix` is what the board is drawn with. */
async function toPixels(page, [x, y]) {
  return page.evaluate(
    ([x, y]) => {
      const world = document.querySelector("#pane-own .world");
      const { left, top } = world.parentElement.getBoundingClientRect();
      const at = new DOMMatrix(getComputedStyle(world).transform).transformPoint({ x, y });
      return [at.x + left + 1, at.y + top + 1];
    },
    [x, y],
  );
}

async function moveTo(page, place, steps = 12) {
  const [x, y] = await toPixels(page, place);
  await page.mouse.move(x, y, { steps });
}

/** Joined loops, as one practises them. */
const LOOPS = Array.from({ length: 46 }, (_, index) => {
  const share = index / 45;
  const angle = share * 3.25 * 2 * Math.PI;
  return [
    96 + share * 150 + Math.sin(angle) * 30,
    52 - (1 - Math.cos(angle)) * 30 * (1 - share * 0.3),
  ];
});

async function act(page, { at, doing }) {
  await page.bringToFront();
  if (doing === "ink") {
    await moveTo(page, LOOPS[0], 3);
    await page.mouse.down();
    for (const place of LOOPS.slice(1)) await moveTo(page, place, 1);
    await page.mouse.up();
    return;
  }
  await moveTo(page, [at[0] - 60, at[1] - 50], 2);
  await moveTo(page, at);
  if (doing === "chat") {
    await page.keyboard.press("/");
    await page.keyboard.type("Pull the lead bead");
  }
}

/** Waits until everybody is there, browser to browser, and what was measured of them is low. */
async function lowFigures(page) {
  const read = () =>
    page.evaluate(() => ({
      paths: [...document.querySelectorAll("#people .person-peer .path")].map(
        ({ textContent }) => textContent,
      ),
      gap: document.querySelector("#gap").textContent,
      bars: document.querySelectorAll("#strip rect[data-kind]").length,
    }));
  const until = performance.now() + QUIET_TIMEOUT_MS;
  for (;;) {
    const { paths, gap, bars } = await read();
    const rtts = paths.map((path) => Number(/^direct · (?:under )?(\d+) ms$/.exec(path)?.[1]));
    const isLow =
      rtts.length === PEOPLE.length &&
      rtts.every((rtt) => rtt <= MAX_RTT_MS) &&
      Number.parseInt(gap, 10) <= MAX_GAP_MS &&
      bars > 60;
    if (isLow) return;
    if (performance.now() > until) {
      throw new Error(
        `This machine is too busy for pictures of it: ${paths.join(", ")}; longest gap ${gap}. Try again when nothing else runs.`,
      );
    }
    await page
      .waitForFunction((gap) => document.querySelector("#gap").textContent !== gap, gap, {
        timeout: 2_000,
      })
      .catch(() => {});
  }
}

const others = [];
for (const { name } of PEOPLE)
  others.push(await enter(name, { viewport: { width: 1000, height: 760 } }));

for (const { name, width, height, scale, scheme, spots = {} } of PICTURES) {
  const page = await enter("Merlin", {
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: scheme,
    isMobile: name === "demo-phone",
    hasTouch: name === "demo-phone",
  });
  await lowFigures(page);
  // Ink lasts for five seconds: it is drawn last.
  const order = [0, 2, 1];
  for (const index of order) {
    const { at, doing } = PEOPLE[index];
    await act(others[index], { at: spots[doing] ?? at, doing });
  }
  // Where its cursor rests, so that it rises in the picture; taken when it is a third of its way up.
  await others[2].bringToFront();
  await others[2].locator("#pane-own .board").focus();
  await others[2].keyboard.press("2");
  await page.bringToFront();
  await page.waitForFunction(() => {
    const [rising] = document.querySelector("#pane-own .reaction")?.getAnimations() ?? [];
    return rising !== undefined && rising.currentTime > 700;
  });
  await page.screenshot({ path: `${images}/${name}.png` });
  await others[0].keyboard.press("Escape");
  await page.context().close();
  const { size } = statSync(`${images}/${name}.png`);
  console.log(`${name}.png  ${width}×${height}  ${Math.round(size / 1000)} kB`);
  if (size > MAX_BYTES) process.exitCode = 1;
}

await browser.close();
await server.close();
