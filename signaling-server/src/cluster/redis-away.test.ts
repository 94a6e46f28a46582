/** Redis away, in each way it can be: a real one, real servers, and the library's own rooms. */
import { expect, test, vi } from "vitest";
import { RedisProcess } from "./redis-process.ts";
import { peersOf, selfOf, ThreeServers } from "./three-servers.ts";

/** How long Redis is away, in milliseconds: longer than a lease runs, and than audits are apart. */
const OUTAGE_MS = 1_000 * Number(process.env["OUTAGE_SECONDS"] ?? 12);
/** How often it is flushed for as long, in milliseconds. */
const FLUSH_EVERY_MS = 1_000;
/** What reconciles does so within this time, in milliseconds. */
const RECONCILED_MS = 10_000;

// Each waits most of the time, with a Redis of its own.
test.concurrent.each(["killed", "frozen", "flushed"] as const)(
  "Redis %s: members of one node miss nothing, and all is well within 10 s after",
  async (how) => {
    const redis = await RedisProcess.start();
    const three = await ThreeServers.start(redis, `Redis ${how}`);
    const { servers } = three;
    try {
      const [a1, a2] = [await three.enter(0, "a1"), await three.enter(0, "a2")];
      const b1 = await three.enter(1, "b1");
      await vi.waitFor(() => expect(peersOf(b1)).toHaveLength(2));
      await vi.waitFor(() => expect(peersOf(a2)).toHaveLength(2));
      const id = selfOf(a2).id;
      if (how === "killed") await redis.kill();
      else if (how === "frozen") redis.freeze();
      const until = performance.now() + OUTAGE_MS;
      let sent = 0;
      let flushed = 0;
      while (performance.now() < until) {
        if (how === "flushed" && performance.now() > until - OUTAGE_MS + flushed * FLUSH_EVERY_MS) {
          await redis.flush();
          flushed++;
        }
        await a1.room.send("note", sent++, { to: id });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(a2.notes).toEqual(Array.from({ length: sent }, (_, i) => i));
      if (how !== "flushed") {
        await vi.waitFor(() => expect(servers.some(({ ready }) => ready)).toBe(false), 5_000);
      }
      // Whoever comes now is let in, and sees at least who is on the same node.
      const a3 = await three.enter(0, "a3");
      expect(peersOf(a3)).toEqual(expect.arrayContaining(["a1 active", "a2 active"]));
      await a2.room.leave();
      if (how === "killed") await redis.restart();
      else redis.thaw();
      await vi.waitFor(
        () => {
          expect(servers.every(({ ready }) => ready)).toBe(true);
          expect(peersOf(b1).sort()).toEqual(["a1 active", "a3 active"]);
          expect(peersOf(a1).sort()).toEqual(["a3 active", "b1 active"]);
          expect(peersOf(a3).sort()).toEqual(["a1 active", "b1 active"]);
        },
        { timeout: RECONCILED_MS },
      );
      const { missed } = await b1.room.send("note", "hello again");
      expect(missed).toEqual([]);
      expect(a1.notes.at(-1)).toBe("hello again");
      expect([a1, b1].map(({ leaves }) => leaves)).toEqual([["a2"], ["a2"]]);
      // What clients knew was what their servers knew, all the time.
      const audits = servers.map((server) => server.stats());
      for (const { auditGhost, auditMissing, auditStale } of audits) {
        expect({ auditGhost, auditMissing, auditStale }).toEqual({
          auditGhost: 0,
          auditMissing: 0,
          auditStale: 0,
        });
      }
    } finally {
      await three.close();
      await redis.kill();
    }
  },
  60_000 + OUTAGE_MS,
);
