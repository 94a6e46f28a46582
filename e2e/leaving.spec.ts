/** Tabs that close, browsers that are killed, pages that reload or wait in the back-forward cache. */
import { execFileSync } from "node:child_process";
import { type BrowserServer, chromium, firefox, type Page } from "@playwright/test";
import { type BrowserName, browsers } from "../scripts/browsers.mjs";
import { expect, joinRoom, launchBrowser, loaded, settled, startLibrary, test } from "./library.ts";

/** How soon after a tab is closed its peer is to be gone from the others. */
const GONE_WITHIN_MS = 1_000;
/** How soon the cursor of a browser that was killed is to be gone. */
const HIDDEN_WITHIN_MS = 8_000;
/** The server's grace of 30 s before `leave`, shortened: the rest would cost a test only time. */
const SHORT_GRACE_MS = 12_000;

interface Event {
  readonly what: string;
  readonly at: number;
}

/** Writes down who comes, who leaves and whose cursor is hidden, with the wall clock of the page. */
async function watchPeers(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { room, log } = window.skein;
    const note = (what: string) => log.push({ what, at: Date.now() });
    room?.on("join", ({ peer }) => note(`join ${peer.id}`));
    room?.on("leave", ({ peer, reason }) => note(`leave ${peer.id} ${reason}`));
    room?.on("cursor", ({ peer }) => {
      note(room.cursorOf(peer.id) === null ? "hidden" : "shown");
    });
  });
}

/** Waits until something that begins with `what` is in the log, and gives its time. */
async function at(page: Page, what: string): Promise<number> {
  const found = await page.waitForFunction(
    (what) => (window.skein.log as Event[]).find((event) => event.what.startsWith(what)),
    what,
    { polling: 50 },
  );
  return ((await found.jsonValue()) as Event).at;
}

const story = (page: Page): Promise<string[]> =>
  page.evaluate(() => (window.skein.log as Event[]).map(({ what }) => what));

for (const paths of ["direct", "server"] as const) {
  test(`a closed tab is gone from the others at once, on the ${paths} path`, async ({
    openTab,
    roomName,
  }) => {
    const [closing, staying] = [await openTab(), await openTab()];
    const options = { paths: paths === "server" ? "server" : "all" } as const;
    const id = await joinRoom(closing, roomName, options);
    await joinRoom(staying, roomName, options);
    await Promise.all([settled(closing, paths, 1), settled(staying, paths, 1)]);
    await watchPeers(staying);
    await closing.close();
    const closed = Date.now();
    const left = await at(staying, "leave");
    expect(await story(staying)).toEqual([`leave ${id} goodbye`]);
    expect(left - closed).toBeLessThan(GONE_WITHIN_MS);
    const peers = await staying.evaluate(() => window.skein.room?.getSnapshot().peers.length);
    expect(peers).toBe(0);
  });
}

test("a killed browser's cursor is hidden first, and leave follows after the grace", {
  tag: ["@one-browser", "@own-server"],
}, async ({ openTab, roomName, browserName }) => {
  test.setTimeout(90_000);
  const library = await startLibrary({ timings: { lostAfterMs: SHORT_GRACE_MS } });
  const doomed = await launchServer(browserName as BrowserName);
  try {
    const type = browserName === "chromium" ? chromium : firefox;
    const victim = await openTab({
      browser: await type.connect(doomed.wsEndpoint()),
      url: library.url,
    });
    const staying = await openTab({ url: library.url });
    const id = await joinRoom(victim, roomName);
    await joinRoom(staying, roomName);
    await Promise.all([settled(victim, "direct", 1), settled(staying, "direct", 1)]);
    await watchPeers(staying);
    await victim.evaluate(() => window.skein.room?.moveCursor({ x: 0.5, y: 0.5 }));
    await at(staying, "shown");
    killWithChildren(doomed.process().pid ?? 0);
    const killed = Date.now();
    expect((await at(staying, "hidden")) - killed).toBeLessThan(HIDDEN_WITHIN_MS);
    // Still here, but away: it could come back.
    const activity = () => window.skein.room?.getSnapshot().peers[0]?.activity;
    expect(await staying.evaluate(activity)).toBe("away");
    const left = await at(staying, `leave ${id} lost`);
    expect(left - killed).toBeGreaterThan(SHORT_GRACE_MS - 1_000);
    expect((await story(staying)).filter((what) => what !== "shown")).toEqual([
      "hidden",
      `leave ${id} lost`,
    ]);
  } finally {
    await doomed.kill();
    await library.close();
  }
});

