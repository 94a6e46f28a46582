/** For tests: a node with rooms and clients in memory, around a fake Redis. */
import { createHash } from "node:crypto";
import type { LeaveReason, MemberInfo, Welcome } from "../../../lib/src/signaling/events.ts";
import { HeldClock, heldByTest } from "../../../lib/src/testing/clock.ts";
import type { MemberRoute } from "../audience.ts";
import { FakeSession } from "../fake-session.ts";
import type { Admission, Member } from "../member.ts";
import type { OutgoingEvent } from "../outgoing.ts";
import { Room } from "../room.ts";
import { createStats } from "../stats.ts";
import { Cluster } from "./cluster.ts";
import { FakeRedis } from "./fake-redis.ts";
import type { Share } from "./share.ts";

const NOW = 1_700_000_000_000;

/** A peer id that a test can read. */
export function idOf(name: string): string {
  return createHash("sha256").update(name).digest().subarray(0, 16).toString("base64url");
}

export function nodeName(name: string): string {
  return name.padEnd(12, "_");
}

/** A socket of a client, and what its user would see. */
export class Seat extends FakeSession {
  readonly node: TestNode;
  member: Member | undefined;
  /** By id, as the events tell it. */
  readonly picture = new Map<string, MemberInfo>();
  readonly leaves: { id: string; reason: LeaveReason }[] = [];
  /** Events that make no sense in their order. */
  readonly oddities: string[] = [];

  constructor(node: TestNode) {
    super();
    this.node = node;
  }

  get alive(): boolean {
    return this.ended === undefined && !this.node.dead && this.member?.session === this;
  }

  override send(event: OutgoingEvent): void {
    if (this.ended || this.node.dead) return;
    super.send(event);
    this.#draw(event.name, event.argument);
  }

  override sendFrame(frame: Parameters<FakeSession["sendFrame"]>[0]): void {
    if (!this.node.dead) super.sendFrame(frame);
  }

  #draw(name: string, argument: unknown): void {
    if (name === "welcome") {
      for (const info of (argument as Welcome).members) this.picture.set(info.id, info);
      return;
    }
    const about = argument as { id: string };
    const known = this.picture.get(about.id);
    if (name === "joined") this.picture.set(about.id, argument as MemberInfo);
    else if (name === "left") {
      if (!known) this.oddities.push("left without joined");
      this.picture.delete(about.id);
      this.leaves.push(argument as { id: string; reason: LeaveReason });
    } else if (name === "presence") {
      const { id, ...presence } = argument as { id: string } & MemberInfo["presence"];
      if (known) this.picture.set(id, { ...known, presence });
      else this.oddities.push("presence of a stranger");
    } else if (name === "away" || name === "back" || name === "seat") {
      const change = name === "seat" ? about : { ...about, away: name === "away" };
      if (known) this.picture.set(about.id, { ...known, ...change });
      else if (about.id !== this.member?.id) this.oddities.push(`${name} of a stranger`);
    }
  }
}

export class TestNode {
  readonly self: string;
  readonly cluster: Cluster;
  readonly stats = createStats();
  readonly rooms = new Map<string, { room: Room; share: Share }>();
  readonly policies: string[] = [];
  readonly orders: unknown[] = [];
  readonly #world: World;
  dead = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.self = nodeName(name);
    this.cluster = new Cluster({
      self: this.self,
      connect: world.redis.connect,
      clock: world.clock,
      wallNow: world.wallNow,
      random: world.random,
      log: { info: () => {}, warn: () => {} },
      onPolicy: (text) => this.policies.push(text),
      onOrder: (order) => this.orders.push(order),
    });
    this.cluster.start();
  }

  room(name = "room"): { room: Room; share: Share } {
    const known = this.rooms.get(name);
    if (known) return known;
    const share = this.cluster.share(name);
    const room = new Room(name, {
      clock: this.#world.clock,
      wallNow: this.#world.wallNow,
      policy: { paths: "all", meshLimit: this.#world.meshLimit },
      iceFor: () => ({ servers: [], ttlSeconds: 0 }),
      stats: this.stats,
      onEmpty: () => {},
      link: share,
    });
    share.attach(room);
    this.rooms.set(name, { room, share });
    return { room, share };
  }

  /** A socket comes in, once the room is known. Undefined when it was refused. */
  async enter(name: string, over: Partial<Admission> = {}, roomName = "room"): Promise<Seat> {
    const seat = new Seat(this);
    const { room, share } = this.room(roomName);
    const reservedJoin = await share.prepare(over.join === undefined);
    const admission = { id: idOf(name), generation: 1, join: undefined, features: 0, webrtc: true };
    const presence = { version: 1, state: { name } };
    const user = undefined;
    if (this.dead) return seat;
    seat.member = room.admit({ ...admission, presence, user, reservedJoin, ...over }, seat);
    if (!seat.member) seat.end({ code: "stale-generation", message: "" });
    return seat;
  }

  deliver(seat: Seat, route: MemberRoute, frame: Uint8Array = Uint8Array.of(2, 1, 7)): void {
    if (seat.member && seat.alive) this.room().room.deliver(seat.member, route, frame);
  }

  lose(seat: Seat, tornDown = false): void {
    if (seat.member && !this.dead) this.room().room.lost(seat.member, seat, tornDown);
  }

  goodbye(seat: Seat, generation: number): void {
    if (seat.member && !this.dead) this.room().room.goodbye(seat.member, generation);
  }

  /** The process is gone, without a word. */
  kill(): void {
    this.dead = true;
    this.#world.redis.killNode(this.self);
    for (const { room } of this.rooms.values()) {
      for (const member of room.members) member.cancelLost?.();
    }
    // Its timers would be gone; nothing they do reaches anybody.
    void this.cluster.close();
  }

  /** It stops as it is told to: sockets are closed, and the others know. */
  async stop(): Promise<void> {
    for (const { room } of this.rooms.values()) {
      room.close({ code: "shutting-down", message: "" });
    }
    await this.cluster.close();
    this.dead = true;
  }
}

export class World {
  readonly clock = new HeldClock();
  readonly #held = heldByTest(this.clock);
  readonly redis: FakeRedis;
  readonly wallNow = () => NOW + this.clock.now();
  readonly random: () => number;
  readonly meshLimit: number;
  readonly nodes: TestNode[] = [];

  constructor(options: { delay?: () => number; random?: () => number; meshLimit?: number } = {}) {
    const { delay = () => 1, random = () => 0.5, meshLimit = 16 } = options;
    this.redis = new FakeRedis(this.clock, delay);
    this.random = random;
    this.meshLimit = meshLimit;
  }

  node(name: string): TestNode {
    const node = new TestNode(this, name);
    this.nodes.push(node);
    return node;
  }

  async advance(ms: number): Promise<void> {
    await this.#held.advance(ms);
  }

  /** What `promise` resolves with, with all the time that it needs. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    void promise.finally(() => {
      settled = true;
    });
    for (let i = 0; i < 10_000 && !settled; i++) await this.advance(1);
    return promise;
  }
}
