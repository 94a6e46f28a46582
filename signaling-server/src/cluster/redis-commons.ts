/** What all nodes share, in Redis: docs/cluster.md names every key. */
import { Redis } from "ioredis";
import { PEER_COLORS } from "../../../lib/src/signaling/events.ts";
import type { Commons, CommonsEvents, Connect, Kept, PutResult, Renewal, Roll } from "./commons.ts";
import { LEASE_MS } from "./nodes.ts";
import { parseJson } from "./packets.ts";
import { type MemberRecord, parseRecord } from "./record.ts";
import { EXCHANGE, PUT, READ, RENEW, RESERVE, VERSIONS } from "./scripts.ts";

/** Rooms that no node asks about any more are forgotten, in milliseconds. Nodes ask each 10 s. */
const ROOM_TTL_MS = 120_000;
/** What is kept under a name ends when no node has asked for it for so long, in milliseconds. */
export const KEPT_TTL_MS = ROOM_TTL_MS;
/** How long the last generation of one that left is remembered, in milliseconds. */
const GONE_MS = 60_000;
/** How long a join number is kept for a newcomer, in milliseconds: as long as a handshake. */
const RESERVED_MS = 10_000;
/** How long an ended lease is remembered, in milliseconds: who was there, and since when not. */
const ENDED_LEASE_MS = 600_000;
/** Bytes on their way to Redis from which cursors and the like are not sent any more … */
const MAX_LOSSY_BYTES = 1024 * 1024;
/** … and nothing that could come again. */
const MAX_BYTES = 8 * 1024 * 1024;

/** ioredis's own reconnection, queue and subscriptions are not used: uplink.ts says why. */
const OPTIONS = {
  lazyConnect: true,
  retryStrategy: () => null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  noDelay: true,
};

/** `prefix` begins every key and channel. */
export function redisCommons(url: string, prefix = "skein"): Connect {
  return async (self, events) => {
    const commands = new Redis(url, OPTIONS);
    const subscription = new Redis(url, OPTIONS);
    const close = () => {
      commands.disconnect();
      subscription.disconnect();
    };
    let last = new Error("the connection was closed");
    for (const redis of [commands, subscription]) {
      redis.on("error", (error: Error) => {
        last = error;
      });
    }
    try {
      await Promise.all([commands.connect(), subscription.connect()]);
      subscription.on("messageBuffer", (_: Buffer, message: Buffer) => events.message(message));
      await subscription.subscribe(`${prefix}:to:${self}`);
    } catch (error) {
      close();
      throw last.message === "the connection was closed" ? error : last;
    }
    return new RedisCommons(
      self,
      prefix,
      commands,
      close,
      watch([commands, subscription], events, () => last),
    );
  };
}

/** Tells of the end of either connection, once; returns its undo. */
function watch(both: readonly Redis[], events: CommonsEvents, why: () => Error): () => void {
  const stop = () => {
    for (const redis of both) redis.off("close", lost);
  };
  const lost = () => {
    stop();
    events.lost(why());
  };
  for (const redis of both) redis.on("close", lost);
  return stop;
}

type Answer = readonly string[];

class RedisCommons implements Commons {
  readonly #self: string;
  readonly #prefix: string;
  readonly #redis: Redis;
  readonly #close: () => void;
  readonly #unwatch: () => void;
  /** Of messages that Redis has not yet said that it took. */
  #bytes = 0;

  constructor(self: string, prefix: string, redis: Redis, close: () => void, unwatch: () => void) {
    this.#self = self;
    this.#prefix = prefix;
    this.#redis = redis;
    this.#close = close;
    this.#unwatch = unwatch;
    const scripts = { put: PUT, read: READ, reserve: RESERVE, versions: VERSIONS, renew: RENEW };
    for (const [name, lua] of Object.entries({ ...scripts, exchange: EXCHANGE })) {
      redis.defineCommand(`skein_${name}`, { lua });
    }
  }

