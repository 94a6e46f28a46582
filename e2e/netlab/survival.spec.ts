import { test as base, expect, type Page } from "@playwright/test";
import { MAX_BEHIND_BYTES } from "../../lib/src/link/link.ts";
import { full, inForm } from "../form.ts";
import { settled } from "../library.ts";
import { ports } from "./addresses.ts";
import { browserKinds } from "./browsers.ts";
import { CUT_MS, cutOnce, detours, limits, startStream } from "./cuts.ts";
import { LAB_TURN } from "./drivers.ts";
import { skipWithoutLab } from "./requirements.ts";
import { stopOnce } from "./stops.ts";
import {
  CURSOR_EVERY_MS,
  gather,
  notesOf,
  now,
  sleep,
  TabsLab,
  type TabsSetup,
  take,
  talk,
  worstGap,
} from "./tabs.ts";

skipWithoutLab();

/** Times are checked by `npm run netlab:times`, in a quiet run; here only at so many times the limit. */
const SLACK = 4;

/** How long messages flow through all faults at once. */
const SOAK_MS = 1000 * inForm("SKEIN_SOAK_SECONDS", { short: 60, full: 180 });
/** How long the server is away. */
const AWAY_MS = 1000 * inForm("SKEIN_AWAY_SECONDS", { short: 20, full: 60 });
/**
 * How long a tab is frozen. In both forms longer than the 30 s that a link waits; in the short one not
 * so long that it leaves, in the full one long enough.
 */
const FREEZE_MS = 1000 * inForm("SKEIN_FREEZE_SECONDS", { short: 33, full: 60 });
/** The server pings every 5 s, waits 5 s for an answer and 30 s for the tab: after 35 s or a little more. */
const LEFT_AFTER_MS = 40_000;
/** Gaps so long are usual on a machine with one core less, in milliseconds. */
const BUSY_BASELINE_MS = 150;
const TALK_MS = 100;
/** Every second one is for the frozen tab: three times what a link keeps, in characters. */
const LONG_MESSAGE = Math.ceil((3 * 2 * MAX_BEHIND_BYTES * TALK_MS) / FREEZE_MS);
/** An undisturbed stretch, to compare with: the worst of a longer time is worse by itself. */
const BASELINE_MS = Math.min(FREEZE_MS, 10_000);

const open = { network: "open" } as const;
const cone = { network: "cone" } as const;
const symmetric = { network: "symmetric" } as const;

const test = base.extend<{ readonly startTabs: (setup: TabsSetup) => Promise<TabsLab> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it
  startTabs: async ({}, use) => {
    const labs: TabsLab[] = [];
    await use(async (setup) => {
      const lab = await TabsLab.create(setup);
      labs.push(lab);
      return lab;
    });
    for (const lab of labs) await lab.close();
  },
});

/** Waits until every link of these tabs has left the server's path. */
async function upgraded(pages: readonly Page[]): Promise<void> {
  const stragglers = async () => {
    const all = await Promise.all(
      pages.map((page) =>
        page.evaluate(() => {
          const { self, peers = [] } = window.skein.room?.getSnapshot() ?? {};
          const waiting = peers.filter(({ path }) => path === "server");
          return {
            peers: peers.length,
            waiting: waiting.map((p) => `${self?.id} ${p.id} ${p.pathReason} ${p.activity}`),
          };
        }),
      ),
    );
    return all.flatMap(({ peers, waiting }, tab) => [
      ...waiting,
      ...(peers === pages.length - 1 ? [] : [`tab ${tab} sees ${peers}`]),
    ]);
  };
  await expect.poll(stragglers, { timeout: 60_000 }).toEqual([]);
}

/** Numbers of the messages that `sender` addressed to a peer. */
const addressed = (sent: readonly { to: string | null }[], id: string): number[] =>
  sent.flatMap(({ to }, number) => (to === null || to === id ? [number] : []));

/** Stops sending, and waits until every message was acknowledged, or given up. */
async function finish(pages: readonly Page[]): Promise<void> {
  for (const page of pages) await page.evaluate(() => globalThis.notes?.stop());
  for (const page of pages) {
    await expect.poll(async () => (await notesOf(page)).unresolved, { timeout: 60_000 }).toBe(0);
  }
}

