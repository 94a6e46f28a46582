/** The WebRTC path by itself, two of them in one page of a real browser. */
import { fileURLToPath } from "node:url";
import { expect, type Page, test } from "@playwright/test";
import { createServer, type ViteDevServer } from "vite";
import { afterCollection } from "./heap.ts";
import type { TestPage } from "./pages/webrtc-path/main.ts";

declare global {
  interface Window {
    readonly webrtcPaths: TestPage;
  }
}

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "e2e/pages/webrtc-path/index.html";
let vite: ViteDevServer;
let url: string;
let problems: string[];

test.beforeAll(async ({ browserName }) => {
  vite = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    // The browsers of two projects may be tested at once.
    cacheDir: `node_modules/.vite/webrtc-path-${browserName}`,
    server: { host: "127.0.0.1", port: 0, hmr: false, ws: false, watch: null },
    // Vite's own client would open a WebSocket, which the page's policy rightly forbids.
    plugins: [{ name: "no-client", transformIndexHtml: { order: "post", handler: withoutClient } }],
    optimizeDeps: { entries: [PAGE], include: ["simple-peer/simplepeer.min.js"] },
  });
  await vite.listen();
  url = new URL(PAGE, vite.resolvedUrls?.local[0]).href;
});

test.afterAll(() => vite.close());

test.beforeEach(async ({ page }) => {
  problems = [];
  page.on("pageerror", (error) => {
    // Firefox's advice to developers, not an error of the page.
    if (!String(error).includes("WebRTC: ICE failed")) problems.push(String(error));
  });
  page.on("console", (message) => {
    if (/content security policy|trusted ?type/i.test(message.text()))
      problems.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
});

test.afterEach(() => {
  expect(problems).toEqual([]);
});

test("two paths open to each other, directly, and say so before they are used", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { a, b } = await window.webrtcPaths.opened();
    const sent = [
      a.path.send(Uint8Array.of(1, 2, 3), "reliable"),
      a.path.send(Uint8Array.of(4), "latest"),
      b.path.send(Uint8Array.of(5), "reliable"),
      b.path.send(Uint8Array.of(), "latest"),
    ];
    await Promise.all([a.until(() => a.frames.length === 2), b.until(() => b.frames.length === 2)]);
    const received = (end: typeof a) =>
      end.frames.map(({ frame, lane }) => `${lane} ${frame.join()}`).sort();
    return {
      sent,
      logs: [a, b].map(({ log }) => log.map(({ what }) => what)),
      received: [received(a), received(b)],
      pair: await a.path.selectedPair(),
      kinds: [a.path.kind, b.path.kind],
    };
  });
  expect(result.sent).toEqual([true, true, true, true]);
  for (const log of result.logs) {
    expect(log.filter((what) => what !== "simple-peer connect")).toEqual(["direct", "open"]);
  }
  expect(result.received).toEqual([
    ["latest ", "reliable 5"],
    ["latest 4", "reliable 1,2,3"],
  ]);
  expect(result.kinds).toEqual(["direct", "direct"]);
  expect(result.pair).toMatchObject({ kind: "direct", protocol: "udp", relayProtocol: null });
});

test("10,000 frames arrive in order through a queue that refuses what is too much", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { a, b } = await window.webrtcPaths.opened();
    const count = 10_000;
    let refused = 0;
    let mostBuffered = 0;
    for (let n = 0; n < count; ) {
      const frame = new Uint8Array(1024);
      new DataView(frame.buffer).setUint32(0, n);
      if (a.path.send(frame, "reliable")) n++;
      else {
        refused++;
        await new Promise((done) => setTimeout(done));
      }
      mostBuffered = Math.max(mostBuffered, a.path.buffered);
    }
    await b.until(() => b.frames.length === count);
    const inOrder = b.frames.every(
      ({ frame, lane }, n) => lane === "reliable" && new DataView(frame.buffer).getUint32(0) === n,
    );
    return { refused, mostBuffered, inOrder };
  });
  expect(result.inOrder).toBe(true);
  expect(result.refused).toBeGreaterThan(0);
  expect(result.mostBuffered).toBeLessThanOrEqual(1024 * 1024);
});

test("latest frames are dropped, never queued", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { a, b } = await window.webrtcPaths.opened();
    let accepted = 0;
    while (accepted < 10_000 && a.path.send(new Uint8Array(1000), "latest")) accepted++;
    const buffered = a.path.buffered;
    a.path.send(Uint8Array.of(7), "reliable");
    await b.until(() => b.frames.some(({ lane }) => lane === "reliable"));
    return { accepted, buffered, arrived: b.frames.length - 1 };
  });
  expect(result.accepted).toBeGreaterThan(0);
  expect(result.accepted).toBeLessThan(10_000);
  expect(result.buffered).toBeLessThanOrEqual(16 * 1024);
  expect(result.arrived).toBeLessThanOrEqual(result.accepted);
});

test("the other side notices a close, once; the closing side hears nothing", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { a, b } = await window.webrtcPaths.opened();
    a.path.close();
    await b.happened("closed: path-lost");
    const closes = ({ log }: typeof a) => log.filter(({ what }) => what.startsWith("closed"));
    return {
      closes: [closes(a).length, closes(b).length],
      sends: [a, b].map(({ path }) => path.send(Uint8Array.of(1), "reliable")),
    };
  });
  expect(result).toEqual({ closes: [0, 1], sends: [false, false] });
});