  async read(room: string, hold: boolean): Promise<Roll> {
    const [version, ...kept] = await this.#run(
      "read",
      this.#keys(room),
      hold ? this.#self : "",
      ROOM_TTL_MS,
    );
    const records = kept.flatMap((each) => {
      return parseRecord(parseJson(each.slice(each.indexOf("|") + 1))) ?? [];
    });
    return { version: Number(version), records };
  }

  async put(room: string, records: readonly MemberRecord[]): Promise<PutResult> {
    const opening = JSON.stringify({ t: "records", from: this.#self, room, version: 0 });
    const [version, ...refused] = await this.#run(
      "put",
      this.#keys(room),
      this.#self,
      // Everything up to the version, which only Redis knows.
      opening.slice(0, -2),
      `${this.#prefix}:gone:${room}:`,
      ROOM_TTL_MS,
      GONE_MS,
      `${this.#prefix}:to:`,
      ...records.flatMap((record) => {
        const { id, generation, revision, node, join, left, token, ...rest } = record;
        const kept = { id, generation, revision, node, join, ...rest };
        const told = JSON.stringify(record);
        const kind = left === undefined ? "0" : "1";
        const json = token === undefined && left === undefined ? told : JSON.stringify(kept);
        return [id, generation, revision, node, join, kind, json, told];
      }),
    );
    return { version: Number(version), refused: refusedOf(refused) };
  }

  async reserve(room: string, earliest: number, count: number): Promise<readonly number[]> {
    const [members, meta] = this.#keys(room);
    const keys = [members ?? "", meta ?? "", this.#key(room, "joins")];
    const joins = await this.#run(
      ...(["reserve", keys, earliest, count, RESERVED_MS, PEER_COLORS, ROOM_TTL_MS] as const),
    );
    return joins.map(Number);
  }

  leave(room: string): void {
    this.#redis.srem(this.#key(room, "nodes"), this.#self).catch(ignore);
  }

  async versions(rooms: readonly string[]): Promise<readonly number[]> {
    if (rooms.length === 0) return [];
    const keys = rooms.flatMap((room) => this.#keys(room));
    return (await this.#run("versions", keys, ROOM_TTL_MS)).map(Number);
  }

  async renew(): Promise<Renewal> {
    const key = `${this.#prefix}:nodes`;
    const [known, ...rest] = await this.#run("renew", [key], this.#self, LEASE_MS, ENDED_LEASE_MS);
    const leases = [];
    for (let at = 0; at + 1 < rest.length; at += 2) {
      leases.push({ node: rest[at] ?? "", leftMs: Number(rest[at + 1]) });
    }
    return { known: known === "1", leases };
  }

  async resign(): Promise<void> {
    await this.#redis.zrem(`${this.#prefix}:nodes`, this.#self);
  }

  async exchange(name: string, version: number, text: string | null): Promise<Kept | null> {
    const given = [version, KEPT_TTL_MS, ...(text === null ? [] : [text])];
    const kept = await this.#run("exchange", [`${this.#prefix}:kept:${name}`], ...given);
    return kept[1] === undefined ? null : { version: Number(kept[0]), text: kept[1] };
  }

  send(node: string, message: Uint8Array, lossy: boolean): boolean {
    if (this.#bytes > (lossy ? MAX_LOSSY_BYTES : MAX_BYTES)) return false;
    if (this.#redis.status !== "ready") return false;
    const bytes = message.length;
    this.#bytes += bytes;
    const taken = () => {
      this.#bytes -= bytes;
    };
    this.#redis.publish(`${this.#prefix}:to:${node}`, asBuffer(message)).then(taken, taken);
    return true;
  }

  close(): void {
    this.#unwatch();
    this.#close();
  }

  #run(script: string, keys: readonly string[], ...rest: (string | number)[]): Promise<Answer> {
    // defineCommand puts it there, where no type can see it.
    const redis = this.#redis as unknown as {
      [command: string]: (...values: (string | number)[]) => Promise<(string | number)[]>;
    };
    const run = redis[`skein_${script}`];
    if (!run) throw new Error(`no script ${script}`);
    return run.call(redis, keys.length, ...keys, ...rest).then((all) => all.map(String));
  }

  #keys(room: string): string[] {
    return [this.#key(room, "members"), this.#key(room, "meta"), this.#key(room, "nodes")];
  }

  #key(room: string, what: string): string {
    return `${this.#prefix}:${what}:${room}`;
  }
}

function refusedOf(flat: Answer): PutResult["refused"] {
  const refused = [];
  for (let at = 0; at + 4 < flat.length; at += 5) {
    const [id = "", generation, revision, node = "", left] = flat.slice(at, at + 5);
    const order = { generation: Number(generation), revision: Number(revision), node };
    refused.push({ id, ...order, left: left === "1" });
  }
  return refused;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function ignore(): void {}
