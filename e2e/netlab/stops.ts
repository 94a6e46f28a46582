import type { Page } from "@playwright/test";
import { longestGap, notesOf, now, sleep, type TabsLab } from "./tabs.ts";

/** What a stop of the server did to cursors that travel without it, seen by the worst of the tabs. */
export interface Stop {
  /** The longest gap in an undisturbed time just before, in ms. */
  baselineMs: number;
  /** The longest gap from the stop to the new start, in ms. */
  awayMs: number;
  /** The longest gap from there until everybody was back on the server, in ms. */
  returnMs: number;
}

/** An undisturbed stretch of the same streams, to compare with; enough where there is much slack. */
const BASELINE_MS = 8_000;

/**
 * Stops the server under tabs that stream cursors to each other, starts it again, which then
 * remembers nothing, and measures.
 * @param ids of these tabs' peers, whose cursors are watched.
 * @param meanwhile what else is done once it has stopped.
 * @param after waited for before the return is over, besides the tabs' own reconnection.
 * @param baselineMs how long is looked at before: the longest gap grows with the time looked at.
 */
export async function stopOnce(
  tabs: TabsLab,
  pages: readonly Page[],
  ids: readonly string[],
  awayMs: number,
  {
    meanwhile = nothing,
    after = nothing,
    baselineMs = BASELINE_MS,
  }: { meanwhile?: Step; after?: Step; baselineMs?: number } = {},
): Promise<Stop> {
  const mark = () => Promise.all(pages.map(now));
  const begin = await mark();
  await sleep(baselineMs);
  const stoppedAt = await mark();
  await tabs.stopServer("SIGTERM");
  await Promise.all([sleep(awayMs), meanwhile()]);
  const startedAt = await mark();
  await tabs.startServer();
  await after();
  for (const page of pages) {
    await page.evaluate(() => window.skein.room?.waitFor((s) => s.status === "connected"));
  }
  const end = await mark();
  const notes = await Promise.all(pages.map(notesOf));
  const worst = (from: readonly number[], to: readonly number[]) =>
    Math.max(
      ...notes.flatMap(({ cursors }, i) =>
        ids
          .filter((_, j) => j !== i)
          .map((id) => longestGap(cursors[id] ?? [], from[i] ?? 0, to[i] ?? 0)),
      ),
    );
  return {
    baselineMs: worst(begin, stoppedAt),
    awayMs: worst(stoppedAt, startedAt),
    returnMs: worst(startedAt, end),
  };
}

type Step = () => Promise<unknown>;

async function nothing(): Promise<void> {}
