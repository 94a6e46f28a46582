/** `kill -9` of a node: its members are back on the others, and nobody sees a leave. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { joinRoom, type Room } from "../../../lib/src/index.ts";
import { FEATURE_AUDIT } from "../../../lib/src/signaling/events.ts";
import { spreadFor } from "../sessions.ts";
import { TestClient } from "../test-client.ts";
import { Balancer, buildNode, NodeProcess, removeBuild } from "./node-process.ts";
import { RedisProcess } from "./redis-process.ts";

/** On the node that is killed; the others have as many between them. */
const MEMBERS = Number(process.env["KILLED_MEMBERS"] ?? 50);
/** Of each room: all of them are in one process, and each has a link to each of its room. */
const MEMBERS_OF_ROOM = 50;
const BACK_WITHIN_MS = 20_000;
/** Bars of the histogram of when they are back. */
const BARS = 10;

let redis: RedisProcess;

beforeAll(async () => {
  [redis] = await Promise.all([RedisProcess.start(), buildNode()]);
}, 60_000);
afterAll(async () => {
  await redis.kill();
  removeBuild();
});

test(`${MEMBERS} members of a killed node come back under their ids, unseen`, async () => {
  const nodes = await Promise.all([0, 1, 2].map(() => NodeProcess.start(redis.url)));
  const [doomed, ...others] = nodes as [NodeProcess, NodeProcess, NodeProcess];
  const balancer = new Balancer([doomed.port]);
  const server = await balancer.listen();
  const rooms: Room[] = [];
  const leaves: string[] = [];
  const joins: string[] = [];
  const enter = async (name: string, url: string, nth: number) => {
    const room = joinRoom(`big ${nth}`, { server: url, presence: { name } }) as Room;
    rooms.push(room);
    await room.ready;
    room.on("leave", ({ peer }) => leaves.push(peer.id));
    room.on("join", ({ peer }) => joins.push(peer.id));
    return room;
  };
  try {
    const nths = Array.from({ length: Math.ceil(MEMBERS / MEMBERS_OF_ROOM) }, (_, nth) => nth);
    const watchers = await Promise.all(
      nths.flatMap((nth) => others.map(({ url }, i) => enter(`watcher ${i}`, url, nth))),
    );
    const members = await Promise.all(
      Array.from({ length: MEMBERS }, (_, i) => enter(`m${i}`, server, i % nths.length)),
    );
    const everybody = MEMBERS / nths.length + others.length - 1;
    const sizes = () => rooms.map((room) => room.getSnapshot().peers.length);
    await vi.waitFor(() => expect(new Set(sizes())).toEqual(new Set([everybody])), 20_000);
    const ids = members.map((room) => room.getSnapshot().self?.id);
    joins.length = 0;

    balancer.ports.push(...others.map(({ port }) => port));
    const lost = Promise.all(
      members.map((room) => room.waitFor(({ status }) => status === "reconnecting")),
    );
    const killedAt = performance.now();
    const backAfter: number[] = [];
    for (const room of members) {
      room.on("status", ({ status }) => {
        if (status === "connected") backAfter.push(performance.now() - killedAt);
      });
    }
    await doomed.end("SIGKILL");
    await lost;
    await vi.waitFor(
      () => {
        for (const room of rooms) {
          const { status, peers } = room.getSnapshot();
          expect(status).toBe("connected");
          expect(peers.filter(({ activity }) => activity !== "away")).toHaveLength(everybody);
        }
      },
      { timeout: BACK_WITHIN_MS, interval: 100 },
    );
    expect(members.map((room) => room.getSnapshot().self?.id)).toEqual(ids);
    // Over the time that so many are given, not all in its first moment.
    const windowMs = spreadFor(MEMBERS);
    expect(backAfter).toHaveLength(MEMBERS);
    expect(Math.max(...backAfter)).toBeGreaterThan(windowMs / 2);
    const bars = Array.from({ length: BARS }, () => 0);
    for (const ms of backAfter) {
      const bar = Math.min(BARS - 1, Math.floor((ms / Math.max(...backAfter)) * BARS));
      bars[bar] = (bars[bar] ?? 0) + 1;
    }
    console.log(
      `back after at most ${Math.round(Math.max(...backAfter))} ms, by tenths: ${bars.join(" ")}`,
    );
    // What they say reaches all, wherever they are now.
    const heard = Promise.all(
      watchers.map((room) => new Promise((resolve) => room.onMessage("note", resolve))),
    );
    for (const nth of nths) {
      expect((await members[nth]?.send("note", "back"))?.missed).toEqual([]);
    }
    await heard;
    expect([leaves, joins]).toEqual([[], []]);
    // By the next audit everybody has had one, and nobody had anything to ask.
    const [survivor] = others;
    const auditor = new TestClient(survivor?.url ?? "", { room: "big 0", features: FEATURE_AUDIT });
    await auditor.next("audit");
    await auditor.settled();
    for (const { url } of others) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const counts = [...metrics.matchAll(/^skein_resynced_members_total\{.*\} (\d+)$/gm)];
      expect(counts.map(([, count]) => count)).toEqual(["0", "0", "0"]);
    }
    auditor.socket.disconnect();
  } finally {
    await Promise.all(rooms.map((room) => room.leave()));
    balancer.close();
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
  }
}, 120_000);