/** Whatever is not as if nothing had ever happened: in words, so that a failure tells the story. */
function troubles(notes: readonly Awaited<ReturnType<typeof notesOf>>[], ids: string[]): string[] {
  const nameOf = (id: string) => `tab ${ids.indexOf(id)}`;
  return notes.flatMap((receiver, i) => {
    const { leaves, missed, reportedMissed } = receiver;
    const told = Object.entries({ leaves, missed, reportedMissed }).flatMap(([what, peers]) =>
      peers.map((id) => `tab ${i}: ${what} ${nameOf(id)}`),
    );
    const orders = notes.flatMap((sender, j) => {
      if (i === j) return [];
      const expected = addressed(sender.sent, ids[i] ?? "");
      const received = receiver.received[ids[j] ?? ""] ?? [];
      if (JSON.stringify(received) === JSON.stringify(expected)) return [];
      const at = expected.findIndex((n, k) => received[k] !== n);
      const lost = expected.filter((n) => !received.includes(n)).length;
      const around = `${received.slice(at, at + 3)} where ${expected.slice(at, at + 3)} belong`;
      return [`tab ${i} from tab ${j}: ${lost} lost of ${expected.length}, ${around}`];
    });
    return [...told, ...orders];
  });
}

const everyCut = browserKinds.flatMap((kind) => detours.map((detour) => ({ kind, ...detour })));
/** Browsers take turns: Chromium goes on over the server, Firefox over a relay. */
const cuts = full ? everyCut : [0, 3].flatMap((at) => everyCut[at] ?? []);

for (const { kind, by, meanwhile, turn } of cuts) {
  test(`a direct path black-holed under a stream of cursors, and restored from ${by} (${kind})`, async ({
    startTabs,
  }) => {
    test.setTimeout(150_000 + CUT_MS);
    const tabs = await startTabs({ hosts: { a: cone, b: cone }, turn });
    const pages = await startStream(tabs, kind, "cut");
    const cut = await cutOnce(tabs, pages, meanwhile);
    test.info().annotations.push({ type: "measured", description: JSON.stringify(cut) });
    expect(cut.gapMs).toBeLessThan(SLACK * limits.gapMs(cut));
    expect(cut.backMs).toBeLessThan(SLACK * limits.backMs[kind]);
    expect(cut.returnGapMs).toBeLessThan(SLACK * (cut.baselineMs + limits.beyondBaselineMs));
    for (const page of pages) {
      const { leaves, missed } = await notesOf(page);
      expect({ leaves, missed }).toEqual({ leaves: [], missed: [] });
    }
  });
}

test("every message once and in order, while everything is cut, killed and reset", async ({
  startTabs,
}) => {
  test.setTimeout(SOAK_MS + 180_000);
  const tabs = await startTabs({ hosts: { a: cone, b: cone, c: symmetric, d: open } });
  const { lab, coturn } = tabs;
  const pages = await Promise.all([
    tabs.open("a", "chromium"),
    tabs.open("b", "firefox"),
    tabs.open("c", "chromium"),
    tabs.open("d", "firefox"),
  ]);
  const ids = await gather(pages, "soak");
  await upgraded(pages);
  // Four tabs, 200 messages a second.
  for (const page of pages) await page.evaluate(talk, [20] as const);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => lab.host(name));
  if (!a || !b || !c || !d) throw new Error("there are four hosts");
  const cut = async (host: typeof a, scope: Parameters<typeof lab.faults.blackhole>[1]) => {
    const restore = await lab.faults.blackhole(host, scope);
    await sleep(3_000);
    await restore();
  };
  const faults = [
    () => cut(a, b),
    () => lab.faults.resetTcp(a, ports.signaling),
    async () => {
      await tabs.stopServer("SIGKILL");
      await tabs.startServer();
    },
    () => cut(d, "udp"),
    () => coturn.restart(),
    () => cut(b, "signaling"),
    async () => {
      for (const host of [a, b, c, d]) await lab.faults.resetTcp(host, ports.signaling);
    },
    () => cut(c, "turn"),
    // The server dies while a path is dead: for a while some have nothing left.
    async () => {
      const restore = await lab.faults.blackhole(a, d);
      await tabs.stopServer("SIGKILL");
      await sleep(2_000);
      await tabs.startServer();
      await restore();
    },
    () => cut(b, "all"),
  ];
  const end = performance.now() + SOAK_MS;
  for (let round = 0; performance.now() < end; round += 1) {
    await faults[round % faults.length]?.();
    await sleep(1_000);
  }
  await finish(pages);
  const notes = await Promise.all(pages.map(notesOf));
  for (const { sent } of notes) expect(sent.length).toBeGreaterThan(SOAK_MS / 20 / SLACK);
  expect(troubles(notes, ids)).toEqual([]);
});

