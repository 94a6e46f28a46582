/**
 * For tests: what all nodes share, in memory, behind connections that are slow, break, and freeze.
 * What was sent before a connection is given up may still arrive: that is how sockets are.
 */
import type { Clock } from "../../../lib/src/clock.ts";
import { joinNumber } from "../join-number.ts";
import type { Commons, CommonsEvents, Connect, Kept, Lease, PutResult, Roll } from "./commons.ts";
import { LEASE_MS } from "./nodes.ts";
import { encodeSaid } from "./packets.ts";
import { isNewer, type MemberRecord } from "./record.ts";

/** As in redis-commons.ts. */
const GONE_MS = 60_000;
const RESERVED_MS = 10_000;
const KEPT_TTL_MS = 120_000;

interface Gone extends Pick<MemberRecord, "generation" | "revision" | "node"> {
  readonly until: number;
}

class KeptRoom {
  version = 0;
  last = 0;
  readonly records = new Map<string, MemberRecord>();
  readonly gone = new Map<string, Gone>();
  readonly nodes = new Set<string>();
  readonly reserved = new Map<number, number>();
}

export class FakeRedis {
  readonly clock: Clock;
  /** Milliseconds that the next thing to travel takes. */
  readonly delay: () => number;
  readonly rooms = new Map<string, KeptRoom>();
  readonly leases = new Map<string, number>();
  readonly kept = new Map<string, Kept & { readonly until: number }>();
  readonly connections = new Set<FakeConnection>();
  /** Nodes that cannot be reached; what they send and are sent waits. */
  readonly cutOff = new Set<string>();
  state: "up" | "frozen" | "killed" = "up";
  /** For counting: how often a room was read. */
  reads = 0;
  /** For counting: every message from node to node, by who sends it. */
  readonly sent: { from: string; to: string; message: Uint8Array }[] = [];

  constructor(clock: Clock, delay: () => number = () => 1) {
    this.clock = clock;
    this.delay = delay;
  }

  readonly connect: Connect = (self, events) =>
    new Promise((resolve, reject) => {
      if (this.state === "killed") {
        this.clock.after(this.delay(), () => reject(new Error("connection refused")));
        return;
      }
      const connection = new FakeConnection(this, self, events);
      this.connections.add(connection);
      connection.run(() => {}).then(() => resolve(connection), reject);
    });

  /** Everything in memory is lost, and every connection with it. */
  kill(): void {
    this.state = "killed";
    this.flush();
    for (const connection of [...this.connections]) connection.break();
  }

  restart(): void {
    this.state = "up";
    this.thaw();
  }

  freeze(): void {
    if (this.state === "up") this.state = "frozen";
  }

  thaw(): void {
    if (this.state === "frozen") this.state = "up";
    for (const connection of [...this.connections]) connection.pump();
  }

  flush(): void {
    this.rooms.clear();
    this.leases.clear();
    this.kept.clear();
  }

  cut(node: string): void {
    this.cutOff.add(node);
  }

  heal(node: string): void {
    this.cutOff.delete(node);
    this.thaw();
  }

  /** The process of a node is gone: its connections are closed by its kernel. */
  killNode(node: string): void {
    for (const connection of [...this.connections]) {
      if (connection.self === node) connection.break();
    }
  }

  room(name: string): KeptRoom {
    let room = this.rooms.get(name);
    if (!room) {
      room = new KeptRoom();
      this.rooms.set(name, room);
    }
    return room;
  }

  publish(from: string, to: string, message: Uint8Array): boolean {
    this.sent.push({ from, to, message });
    let heard = false;
    for (const connection of this.connections) {
      if (connection.self === to && !connection.closed) {
        connection.deliver(message);
        heard = true;
      }
    }
    return heard;
  }
}

/** Things that happen in order, each after a delay, as on a TCP connection. */
class Pipe {
  readonly #redis: FakeRedis;
  readonly #node: string;
  readonly #queue: { due: number; run: () => void }[] = [];

  constructor(redis: FakeRedis, node: string) {
    this.#redis = redis;
    this.#node = node;
  }

  push(run: () => void): void {
    const { clock, delay } = this.#redis;
    const due = Math.max(clock.now() + delay(), this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ due, run });
    // Timers of a real clock may be a little early.
    clock.after(due - clock.now(), () => this.pump(due));
  }

  pump(until = 0): void {
    const { clock, state, cutOff } = this.#redis;
    const now = Math.max(clock.now(), until);
    while (state === "up" && !cutOff.has(this.#node)) {
      const next = this.#queue[0];
      if (!next || next.due > now) return;
      this.#queue.shift();
      next.run();
    }
  }

  clear(): void {
    this.#queue.length = 0;
  }
}

class FakeConnection implements Commons {
  readonly self: string;
  readonly #redis: FakeRedis;
  readonly #events: CommonsEvents;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #subscription: Pipe;
  closed = false;

