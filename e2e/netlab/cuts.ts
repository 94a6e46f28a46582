import type { Page } from "@playwright/test";
import { inForm } from "../form.ts";
import { settled } from "../library.ts";
import type { BrowserKind } from "./browsers.ts";
import { LAB_TURN } from "./drivers.ts";
import { CURSOR_EVERY_MS, notesOf, now, sleep, type TabsLab, take, worstGap } from "./tabs.ts";

/** What one cut of a direct path did to a stream of cursors, seen by the worse of both receivers. */
export interface Cut {
  /** Round-trip time of the direct path before the cut, in ms. */
  rttMs: number;
  /** The longest gap in an undisturbed time just before, in ms. */
  baselineMs: number;
  /** The longest gap from the cut to the restoration, in ms. */
  gapMs: number;
  /** From the restoration to `direct` again at both ends, in ms. */
  backMs: number;
  /** The longest gap from the restoration to a while after the return, in ms. */
  returnGapMs: number;
}

/** An undisturbed stretch of the same stream, to compare with. */
const BASELINE_MS = 3_000;
/**
 * How long a path is cut: long enough for it to be given up (2.2 s) and for attempts over the dead
 * network. `SKEIN_CUT_SECONDS` asks for more: browsers take 16 s (Chromium) or 30 s (Firefox) to
 * give a path up themselves, and what is repaired after that is another matter.
 */
export const CUT_MS = 1000 * inForm("SKEIN_CUT_SECONDS", { short: 6, full: 6 });
/** Watched after the return, while the hand-over is finished. */
const AFTER_MS = 1_500;

/** What must hold of a cut, from the round-trip time and the browser. */
export const limits = {
  gapMs: ({ rttMs }: Pick<Cut, "rttMs">) => Math.max(250, 5 * rttMs) + rttMs,
  backMs: { chromium: 5_000, firefox: 10_000 },
  beyondBaselineMs: 50,
} as const;

/** Where cursors can go while a direct path is cut. Without TURN nothing but the server is left. */
export const detours = [
  { by: "the server", meanwhile: "server", turn: null },
  { by: "a relay", meanwhile: "relay", turn: LAB_TURN },
] as const;

/** Two tabs on two hosts, `a` and `b`, with cursors streaming both ways. */
export async function startStream(tabs: TabsLab, kind: BrowserKind, room: string): Promise<Page[]> {
  const pages = await Promise.all(["a", "b"].map((host) => tabs.open(host, kind)));
  await Promise.all(pages.map((page) => page.evaluate(take, [room, CURSOR_EVERY_MS] as const)));
  await Promise.all(pages.map((page) => settled(page, "direct", 1)));
  return pages;
}

/**
 * Black-holes the direct path of two tabs for a while, without a goodbye, and measures.
 * @param meanwhile the path they are to be on before the direct one is restored.
 */
export async function cutOnce(
  tabs: TabsLab,
  pages: readonly Page[],
  meanwhile: "relay" | "server",
): Promise<Cut> {
  const { lab } = tabs;
  const mark = () => Promise.all(pages.map(now));
  const begin = await mark();
  await sleep(BASELINE_MS);
  const rtts = await Promise.all(
    pages.map((page) =>
      page.evaluate(() => Object.values(window.skein.room?.stats().peers ?? {})[0]?.rtt ?? 0),
    ),
  );
  const cutAt = await mark();
  const restore = await lab.faults.blackhole(lab.host("a"), lab.host("b"));
  await Promise.all([sleep(CUT_MS), ...pages.map((page) => settled(page, meanwhile, 1))]);
  const restoredAt = await mark();
  await restore();
  await Promise.all(pages.map((page) => settled(page, "direct", 1)));
  await sleep(AFTER_MS);
  const end = await mark();
  const notes = await Promise.all(pages.map(notesOf));
  const worst = (from: readonly number[], to: readonly number[]) =>
    Math.max(...notes.map((each, i) => worstGap(each, from[i] ?? 0, to[i] ?? 0)));
  const back = notes.map(({ paths }, i) => {
    const since = restoredAt[i] ?? 0;
    const direct = paths.find(({ at, path }) => at > since && path === "direct");
    return direct === undefined ? Number.POSITIVE_INFINITY : direct.at - since;
  });
  return {
    rttMs: Math.max(...rtts),
    baselineMs: worst(begin, cutAt),
    gapMs: worst(cutAt, restoredAt),
    backMs: Math.max(...back),
    returnGapMs: worst(restoredAt, end),
  };
}