test("a mesh outlives its server, and who comes meanwhile joins by itself", async ({
  startTabs,
}) => {
  test.setTimeout(AWAY_MS + 150_000);
  const tabs = await startTabs({ hosts: { a: open, b: open }, turn: null });
  const [fifth, ...pages] = await Promise.all([
    tabs.open("a", "chromium"),
    tabs.open("a", "chromium"),
    tabs.open("a", "firefox"),
    tabs.open("b", "chromium"),
    tabs.open("b", "firefox"),
  ]);
  const ids = await gather(pages, "outlive");
  await Promise.all(pages.map((page) => settled(page, "direct", 3)));
  let joining: Promise<string> | undefined;
  const stop = await stopOnce(tabs, pages, ids, AWAY_MS, {
    meanwhile: async () => {
      joining = fifth.evaluate(take, ["outlive", CURSOR_EVERY_MS] as const);
      for (const page of pages) {
        await page.evaluate(() =>
          window.skein.room?.waitFor(({ status }) => status === "reconnecting"),
        );
      }
    },
    after: async () => {
      const newcomer = await joining;
      for (const page of pages) {
        await page.evaluate(
          (id) => window.skein.room?.waitFor((s) => s.peers.some((peer) => peer.id === id)),
          newcomer,
        );
      }
      await upgraded([...pages, fifth]);
    },
  });
  test.info().annotations.push({ type: "measured", description: JSON.stringify(stop) });
  const most = SLACK * (stop.baselineMs + limits.beyondBaselineMs);
  expect(stop.awayMs).toBeLessThan(most);
  expect(stop.returnMs).toBeLessThan(most);
  const everybody = [...ids, await joining];
  for (const [i, page] of pages.entries()) {
    const { leaves, missed } = await notesOf(page);
    expect({ leaves, missed }).toEqual({ leaves: [], missed: [] });
    const seen = await page.evaluate(() => window.skein.room?.getSnapshot().peers);
    expect(seen?.map(({ id }) => id).sort()).toEqual(everybody.filter((_, j) => j !== i).sort());
  }
});

for (const kind of full ? browserKinds : (["chromium"] as const)) {
  test(`a tab frozen for long disturbs nobody and is told what it missed (${kind})`, async ({
    startTabs,
  }) => {
    test.setTimeout(FREEZE_MS + 150_000);
    const tabs = await startTabs({ hosts: { a: open, b: open, c: open }, turn: null });
    const [frozen, ...others] = await Promise.all([
      // A browser of its own: tabs of one site may share a process, and freeze together.
      tabs.open("c", kind),
      tabs.open("a", "chromium"),
      tabs.open("a", "firefox"),
      tabs.open("b", "chromium"),
    ]);
    const pages = [frozen, ...others];
    const ids = await gather(pages, "freeze");
    await Promise.all(pages.map((page) => settled(page, "direct", 3)));
    // One says more than anybody keeps for somebody who does not listen; the rest is kept.
    const [tooMuch] = others;
    for (const page of others) {
      await page.evaluate(talk, [TALK_MS, page === tooMuch ? LONG_MESSAGE : 0] as const);
    }
    const mark = () => Promise.all(others.map(now));
    const begin = await mark();
    await sleep(BASELINE_MS);
    const frozenAt = await mark();
    await frozen.evaluate((ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    }, FREEZE_MS);
    const end = await mark();
    const during = await Promise.all(others.map(notesOf));
    for (const [i, notes] of during.entries()) {
      const among = ids.slice(1).filter((_, j) => j !== i);
      expect(notes.leaves.filter((id) => among.includes(id))).toEqual([]);
      expect(notes.missed).toEqual([]);
      // They stayed where they were: one path for each since the room began.
      const moved = notes.paths.filter(
        ({ peer, at }) => among.includes(peer) && at > (frozenAt[i] ?? 0),
      );
      expect(moved).toEqual([]);
      const cursors = Object.fromEntries(among.map((id) => [id, notes.cursors[id] ?? []]));
      const baselineMs = worstGap({ cursors }, begin[i] ?? 0, frozenAt[i] ?? 0);
      const frozenMs = worstGap({ cursors }, frozenAt[i] ?? 0, end[i] ?? 0);
      test.info().annotations.push({
        type: "measured",
        description: JSON.stringify({ baselineMs, frozenMs }),
      });
      // The frozen tab takes a whole core, which the others had to themselves before.
      const usualMs = Math.max(baselineMs, BUSY_BASELINE_MS);
      expect(frozenMs).toBeLessThan(SLACK * (usualMs + limits.beyondBaselineMs));
    }
    await upgraded(pages);
    await finish(others);
    const after = await Promise.all(pages.map(notesOf));
    const [thawed, ...senders] = after;
    if (thawed === undefined) throw new Error("there are four tabs");
    for (const [j, sender] of senders.entries()) {
      const id = ids[j + 1] ?? "";
      const received = thawed.received[id] ?? [];
      expect(received).toEqual([...new Set(received)].sort((x, y) => x - y));
      const lost = addressed(sender.sent, ids[0] ?? "").filter((n) => !received.includes(n));
      // Caught up with everything, or told that there is something that it has missed.
      expect(thawed.missed.includes(id), `${lost.length} lost`).toBe(lost.length > 0);
      // Away for long, it has left for whoever the server told so, and what follows is not for it.
      const left = sender.leaves.includes(ids[0] ?? "");
      expect(left, "seen to leave").toBe(FREEZE_MS > LEFT_AFTER_MS);
      expect(lost.length > 0).toBe(left || others[j] === tooMuch);
      expect(sender.reportedMissed.includes(ids[0] ?? "")).toBe(lost.length > 0);
      // The others have everything of each other.
      for (const [i, receiver] of senders.entries()) {
        if (i === j) continue;
        const all = addressed(sender.sent, ids[i + 1] ?? "");
        expect(receiver.received[id]).toEqual(all);
      }
    }
  });
}

