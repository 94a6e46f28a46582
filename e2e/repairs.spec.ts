/** A tab whose paths die again and again stays within its budget of connections, and keeps nothing. */
import type { Page } from "@playwright/test";
import { MAX_ALIVE, MAX_PER_MINUTE } from "../lib/src/path/budget.ts";
import { inForm } from "./form.ts";
import { afterCollection } from "./heap.ts";
import { expect, joinRoom, settled, test } from "./library.ts";

/** In a tab each: no tab lets another make it open more than seven a minute, and the budget is thirty. */
const PEERS = 5;
/** 200 take eight minutes, because of the budget for a minute; the few, little more than one. */
const REPAIRS = inForm("SKEIN_REPAIRS", { short: 2 * PEERS, full: 200 });
const WARMING_UP = 2 * PEERS;
/**
 * Connections count until they are collected, which browsers do as time passes, and not for a tab that
 * does nothing but repair: after so many it is done for them, or the budget would wait for it.
 */
const BETWEEN_COLLECTIONS = 30;
const MOST_GROWTH = 1.1;
/** Connections that Chromium may keep although they are closed; see leaks.spec.ts. */
const KEPT = 3;

declare global {
  interface Window {
    /** When each connection of this page was made. */
    readonly madeAt: number[];
    /** Closes what is connected under the hands of its owner, to whom its path falls silent. */
    cutAll(): void;
  }
}

/** Runs before the page's scripts. */
function watchConnections(): void {
  const madeAt: number[] = [];
  let connections: WeakRef<RTCPeerConnection>[] = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      madeAt.push(performance.now());
      connections.push(new WeakRef(this));
    }
  };
  Object.assign(window, {
    madeAt,
    cutAll() {
      for (const ref of connections) {
        if (ref.deref()?.connectionState === "connected") ref.deref()?.close();
      }
      connections = connections.filter((ref) => ref.deref()?.signalingState === "stable");
    },
  });
}

/** The budget counts before a connection is made, this test after: a busy machine is between them. */
const MINUTE_MS = 59_000;

/** The most that fall into any one minute. */
function mostInAMinute(times: readonly number[]): number {
  return Math.max(
    ...times.map((start) => times.filter((at) => at >= start && at < start + MINUTE_MS).length),
  );
}

/** The part of a heap snapshot that is read here. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
}

/**
 * Bytes in use after a forced collection, but for compiled code: V8 compiles what becomes hot, which
 * grew the heap by a tenth within 200 repairs and is no memory of them.
 */
async function heapOf(page: Page): Promise<number> {
  const parts: string[] = [];
  await afterCollection(page, async (session) => {
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk));
    await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  });
  const { snapshot, nodes } = JSON.parse(parts.join("")) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  let bytes = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (types[0][nodes[at + type] ?? 0] !== "code") bytes += nodes[at + size] ?? 0;
  }
  return bytes;
}

test("repairs without end stay within the budget, and leave no memory behind", async ({
  openTab,
  roomName,
  browserName,
}) => {
  test.setTimeout(240_000 + (REPAIRS / MAX_PER_MINUTE) * 180_000);
  const there: Page[] = [];
  for (let peer = 0; peer < PEERS; peer++) {
    const other = await openTab({ before: watchConnections });
    await joinRoom(other, roomName);
    there.push(other);
  }
  // Whoever comes last is the one that makes the connections.
  const page = await openTab({ before: watchConnections });
  await joinRoom(page, roomName);
  await settled(page, "direct", PEERS);
  // Firefox lets no page, and no Playwright, force a collection or read what is in use. There the
  // connections that it finalised by itself must do: above the budget's limit nothing is repaired.
  const measurable = browserName === "chromium";
  // What runs for the first time is compiled, and stays.
  await page.evaluate(repairUntil, WARMING_UP);
  const before = measurable ? await heapOf(page) : 0;
  const seen = { repaired: 0, mostAlive: 0, left: [] as string[] };
  while (seen.repaired < REPAIRS) {
    const most = Math.min(REPAIRS - seen.repaired, BETWEEN_COLLECTIONS);
    const more = await page.evaluate(repairUntil, most);
    seen.repaired += more.repaired;
    seen.mostAlive = Math.max(seen.mostAlive, more.mostAlive);
    seen.left.push(...more.left);
    if (!measurable) continue;
    for (const each of [page, ...there]) await afterCollection(each, async () => {});
  }
  await settled(page, "direct", PEERS);
  const { made, peerConnections } = await page.evaluate(() => ({
    made: window.madeAt,
    peerConnections: window.skein.room?.stats().peerConnections ?? 0,
  }));
  test.info().annotations.push({
    type: "measured",
    description: JSON.stringify({ ...seen, made: made.length, peerConnections }),
  });
  expect(seen.left).toEqual([]);
  expect(made.length).toBeGreaterThanOrEqual(PEERS + seen.repaired);
  expect(seen.mostAlive).toBeLessThanOrEqual(MAX_ALIVE);
  expect(mostInAMinute(made)).toBeLessThanOrEqual(MAX_PER_MINUTE);
  if (!measurable) return;
  await expect
    .poll(async () => (await heapOf(page)) / before, { timeout: 20_000 })
    .toBeLessThan(MOST_GROWTH);
  const alive = () => page.evaluate(() => window.skein.room?.stats().peerConnections);
  await expect.poll(alive).toBeLessThanOrEqual(PEERS + KEPT);
});

/** Lets all paths die as soon as all are there, until so many were repaired. Runs inside a page. */
async function repairUntil(repairs: number): Promise<{
  readonly repaired: number;
  readonly mostAlive: number;
  readonly left: string[];
}> {
  const { room } = window.skein;
  if (room === undefined) throw new Error("join first");
  const left: string[] = [];
  let mostAlive = 0;
  let repaired = 0;
  const stop = room.on("leave", ({ peer, reason }) => left.push(`${peer.id} ${reason}`));
  // As when the network comes and goes: no repair is put off but for the budget.
  const hurry = setInterval(() => window.dispatchEvent(new Event("online")), 1_000);
  while (repaired < repairs) {
    window.cutAll();
    await room.waitFor(({ peers }) => peers.every(({ path }) => path === "server"));
    await room.waitFor(({ peers }) => {
      mostAlive = Math.max(mostAlive, room.stats().peerConnections);
      return peers.every(({ path }) => path === "direct");
    });
    repaired += room.getSnapshot().peers.length;
  }
  clearInterval(hurry);
  stop();
  return { repaired, mostAlive, left };
}
