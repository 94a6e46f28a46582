/**
 * One room of this node, and the same room on the others. What this node knows of its own members is
 * put where all can read it, what others put is merged in; when Redis was away, or has forgotten,
 * both sides are compared, and the newer record of each member wins.
 */
import type { Clock } from "../../../lib/src/clock.ts";
import { LOST_AFTER_MS, type Signal } from "../../../lib/src/signaling/events.ts";
import { CLASS_CURSOR, CLASS_LATEST } from "../../../lib/src/wire/codes.ts";
import type { Target } from "../delivery.ts";
import type { Member } from "../member.ts";
import type { Room } from "../room.ts";
import type { Commons, Refused, Roll } from "./commons.ts";
import type { Nodes } from "./nodes.ts";
import { encodeFrame, encodeHeld, encodeSaid, type Packet } from "./packets.ts";
import { isNewer, type MemberRecord, recordOf } from "./record.ts";
import type { RoomLink } from "./room-link.ts";
import type { ClusterStats } from "./stats.ts";
import { Versions } from "./versions.ts";

/** In rooms of more members than this, changes wait for the next tick … */
const BATCH_ABOVE = 16;
/** … of so many milliseconds, and go together. */
const TICK_MS = 50;
/** Records in one put: Redis does nothing else meanwhile. */
const RECORDS_PER_PUT = 64;

/** A newcomer waits so long for the room to be read, in milliseconds; then it sees this node's. */
const READ_WAIT_MS = 1_000;
/** It waits so long for a join number that no node gives to another, in milliseconds. */
const RESERVE_WAIT_MS = 250;

/** Those who left while Redis was away, in one room: of more, the room's next reading tells. */
const MAX_LEAVING = 4_096;

/** Members of a living node that Redis has forgotten come back within this time, in milliseconds. */
const MISSING_AFTER_MS = 5_000;
/** A living node says of its own members that they are lost; after so many ms more others do. */
const OWNER_GRACE_MS = 10_000;
/** So long after Redis is back nobody elsewhere is taken for lost, in milliseconds. */
const RETURN_GRACE_MS = 15_000;
/** A room is not read more often than this for what strangers seem to do, in milliseconds. */
const READ_REST_MS = 2_000;

/** What a share needs of its node. */
export interface Hub {
  readonly self: string;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly nodes: Nodes;
  readonly stats: ClusterStats;
  /** The living connection, and since when (the clock's time, in milliseconds). */
  readonly commons: Commons | undefined;
  readonly upSince: number;
  ask<T>(ask: (commons: Commons) => Promise<T>): Promise<T | undefined>;
}

/** Why a room is read (again). */
export type ReadReason = "first" | "returned" | "gap" | "behind" | "stranger" | "refused";

export class Share implements RoomLink {
  readonly name: string;
  readonly #hub: Hub;
  readonly #lostAfterMs: number;
  #room: Room | undefined;
  #state: "apart" | "reading" | "open" | "closed" = "apart";
  #readAt = Number.NEGATIVE_INFINITY;
  /** The newest record of each member of this node that has yet to be put. */
  readonly #dirty = new Map<string, MemberRecord>();
  /** Those who left, until it is known that Redis knows. */
  readonly #leaving = new Map<string, MemberRecord>();
  /** Members of other nodes that Redis had forgotten, since when. */
  readonly #missing = new Map<string, number>();
  /** Members of other nodes that are away, since when. */
  readonly #awaySince = new Map<string, number>();
  readonly #versions = new Versions();
  /** What came while the room was read, by version: the roll may be older, and arrive later. */
  readonly #meanwhile = new Map<number, readonly MemberRecord[]>();
  #gapSeen = false;
  #cancelFlush: (() => void) | undefined;
  /** Newcomers that wait for the room to be read. */
  readonly #waiting = new Set<() => void>();
  readonly #newcomers: ((join: number | undefined) => void)[] = [];

  constructor(name: string, hub: Hub, lostAfterMs = LOST_AFTER_MS) {
    this.name = name;
    this.#hub = hub;
    this.#lostAfterMs = lostAfterMs;
  }