  constructor(redis: FakeRedis, self: string, events: CommonsEvents) {
    this.#redis = redis;
    this.self = self;
    this.#events = events;
    this.#up = new Pipe(redis, self);
    this.#down = new Pipe(redis, self);
    this.#subscription = new Pipe(redis, self);
  }

  /** Runs `what` there, and brings the answer back. */
  run<T>(what: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new Error("closed"));
      this.#up.push(() => {
        const answer = what();
        this.#down.push(() => (this.closed ? reject(new Error("closed")) : resolve(answer)));
      });
    });
  }

  deliver(message: Uint8Array): void {
    this.#subscription.push(() => {
      if (!this.closed) this.#events.message(message);
    });
  }

  pump(): void {
    this.#up.pump();
    this.#down.pump();
    this.#subscription.pump();
  }

  break(): void {
    this.#up.clear();
    this.#down.clear();
    this.#redis.connections.delete(this);
    if (this.closed) return;
    this.closed = true;
    this.#redis.clock.after(0, () => this.#events.lost(new Error("connection lost")));
  }

  close(): void {
    // What is on its way up still arrives.
    this.closed = true;
    this.#up.push(() => this.#redis.connections.delete(this));
  }

  read(name: string, hold: boolean): Promise<Roll> {
    this.#redis.reads++;
    return this.run(() => {
      const room = this.#redis.room(name);
      if (hold) room.nodes.add(this.self);
      return { version: room.version, records: [...room.records.values()] };
    });
  }

  put(name: string, records: readonly MemberRecord[]): Promise<PutResult> {
    return this.run(() => {
      const now = this.#redis.clock.now();
      const room = this.#redis.room(name);
      const taken: MemberRecord[] = [];
      const refused: PutResult["refused"][number][] = [];
      for (const record of records) {
        const kept = room.records.get(record.id);
        const gone = room.gone.get(record.id);
        const last = kept ?? (gone && gone.until > now ? gone : undefined);
        if (last && !isNewer(record, last)) {
          const { generation, revision, node } = last;
          refused.push({ id: record.id, generation, revision, node, left: !kept });
          continue;
        }
        taken.push(record);
        const { token: _, ...rest } = record;
        if (record.left === undefined) {
          room.records.set(record.id, rest);
          room.gone.delete(record.id);
          room.last = Math.max(room.last, record.join);
        } else {
          room.records.delete(record.id);
          room.gone.set(record.id, { ...record, until: now + GONE_MS });
        }
      }
      if (taken.length > 0) {
        const version = ++room.version;
        const said = {
          t: "records",
          from: this.self,
          room: name,
          version,
          records: taken,
        } as const;
        for (const node of [...room.nodes]) {
          if (node === this.self) continue;
          if (!this.#redis.publish(this.self, node, encodeSaid(said))) room.nodes.delete(node);
        }
      }
      return { version: room.version, refused };
    });
  }

  reserve(name: string, earliest: number, count: number): Promise<readonly number[]> {
    return this.run(() => {
      const now = this.#redis.clock.now();
      const room = this.#redis.room(name);
      for (const [join, until] of room.reserved) if (until <= now) room.reserved.delete(join);
      return Array.from({ length: count }, () => {
        const present = new Set([...room.records.values()].map(({ join }) => join));
        for (const join of room.reserved.keys()) present.add(join);
        const join = joinNumber(
          Math.max(room.last + 1, earliest),
          [...present].map((each) => ({ join: each })),
        );
        room.last = Math.max(room.last, join);
        room.reserved.set(join, now + RESERVED_MS);
        return join;
      });
    });
  }

  leave(name: string): void {
    void this.run(() => this.#redis.room(name).nodes.delete(this.self)).catch(() => {});
  }

  versions(rooms: readonly string[]): Promise<readonly number[]> {
    return this.run(() => rooms.map((name) => this.#redis.rooms.get(name)?.version ?? 0));
  }

  renew() {
    return this.run(() => {
      const now = this.#redis.clock.now();
      const { leases } = this.#redis;
      const known = (leases.get(this.self) ?? 0) > now;
      leases.set(this.self, now + LEASE_MS);
      const all: Lease[] = [...leases].map(([node, until]) => ({ node, leftMs: until - now }));
      return { known, leases: all };
    });
  }

  async resign(): Promise<void> {
    await this.run(() => this.#redis.leases.delete(this.self));
  }

  exchange(name: string, version: number, text: string | null): Promise<Kept | null> {
    return this.run(() => {
      const now = this.#redis.clock.now();
      const kept = this.#redis.kept.get(name);
      const there = kept && kept.until > now ? kept : undefined;
      const isNews = (there?.version ?? -1) < version;
      if (isNews && text === null) return null;
      const newest = isNews || !there ? { version, text: text ?? "" } : there;
      this.#redis.kept.set(name, { ...newest, until: now + KEPT_TTL_MS });
      return { version: newest.version, text: newest.text };
    });
  }

  send(node: string, message: Uint8Array): boolean {
    if (this.closed) return false;
    void this.run(() => this.#redis.publish(this.self, node, message)).catch(() => {});
    return true;
  }
}