test("relays are repaired after their credentials have expired", async ({ startTabs }) => {
  test.setTimeout(180_000);
  const ttlSeconds = 20;
  const tabs = await startTabs({
    hosts: { a: symmetric, b: symmetric },
    turn: { ...LAB_TURN, ttlSeconds },
  });
  // Both browsers wait for the same end of the same time.
  const rooms = await Promise.all(
    browserKinds.map(async (kind) => {
      const pages = await Promise.all(["a", "b"].map((host) => tabs.open(host, kind)));
      return { pages, ids: await gather(pages, `expiry-${kind}`) };
    }),
  );
  const all = rooms.flatMap(({ pages }) => pages);
  const allOn = (path: string) => Promise.all(all.map((page) => settled(page, path, 1)));
  await allOn("relay");
  for (const page of all) await page.evaluate(talk, [50] as const);
  await sleep((ttlSeconds + 2) * 1000);
  for (const page of all) {
    const paths = (await notesOf(page)).paths.map(({ path }) => path);
    expect(paths.at(-1)).toBe("relay");
  }
  // A new coturn knows none of the old allocations, so that the repair has to ask for new ones.
  // The end that notices first goes back to the server, and repairs: the other end's link may be on
  // the new relay before it has missed the old one.
  const lost = rooms.map(({ pages }) =>
    Promise.any(pages.map((page) => settled(page, "server", 1))),
  );
  await tabs.coturn.restart();
  await Promise.all(lost);
  await allOn("relay");
  for (const { pages, ids } of rooms) {
    await finish(pages);
    const [left, right] = await Promise.all(pages.map(notesOf));
    if (left === undefined || right === undefined) throw new Error("there are two tabs");
    expect(right.received[ids[0] ?? ""]).toEqual(addressed(left.sent, ids[1] ?? ""));
    expect(left.received[ids[1] ?? ""]).toEqual(addressed(right.sent, ids[0] ?? ""));
  }
  await allOn("relay");
});

for (const kind of full ? browserKinds : (["firefox"] as const)) {
  test(`paths: "relay" tells the others no address but the relay's (${kind})`, async ({
    startTabs,
  }) => {
    test.setTimeout(120_000);
    const tabs = await startTabs({ hosts: { a: cone, b: cone } });
    const listen = () => {
      const sent: string[] = [];
      Object.assign(window, { sent });
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (typeof data === "string") sent.push(data);
        send.call(this, data);
      };
    };
    const [hiding, other] = await Promise.all([
      tabs.open("a", kind, listen),
      tabs.open("b", kind, listen),
    ]);
    await other.evaluate(async () => {
      window.skein.room = window.skein.joinRoom("hide");
      await window.skein.room.ready;
    });
    await hiding.evaluate(async () => {
      window.skein.room = window.skein.joinRoom("hide", { paths: "relay" });
      await window.skein.room.ready;
    });
    await Promise.all([settled(hiding, "relay", 1), settled(other, "relay", 1)]);
    const candidates = async (page: Page) => {
      const sent = await page.evaluate(() => Reflect.get(window, "sent") as string[]);
      const types = sent.flatMap((text) => [...text.matchAll(/ typ (\w+)/g)].map(([, typ]) => typ));
      return { types: [...new Set(types)].sort(), text: sent.join("\n") };
    };
    const hidden = await candidates(hiding);
    expect(hidden.types).toEqual(["relay"]);
    // Neither of its addresses: the one that its gateway shows, and the one behind it.
    expect(hidden.text).not.toContain(tabs.lab.host("a").publicAddress);
    expect(hidden.text).not.toContain("192.168.");
    // The other one shows what there would be to see.
    expect((await candidates(other)).types).toEqual(expect.arrayContaining(["host", "srflx"]));
  });
}