  get self(): string {
    return this.#hub.self;
  }

  get room(): Room | undefined {
    return this.#room;
  }

  /** Everything up to this version is known here. */
  get version(): number {
    return this.#versions.whole;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  attach(room: Room): void {
    this.#room = room;
    void this.read("first");
  }

  /** Redis is back, or gone. */
  connected(): void {
    if (this.#state !== "closed") void this.read("returned");
  }

  disconnected(): void {
    if (this.#state === "closed") return;
    this.#state = "apart";
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#dirty.clear();
    this.#wake();
    for (const give of this.#newcomers.splice(0)) give(undefined);
  }

  /**
   * The room is empty here: what is left to say is said. Returns those who left and of whom Redis has
   * not yet said that it knows.
   */
  close(): readonly MemberRecord[] {
    this.#flush();
    if (this.#state === "closed") return [];
    this.#state = "closed";
    this.#wake();
    for (const give of this.#newcomers.splice(0)) give(undefined);
    this.#hub.commons?.leave(this.name);
    return [...this.#leaving.values()];
  }

  /**
   * For somebody who is about to come in: resolves when it is known who is here, or cannot be known
   * now. Any number of them cost one reading. With `needsJoin`, to a join number of its own.
   */
  async prepare(needsJoin: boolean): Promise<number | undefined> {
    await this.#ready();
    if (!needsJoin || this.#state !== "open") return undefined;
    const join = new Promise<number | undefined>((resolve) => {
      this.#newcomers.push(resolve);
      if (this.#newcomers.length === 1) this.#hub.clock.after(0, () => void this.#reserve());
    });
    return this.#within(RESERVE_WAIT_MS, join);
  }

  isSilent(node: string): boolean {
    return this.#hub.nodes.isSilent(node);
  }

  changed(member: Member, token?: number): void {
    this.#put(recordOf(member, this.self, token));
  }

  left(record: MemberRecord): void {
    this.#leaving.set(record.id, record);
    this.#put(record);
    if (this.#leaving.size <= MAX_LEAVING) return;
    for (const oldest of this.#leaving.keys()) {
      this.#leaving.delete(oldest);
      return;
    }
  }

  bury(record: MemberRecord): boolean {
    if (this.#state !== "open") return false;
    this.left({ ...record, node: this.self });
    return true;
  }

  frame(node: string, sender: Member, target: Target, frame: Uint8Array): void {
    this.#introduce(sender);
    const lossy = frame[0] === CLASS_CURSOR || frame[0] === CLASS_LATEST;
    this.#send(node, encodeFrame(this.name, sender.id, target, frame), lossy);
  }

  held(node: string, token: number, sender: Member, frame: Uint8Array): void {
    this.#send(node, encodeHeld(this.name, sender.id, token, frame), true);
  }

  signal(node: string, from: Member, to: string, signal: Signal): void {
    this.#introduce(from);
    const { self, name: room } = this;
    const said = { t: "signal", from: self, room, sender: from.id, to, signal } as const;
    this.#send(node, encodeSaid(said), false);
  }

  knock(node: string, token: number): void {
    this.#send(node, encodeSaid({ t: "knock", from: this.self, room: this.name, token }), true);
  }

  /** What another node says of this room. */
  receive(packet: Exclude<Packet, { t: "order" | "tick" | "kept" }>): void {
    const room = this.#room;
    if (!room) return;
    const { stats } = this.#hub;
    switch (packet.t) {
      case "frame":
        stats.framesIn++;
        if (!room.deliverFrom(packet.sender, packet.target, packet.frame)) this.#stranger();
        break;
      case "held": {
        const sender = room.get(packet.sender);
        if (sender) room.door.answer(packet.token, sender, packet.frame);
        else this.#stranger();
        break;
      }
      case "signal": {
        const target = room.get(packet.to);
        if (!room.get(packet.sender)) this.#stranger();
        else if (target?.node === null) room.signalFrom(packet.sender, target, packet.signal);
        break;
      }
      case "knock":
        room.door.knockFrom(packet.from, packet.token);
        break;
      case "records":
        if (this.#state === "open") this.#versions.saw(packet.version);
        else if (this.#isReading) this.#meanwhile.set(packet.version, packet.records);
        for (const record of packet.records) this.#merge(record);
        break;
    }
  }

  /** Again and again: what was missed is read, and who is away for too long is taken for lost. */
  beat(): void {
    if (this.#state !== "open") return;
    if (this.#versions.gap && this.#gapSeen) {
      void this.read("gap");
      return;
    }
    this.#gapSeen = this.#versions.gap;
    this.#forgetMissing();
    this.#buryOverdue();
  }

  /** Reads who is here, and says who is. */
  async read(reason: ReadReason): Promise<void> {
    const { clock, stats, commons } = this.#hub;
    if (this.#state === "reading" || this.#state === "closed" || !this.#room || !commons) return;
    stats.reads[reason]++;
    this.#state = "reading";
    this.#readAt = clock.now();
    this.#meanwhile.clear();
    const roll = await this.#hub.ask((each) => each.read(this.name, true));
    // Without an answer the connection is down by now, and this share apart.
    if (roll && this.#isReading && this.#hub.commons === commons) this.#take(roll);
  }

  get #isReading(): boolean {
    return this.#state === "reading";
  }

  #take({ version, records }: Roll): void {
    const { clock, wallNow } = this.#hub;
    const room = this.#room;
    if (!room) return;
    this.#state = "open";
    this.#versions.reset(version);
    this.#gapSeen = false;
    const kept = new Map(records.map((record) => [record.id, record]));
    for (const [later, changed] of this.#meanwhile) {
      if (later <= version) continue;
      this.#versions.saw(later);
      for (const record of changed) kept.set(record.id, record);
    }
    this.#meanwhile.clear();
    for (const record of records) {
      if (record.away > 0 && !room.get(record.id)) {
        const ms = Math.min(Math.max(0, wallNow() - record.away), this.#lostAfterMs);
        this.#awaySince.set(record.id, clock.now() - ms);
      }
      this.#merge(record);
      // Ours, of a time that we do not remember: nobody else will ever end it.
      const known = room.get(record.id);
      if (record.node === this.self && known?.node !== null && !this.#leaving.has(record.id)) {
        this.left({ ...record, revision: record.revision + 1, left: "lost" });
      }
    }
    this.#missing.clear();
    for (const member of room.members) {
      const record = kept.get(member.id);
      if (member.node !== null) {
        if (!record) this.#missing.set(member.id, clock.now());
      } else if (!record || isNewer(recordOf(member, this.self), record)) this.changed(member);
    }
    for (const record of this.#leaving.values()) this.#put(record);
    this.#flush();
    this.#wake();
  }

  #merge(record: MemberRecord): void {
    const { nodes } = this.#hub;
    this.#missing.delete(record.id);
    if (record.left !== undefined) this.#awaySince.delete(record.id);
    if (record.node === this.self && record.left === undefined) return;
    nodes.mention(record.node);
    this.#room?.elsewhere?.merge(record);
  }

  #put(record: MemberRecord): void {
    if (record.left === undefined) this.#leaving.delete(record.id);
    // When it is read, everything is compared.
    if (this.#state !== "open") return;
    this.#dirty.set(record.id, record);
    if (this.#cancelFlush) return;
    const ms = (this.#room?.size ?? 0) > BATCH_ABOVE ? TICK_MS : 0;
    this.#cancelFlush = this.#hub.clock.after(ms, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#state !== "open" || this.#dirty.size === 0) return;
    const records = [...this.#dirty.values()];
    this.#dirty.clear();
    for (let at = 0; at < records.length; at += RECORDS_PER_PUT) {
      void this.#putNow(records.slice(at, at + RECORDS_PER_PUT));
    }
  }

  async #putNow(records: readonly MemberRecord[]): Promise<void> {
    const result = await this.#hub.ask((commons) => commons.put(this.name, records));
    // The connection is down: when it is back, everything is compared.
    if (!result) return;
    if (this.#state === "open") this.#versions.saw(result.version);
    const refused = new Map(result.refused.map((each) => [each.id, each]));
    for (const record of records) this.#answered(record, refused.get(record.id));
  }

  #answered(record: MemberRecord, refused: Refused | undefined): void {
    if (this.#leaving.get(record.id) === record) this.#leaving.delete(record.id);
    if (!refused) {
      if (record.left !== undefined) this.#merge(record);
      return;
    }
    const known = this.#room?.get(record.id);
    if (!known || !isNewer(refused, { ...known, node: known.node ?? this.self })) return;
    this.#hub.stats.refused++;
    const { generation, revision, node } = refused;
    // Who left told no name to go by but its own; who is here elsewhere tells more than we know yet.
    if (refused.left) this.#merge({ ...record, generation, revision, node, left: "goodbye" });
    else void this.read("refused");
  }

  /** Whoever is heard for the first time must be known there. */
  #introduce(sender: Member): void {
    if (this.#dirty.has(sender.id)) this.#flush();
  }

  #send(node: string, message: Uint8Array, lossy: boolean): void {
    const { commons, stats } = this.#hub;
    if (this.#state === "open" && commons?.send(node, message, lossy)) stats.sent++;
    else stats.notSent++;
  }

  /** A member of another node that nobody told us of: something was missed. */
  #stranger(): void {
    this.#hub.stats.strangers++;
    if (this.#hub.clock.now() - this.#readAt > READ_REST_MS) void this.read("stranger");
  }

  #forgetMissing(): void {
    const { nodes, clock } = this.#hub;
    const now = clock.now();
    for (const [id, since] of this.#missing) {
      const member = this.#room?.get(id);
      if (!member || member.node === null) this.#missing.delete(id);
      // Of a silent node: it is away, and later lost, like the others there.
      else if (nodes.isSilent(member.node) || nodes.heardAt(member.node) < since) continue;
      else if (now - since > MISSING_AFTER_MS) {
        this.#missing.delete(id);
        this.#hub.stats.forgotten++;
        const record = recordOf(member, member.node);
        this.#merge({ ...record, revision: record.revision + 1, left: "lost" });
      }
    }
  }

  #buryOverdue(): void {
    const { nodes, clock, upSince, stats } = this.#hub;
    const now = clock.now();
    for (const member of this.#room?.members ?? []) {
      if (member.node === null || !member.away) {
        this.#awaySince.delete(member.id);
        continue;
      }
      const since = this.#awaySince.get(member.id) ?? now;
      this.#awaySince.set(member.id, since);
      const grace = nodes.isSilent(member.node) ? 0 : OWNER_GRACE_MS;
      if (now - since < this.#lostAfterMs + grace || now - upSince < RETURN_GRACE_MS) continue;
      if (this.#leaving.has(member.id)) continue;
      stats.buried++;
      const record = recordOf(member, this.self);
      this.bury({ ...record, revision: record.revision + 1, left: "lost" });
    }
  }

  async #ready(): Promise<void> {
    if (this.#state === "open" || this.#state === "closed" || !this.#hub.commons) return;
    void this.read("first");
    let done: () => void = () => {};
    const opened = new Promise<void>((resolve) => {
      done = resolve;
      this.#waiting.add(done);
    });
    await this.#within(READ_WAIT_MS, opened);
    this.#waiting.delete(done);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #reserve(): Promise<void> {
    const newcomers = this.#newcomers.splice(0);
    if (newcomers.length === 0) return;
    const earliest = Math.floor(this.#hub.wallNow());
    const joins = await this.#hub.ask((commons) =>
      commons.reserve(this.name, earliest, newcomers.length),
    );
    newcomers.forEach((give, at) => {
      give(joins?.[at]);
    });
  }

  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#hub.clock.after(ms, () => resolve(undefined));
      void promise.then(resolve).finally(cancel);
    });
  }
}
