/** What all nodes share must be the same thing in Redis and in the fake that the other tests use. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../lib/src/clock.ts";
import type { Commons, Connect } from "./commons.ts";
import { FakeRedis } from "./fake-redis.ts";
import { decodePacket, encodeSaid, type Packet } from "./packets.ts";
import type { MemberRecord } from "./record.ts";
import { KEPT_TTL_MS, redisCommons } from "./redis-commons.ts";
import { RedisProcess } from "./redis-process.ts";
import { idOf, nodeName } from "./test-node.ts";

let server: RedisProcess;
beforeAll(async () => {
  server = await RedisProcess.start();
});
afterAll(() => server.kill());

const A = nodeName("a");
const B = nodeName("b");

function record(name: string, over: Partial<MemberRecord> = {}): MemberRecord {
  return {
    ...{ id: idOf(name), node: A, generation: 1, revision: 1, join: 1_000, line: 1_000 },
    ...{ features: 0, webrtc: true, away: 0, presence: { version: 1, state: { text: "é|" } } },
    ...over,
  };
}

interface Opened {
  readonly commons: Commons;
  readonly heard: Packet[];
  /** The next message that this node hears. */
  next(): Promise<Packet>;
}

function describeCommons(kind: string, connect: () => Connect | Promise<Connect>): void {
  describe(kind, () => {
    let join: Connect;
    const all: Commons[] = [];
    const open = async (self: string): Promise<Opened> => {
      const heard: Packet[] = [];
      let wake = () => {};
      const commons = await join(self, {
        message: (message) => {
          const packet = decodePacket(message);
          if (packet) heard.push(packet);
          wake();
        },
        lost: () => {},
      });
      all.push(commons);
      let taken = 0;
      return {
        commons,
        heard,
        async next() {
          while (heard.length <= taken) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          return heard[taken++] as Packet;
        },
      };
    };

    beforeEach(async () => {
      for (const commons of all.splice(0)) commons.close();
      join = await connect();
    });
    afterAll(() => {
      for (const commons of all.splice(0)) commons.close();
    });

    test("a room is read as it was put, and who holds it is told", async () => {
      const [a, b] = [await open(A), await open(B)];
      expect(await b.commons.read("r:1 {x}", true)).toEqual({ version: 0, records: [] });
      const m = record("m", { user: { id: "u", name: "Ü" } });
      const put = await a.commons.put("r:1 {x}", [{ ...m, token: 3 }, record("n")]);
      expect(put).toEqual({ version: 1, refused: [] });
      const roll = await a.commons.read("r:1 {x}", false);
      expect(roll.version).toBe(1);
      expect(roll.records.map(({ id }) => id).sort()).toEqual([idOf("m"), idOf("n")].sort());
      expect(roll.records.find(({ id }) => id === idOf("m"))).toEqual(m);
      const said = { t: "records", from: A, room: "r:1 {x}", version: 1 } as const;
      expect(await b.next()).toEqual({ ...said, records: [{ ...m, token: 3 }, record("n")] });
      // Whoever put it knows, and whoever left is told nothing.
      b.commons.leave("r:1 {x}");
      expect(await b.commons.versions(["r:1 {x}", "none"])).toEqual([1, 0]);
      await a.commons.put("r:1 {x}", [record("m", { revision: 2 })]);
      a.commons.send(B, encodeSaid({ t: "tick", from: A }), false);
      expect(await b.next()).toEqual({ t: "tick", from: A });
      expect(a.heard).toEqual([]);
    });

    test("the newest record is kept, and an older one is refused with what there is", async () => {
      const { commons } = await open(A);
      const id = idOf("m");
      const order = { generation: 3, revision: 2, node: B };
      await commons.put("r", [record("m", order)]);
      const put = async (over: Partial<MemberRecord>) =>
        (await commons.put("r", [record("m", over)])).refused;
      expect(await put(order)).toEqual([{ id, ...order, left: false }]);
      expect(await put({ ...order, node: A })).toEqual([{ id, ...order, left: false }]);
      expect(await put({ ...order, revision: 1, left: "lost" })).toHaveLength(1);
      expect(await put({ ...order, generation: 2, revision: 9, left: "goodbye" })).toHaveLength(1);
      expect(await commons.versions(["r"])).toEqual([1]);
      expect(await put({ ...order, revision: 10 })).toEqual([]);
      expect(await put({ ...order, revision: 11, left: "lost" })).toEqual([]);
      expect((await commons.read("r", false)).records).toEqual([]);
      // Who has left is remembered, so that no older socket brings back a ghost.
      expect(await put({ ...order, revision: 10 })).toEqual([
        { id, ...order, revision: 11, left: true },
      ]);
      expect(await put({ ...order, generation: 2 ** 53 - 1 })).toEqual([]);
      expect((await commons.read("r", false)).records).toHaveLength(1);
    });

    test("join numbers are given once, and the hues of few are apart", async () => {
      const [a, b] = [await open(A), await open(B)];
      await a.commons.put("r", [record("m", { join: 1_600 })]);
      const joins = await Promise.all(
        Array.from({ length: 5 }, (_, i) => (i % 2 ? a : b).commons.reserve("r", 1_000, 3)),
      );
      const all = [1_600, ...joins.flat()];
      expect(new Set(all.map((join) => join % 16)).size).toBe(16);
      expect(Math.min(...joins.flat())).toBe(1_608);
      expect(new Set(await a.commons.reserve("r", 1_700_000_000_000, 40)).size).toBe(40);
      const [late = 0] = await b.commons.reserve("r", 1_000, 1);
      expect(late).toBeGreaterThan(1_700_000_000_039);
    });

    test("leases are renewed, and given up", async () => {
      const [a, b] = [await open(A), await open(B)];
      expect((await a.commons.renew()).known).toBe(false);
      const { known, leases } = await b.commons.renew();
      expect(known).toBe(false);
      expect(leases.map(({ node }) => node).sort()).toEqual([A, B]);
      for (const { leftMs } of leases) expect(leftMs).toBeGreaterThan(9_000);
      expect((await a.commons.renew()).known).toBe(true);
      await a.commons.resign();
      expect((await b.commons.renew()).leases.map(({ node }) => node)).toEqual([B]);
    });

    test("of what is kept under a name the newest is", async () => {
      const { commons } = await open(A);
      expect(await commons.exchange("p", 0, null)).toBeNull();
      expect(await commons.exchange("p", 2, "two")).toEqual({ version: 2, text: "two" });
      expect(await commons.exchange("p", 1, "one")).toEqual({ version: 2, text: "two" });
      expect(await commons.exchange("p", 3, "three")).toEqual({ version: 3, text: "three" });
      expect(await commons.exchange("p", 0, null)).toEqual({ version: 3, text: "three" });
    });

    test("frames arrive in order, byte for byte", async () => {
      const [a, b] = [await open(A), await open(B)];
      const sent = Array.from({ length: 50 }, (_, i) => Uint8Array.of(9, 255, 0, i));
      const got: Uint8Array[] = [];
      const whole = new Promise<void>((resolve) => {
        void join(nodeName("c"), {
          message: (message) => {
            got.push(Uint8Array.from(message));
            if (got.length === sent.length) resolve();
          },
          lost: () => {},
        }).then((commons) => {
          all.push(commons);
          for (const message of sent) a.commons.send(nodeName("c"), message, true);
        });
      });
      await whole;
      expect(got).toEqual(sent);
      expect(b.heard).toEqual([]);
    });
  });
}

