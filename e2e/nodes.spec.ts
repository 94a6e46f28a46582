/** Three servers, one Redis, nginx in front: browsers on different servers are in one room. */
import type { Page } from "@playwright/test";
import {
  buildNode,
  NodeProcess,
  program,
  removeBuild,
} from "../signaling-server/src/cluster/node-process.ts";
import { RedisProcess } from "../signaling-server/src/cluster/redis-process.ts";
import { load } from "../signaling-server/src/load/load.ts";
import { type Balancing, Nginx } from "../signaling-server/src/nginx-process.ts";
import { inForm } from "./form.ts";
import { expect, joinRoom, keepLog, logOf, settled, test } from "./library.ts";

/** On the server that is killed, besides browsers; each of the others has as many. */
const KILLED_MEMBERS = inForm("SKEIN_KILLED_MEMBERS", { short: 50, full: 500 });
const MEMBERS_OF_ROOM = 10;

let redis: RedisProcess;
let nodes: NodeProcess[];
let nginx: Nginx | undefined;

test.beforeAll(buildNode);
test.afterAll(removeBuild);

test.beforeEach(async () => {
  redis = await RedisProcess.start();
  nodes = await Promise.all([0, 1, 2].map(() => NodeProcess.start(redis.url)));
});

test.afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
  await Promise.all(nodes.map((node) => node.end("SIGKILL")));
  await redis.kill();
});

async function balance(balancing: Balancing): Promise<string> {
  nginx = await Nginx.start(
    balancing,
    nodes.map(({ port }) => port),
  );
  return nginx.url;
}

/** A figure of one node's metrics, summed over its labels. */
async function measure(node: NodeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const send = (page: Page, data: unknown) =>
  page.evaluate((data) => window.skein.room?.send("chat", data), data);

const statusOf = (page: Page) => page.evaluate(() => window.skein.room?.getSnapshot().status);

test("browsers on three servers link directly, and hear each other's messages once and in order", async ({
  openTab,
  otherBrowser,
  roomName,
}) => {
  const tabs = [await openTab(), await openTab({ browser: otherBrowser }), await openTab()];
  for (const [i, tab] of tabs.entries())
    await joinRoom(tab, roomName, { server: nodes[i]?.url ?? "" });
  await Promise.all(tabs.map((tab) => settled(tab, "direct", 2)));
  await Promise.all(tabs.map(keepLog));
  const seen = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(() => {
        const { self, peers } = window.skein.room?.getSnapshot() ?? {};
        return [self, ...(peers ?? [])].map((peer) => `${peer?.id} ${peer?.color}`).sort();
      }),
    ),
  );
  expect(new Set(seen.map(String)).size).toBe(1);
  const [a, b, c] = tabs as [Page, Page, Page];
  for (let n = 0; n < 20; n++) await send(a, n);
  expect(await logOf(b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(await logOf(c)).toEqual(await logOf(b));
  const id = await b.evaluate(() => window.skein.room?.getSnapshot().self?.id);
  await b.evaluate(() => window.skein.room?.leave());
  await expect.poll(() => logOf(c)).toContain(`leave ${id} goodbye`);
  expect(await logOf(a)).toEqual([`leave ${id} goodbye`]);
});

test("messages over the server path cross servers, each once", async ({ openTab, roomName }) => {
  const server = await balance("round-robin");
  const tabs = await Promise.all([openTab(), openTab(), openTab()]);
  for (const tab of tabs) await joinRoom(tab, roomName, { server, paths: "server" });
  await Promise.all(tabs.map((tab) => settled(tab, "server", 2)));
  await Promise.all(tabs.map(keepLog));
  const [a, b, c] = tabs as [Page, Page, Page];
  for (let n = 0; n < 50; n++) await send(a, n);
  const expected = Array.from({ length: 50 }, (_, n) => n);
  expect([await logOf(b), await logOf(c)]).toEqual([expected, expected]);
  const members = await Promise.all(nodes.map((node) => measure(node, "skein_members ")));
  expect(members).toEqual([1, 1, 1]);
});

test(`kill -9 of a server with ${KILLED_MEMBERS} others: its browsers' links go on, all are back elsewhere, and nobody left`, async ({
  openTab,
  otherBrowser,
  roomName,
}) => {
  test.setTimeout(60_000 + 200 * KILLED_MEMBERS);
  const server = await balance("round-robin");
  const tabs = [await openTab(), await openTab({ browser: otherBrowser }), await openTab()];
  const ids: string[] = [];
  for (const tab of tabs) ids.push(await joinRoom(tab, roomName, { server }));
  await Promise.all(tabs.map((tab) => settled(tab, "direct", 2)));
  await Promise.all(tabs.map(keepLog));
  const [a, b, c] = tabs as [Page, Page, Page];
  const down = Promise.race(
    tabs.map((tab) =>
      tab.evaluate(() => window.skein.room?.waitFor((s) => s.status === "reconnecting")),
    ),
  );
  const said: number[] = [];
  let n = 0;
  const say = async () => {
    said.push(n);
    expect(await send(a, n++)).toEqual({ missed: [] });
  };
  const kill = async () => {
    await say();
    await nodes[0]?.end("SIGKILL");
    await down;
    for (let i = 0; i < 20; i++) await say();
    for (const tab of tabs) await expect.poll(() => statusOf(tab)).toBe("connected");
    for (let i = 0; i < 5; i++) await say();
  };
  const report = await load({
    ...{ server, members: MEMBERS_OF_ROOM, moving: 1, rate: 0, messages: 1, meanwhile: kill },
    rooms: Math.ceil((KILLED_MEMBERS * nodes.length) / MEMBERS_OF_ROOM),
    // More clients are given more time to come back.
    seconds: 5 + KILLED_MEMBERS / 25,
    threads: { count: 2, program },
  });
  expect(report.interruptions).toBeGreaterThan(KILLED_MEMBERS / 2);
  expect(report.reconnections.count).toBeGreaterThanOrEqual(report.interruptions);
  const { lost, doubled } = report.messages;
  expect({ lost, doubled, leaves: report.leaves }).toEqual({ lost: 0, doubled: 0, leaves: 0 });
  expect([await logOf(b), await logOf(c)]).toEqual([said, said]);
  expect(await logOf(a)).toEqual([]);
  for (const [i, tab] of tabs.entries()) {
    expect(await tab.evaluate(() => window.skein.room?.getSnapshot().self?.id)).toBe(ids[i]);
    await settled(tab, "direct", 2);
  }
  const alive = nodes.slice(1);
  const members = await Promise.all(alive.map((node) => measure(node, "skein_members ")));
  expect(members.reduce((sum, each) => sum + each, 0)).toBe(3);
  const resynced = await Promise.all(
    alive.map((node) => measure(node, "skein_resynced_members_total")),
  );
  expect(resynced).toEqual([0, 0]);
});