test("an ICE restart keeps the path where the browser can, and is refused where not", async ({
  page,
  browserName,
}) => {
  const result = await page.evaluate(async () => {
    const { canRestart, opened } = window.webrtcPaths;
    const { a, b } = await opened({ repairs: true });
    const began = [a.path.restartIce([]), b.path.restartIce([])];
    const answers = () => b.sent.filter(({ type }) => type === "answer").length;
    if (canRestart) await b.until(() => answers() === 2);
    a.path.send(Uint8Array.of(1), "reliable");
    b.path.send(Uint8Array.of(2), "latest");
    await Promise.all([a.until(() => a.frames.length === 1), b.until(() => b.frames.length === 1)]);
    return { canRestart, began, kind: a.path.kind, refused: a.path.refusedSignals };
  });
  const canRestart = browserName === "chromium";
  expect(result).toEqual({ canRestart, began: [canRestart, false], kind: "direct", refused: 0 });
});

test("hostile signals do no harm to an open path", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { a, b } = await window.webrtcPaths.opened();
    const candidate = (line: string, sdpMid: string | null) =>
      ({
        type: "candidate",
        candidate: { candidate: line, sdpMid, sdpMLineIndex: null },
      }) as const;
    const sdp = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
    for (const { path } of [a, b]) {
      for (let n = 0; n < 100; n++) {
        path.signal({ type: "offer", sdp });
        path.signal({ type: "answer", sdp });
        path.signal(candidate("candidate:rubbish", "0"));
        path.signal(candidate(`candidate:${n} 1 udp 1 127.0.0.1 9 typ host`, "no such"));
        path.signal(candidate("candidate:1 1 udp 1 127.0.0.1 9 typ host", null));
        path.signal(candidate("", "0"));
      }
    }
    await new Promise((done) => setTimeout(done));
    a.path.send(Uint8Array.of(1), "reliable");
    b.path.send(Uint8Array.of(2), "reliable");
    await Promise.all([a.until(() => a.frames.length === 1), b.until(() => b.frames.length === 1)]);
    return [a, b].map(({ log }) => log.filter(({ what }) => what.startsWith("closed")).length);
  });
  expect(result).toEqual([0, 0]);
});

test("relay only: without a relay nothing is said of this host, and time runs out", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { a, b } = window.webrtcPaths.openPair({ relayOnly: true, connectTimeoutMs: 500 });
    // Chromium waits for ever; Firefox knows at once that there is nothing to wait for.
    const isClosed = ({ log }: typeof a) =>
      log.some(({ what }) => ["closed: timeout", "closed: ice-failed"].includes(what));
    await Promise.all([a.until(() => isClosed(a)), b.until(() => isClosed(b))]);
    return [...a.sent, ...b.sent];
  });
  expect(result.map(({ type }) => type)).toEqual(["offer", "answer"]);
  expect(JSON.stringify(result)).not.toMatch(/typ (host|srflx|prflx)|\.local/);
});

test("closed connections can be collected", async ({ page, browserName }) => {
  const count = 10;
  const alive = await page.evaluate(async (count) => {
    for (let n = 0; n < count; n++) {
      const { a, b } = await window.webrtcPaths.opened();
      b.path.send(Uint8Array.of(n), "reliable");
      a.path.close();
      b.path.close();
    }
    return window.webrtcPaths.budget.alive;
  }, count);
  expect(alive).toBeGreaterThan(0);
  expect(alive).toBeLessThanOrEqual(2 * count);
  // Only Chromium lets a test collect garbage.
  if (browserName === "chromium") {
    await expect.poll(() => aliveAfterCollection(page)).toBe(0);
  }
});

test("time from the first signal to the open path, and to simple-peer's connect", async ({
  page,
}, testInfo) => {
  const runs = await page.evaluate(async () => {
    const times: { open: number; connect: number }[] = [];
    for (let n = 0; n < 10; n++) {
      const { a, b } = await window.webrtcPaths.opened();
      await Promise.all([a.happened("simple-peer connect"), b.happened("simple-peer connect")]);
      const last = (what: string) =>
        Math.max(
          ...[a, b].flatMap(({ log }) =>
            log.filter((each) => each.what === what).map(({ ms }) => ms),
          ),
        );
      times.push({ open: last("open"), connect: last("simple-peer connect") });
      a.path.close();
      b.path.close();
    }
    return times;
  });
  const median = (of: number[]) => Math.round(of.toSorted((x, y) => x - y)[of.length >> 1] ?? 0);
  testInfo.annotations.push({
    type: "measured",
    description: `open ${median(runs.map(({ open }) => open))} ms, connect ${median(runs.map(({ connect }) => connect))} ms`,
  });
  expect(runs).toHaveLength(10);
});

const aliveAfterCollection = (page: Page): Promise<number> =>
  afterCollection(page, () => page.evaluate(() => window.webrtcPaths.budget.alive));

const withoutClient = (html: string) =>
  html.replace(/<script type="module" src="\/@vite\/client"><\/script>/, "");