describeCommons("the fake", () => new FakeRedis(systemClock).connect);
describeCommons("Redis", async () => {
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  return redisCommons(server.url);
});

test("what is kept under a name ends in two minutes, unless somebody asks for it", async () => {
  const redis = new Redis(server.url);
  const commons = await redisCommons(server.url)(A, { message: () => {}, lost: () => {} });
  const leftMs = () => redis.pttl("skein:kept:q");
  const isWhole = (ms: number) => ms > KEPT_TTL_MS / 2 && ms <= KEPT_TTL_MS;
  await commons.exchange("q", 1, "one");
  expect(await leftMs()).toSatisfy(isWhole);
  await redis.pexpire("skein:kept:q", KEPT_TTL_MS / 4);
  expect(await commons.exchange("q", 0, null)).toEqual({ version: 1, text: "one" });
  expect(await leftMs()).toSatisfy(isWhole);
  commons.close();
  redis.disconnect();
});

test("what cannot be reached rejects, and says why", async () => {
  const events = { message: () => {}, lost: () => {} };
  await expect(redisCommons("redis://127.0.0.1:1")(A, events)).rejects.toThrow(/ECONNREFUSED/);
});

test("the end of either connection is told once", async () => {
  const redis = new Redis(server.url);
  const lost: Error[] = [];
  let wake = () => {};
  const told = new Promise<void>((resolve) => {
    wake = resolve;
  });
  await redisCommons(server.url)(A, {
    message: () => {},
    lost: (error) => {
      lost.push(error);
      wake();
    },
  });
  await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
  await told;
  await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await redis.ping();
  expect(lost).toHaveLength(1);
  redis.disconnect();
});