test("a reload makes a new peer", async ({ openTab, roomName }) => {
  const [reloading, staying] = [await openTab(), await openTab()];
  const before = await joinRoom(reloading, roomName);
  await joinRoom(staying, roomName);
  await settled(staying, "direct", 1);
  await watchPeers(staying);
  await reloading.reload();
  await loaded(reloading);
  const after = await joinRoom(reloading, roomName);
  expect(after).not.toBe(before);
  await at(staying, `leave ${before} goodbye`);
  await at(staying, `join ${after}`);
  await Promise.all([settled(reloading, "direct", 1), settled(staying, "direct", 1)]);
  expect(await story(staying)).toHaveLength(2);
});

test("a page out of the back-forward cache rejoins by itself as the same peer", async ({
  openTab,
  library,
  roomName,
  browserName,
}) => {
  // Playwright switches the cache off in Chromium, for all other tests.
  const browser = await launchBrowser(browserName as BrowserName, {
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    const [page, staying] = [await openTab({ browser }), await openTab()];
    const id = await joinRoom(page, roomName);
    await joinRoom(staying, roomName);
    await Promise.all([settled(page, "direct", 1), settled(staying, "direct", 1)]);
    await watchPeers(staying);
    await page.evaluate(() => {
      const { room } = window.skein;
      addEventListener("pageshow", ({ persisted }) => room?.setPresence({ persisted }));
      room?.onMessage("question", ({ peer }) => room.send("answer", "here", { to: peer.id }));
    });
    const ask = (question: string) =>
      staying.evaluate(async (question) => {
        const { room } = window.skein;
        const answer = new Promise((resolve) => {
          room?.onMessage("answer", ({ data }) => resolve(data));
        });
        const sent = await room?.send("question", question);
        return { ...sent, answer: await answer };
      }, question);
    expect(await ask("before")).toEqual({ missed: [], answer: "here" });
    await goAwayAndBack(page, `${library.url}elsewhere`, browserName, () =>
      at(staying, `leave ${id} goodbye`),
    );
    // The page itself tells whether it really was kept; only it could know the room.
    await at(staying, `join ${id}`);
    await staying.evaluate(() =>
      window.skein.room?.waitFor((s) => Reflect.get(s.peers[0]?.presence ?? {}, "persisted")),
    );
    expect(await ask("after")).toEqual({ missed: [], answer: "here" });
    await settled(staying, "direct", 1);
    expect(await ask("on the new direct path")).toEqual({ missed: [], answer: "here" });
    expect(await story(staying)).toEqual([`leave ${id} goodbye`, `join ${id}`]);
  } finally {
    await browser.close();
  }
});

/**
 * Firefox keeps no page that has a WebSocket open when one leaves it, and decides that before the
 * page hears of it. There the two events are made; in Chromium the page really goes and comes back.
 */
async function goAwayAndBack(
  page: Page,
  elsewhere: string,
  browserName: string,
  gone: () => Promise<unknown>,
): Promise<void> {
  if (browserName === "chromium") {
    await page.goto(elsewhere).catch(() => {});
    await gone();
    // Later, since going away ends the very call that asks for it.
    await page.evaluate(() => void setTimeout(() => history.back()));
    return;
  }
  const tell = (type: string) =>
    page.evaluate(
      (type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })),
      type,
    );
  await tell("pagehide");
  await gone();
  await tell("pageshow");
}

/**
 * As the kernel does when memory runs out, or a power cut: all at once. A child that outlives the
 * browser for a moment would close the page's sockets in good order, which is another story.
 */
function killWithChildren(root: number): void {
  const processes = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const doomed = new Set([root]);
  for (let before = 0; before !== doomed.size; ) {
    before = doomed.size;
    for (const [pid = 0, parent = 0] of processes) if (doomed.has(parent)) doomed.add(pid);
  }
  for (const pid of doomed) process.kill(pid, "SIGSTOP");
  for (const pid of doomed) process.kill(pid, "SIGKILL");
}

async function launchServer(name: BrowserName): Promise<BrowserServer> {
  const { args = [], ...found } = (await browsers())[name];
  const type = name === "chromium" ? chromium : firefox;
  return type.launchServer({ ...found, args: [...args] });
}
