/**
 * One room of this node, and the same room on the others. What this node knows of its own members is
 * put where all can read it, what others put is merged in; when Redis was away, or has forgotten,
 * both sides are compared, and the newer record of each member wins.
 */
import { LOST_AFTER_MS, type Signal } from "../../../lib/src/signaling/events.ts";
import { CLASS_CURSOR, CLASS_LATEST } from "../../../lib/src/wire/codes.ts";
import type { Mail } from "../access/mail.ts";
import type { Acknowledged } from "../acks.ts";
import type { Target } from "../delivery.ts";
import type { Member } from "../member.ts";
import type { Room } from "../room.ts";
import { Absences } from "./absences.ts";
import { encodeAcks, takeAcks } from "./ack-packet.ts";
import { Announcements } from "./announcements.ts";
import type { Roll } from "./commons.ts";
import type { Hub } from "./hub.ts";
import { Newcomers } from "./newcomers.ts";
import { encodeFrame, encodeHeld, encodeSaid, type Packet } from "./packets.ts";
import { isNewer, type MemberRecord, recordOf } from "./record.ts";
import type { RoomLink } from "./room-link.ts";
import type { ReadReason } from "./stats.ts";
import { Versions } from "./versions.ts";

/** A room is not read more often than this for what strangers seem to do, in milliseconds. */
const READ_REST_MS = 2_000;

export class Share implements RoomLink {
  readonly name: string;
  readonly #hub: Hub;
  #room: Room | undefined;
  #state: "apart" | "reading" | "open" | "closed" = "apart";
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #announcements: Announcements;
  readonly #absences: Absences;
  readonly #newcomers: Newcomers;
  readonly #versions = new Versions();
  /** What came while the room was read, by version: the roll may be older, and arrive later. */
  readonly #meanwhile = new Map<number, readonly MemberRecord[]>();
  #gapSeen = false;

  constructor(name: string, hub: Hub, lostAfterMs = LOST_AFTER_MS) {
    this.name = name;
    this.#hub = hub;
    this.#newcomers = new Newcomers(name, hub);
    this.#absences = new Absences(hub, lostAfterMs);
    this.#announcements = new Announcements({
      ...{ room: name, hub },
      isOpen: () => this.isOpen,
      size: () => this.#room?.size ?? 0,
      known: (id) => {
        const known = this.#room?.get(id);
        return known && { ...known, node: known.node ?? hub.self };
      },
      kept: (version) => {
        if (this.isOpen) this.#versions.saw(version);
      },
      merge: (record) => this.#merge(record),
      behind: () => void this.read("refused"),
    });
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
    this.#announcements.drop();
    this.#newcomers.stop();
  }

  /**
   * The room is empty here: what is left to say is said. Returns those who left and of whom Redis has
   * not yet said that it knows.
   */
  close(): readonly MemberRecord[] {
    this.#announcements.flush();
    if (this.#state === "closed") return [];
    this.#state = "closed";
    this.#newcomers.stop();
    this.#hub.commons?.leave(this.name);
    return this.#announcements.leaving;
  }

  /**
   * For somebody who is about to come in: resolves when it is known who is here, or cannot be known
   * now. Any number of them cost one reading. With `needsJoin`, to a join number of its own.
   */
  async prepare(needsJoin: boolean): Promise<number | undefined> {
    if (!this.isOpen && this.#state !== "closed" && this.#hub.commons) {
      void this.read("first");
      await this.#newcomers.wait();
    }
    return needsJoin && this.isOpen ? this.#newcomers.join() : undefined;
  }

  isSilent(node: string): boolean {
    return this.#hub.nodes.isSilent(node);
  }

  changed(member: Member, token?: number): void {
    this.#announcements.put(recordOf(member, this.self, token));
  }

  left(record: MemberRecord): void {
    this.#announcements.left(record);
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

  acks(node: string, acks: readonly Acknowledged[]): void {
    for (const { receiver } of acks) this.#introduce(receiver);
    this.#send(node, encodeAcks(this.name, acks), false);
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

  mail(node: string, to: string, messages: readonly Mail[]): void {
    const { self: from, name: room } = this;
    this.#send(node, encodeSaid({ t: "mail", from, room, to, messages }), false);
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
      case "acks":
        if (!takeAcks(room, packet.acks)) this.#stranger();
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
      case "mail": {
        const receiver = room.get(packet.to);
        if (receiver?.node !== null) break;
        for (const message of packet.messages) room.post([receiver], message);
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
    const room = this.#room;
    for (const record of this.#absences.forgotten((id) => room?.get(id))) this.#merge(record);
    const isLeaving = (id: string) => this.#announcements.isLeaving(id);
    for (const record of this.#absences.overdue(room?.members ?? [], isLeaving)) this.bury(record);
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
      if (!room.get(record.id)) this.#absences.met(record);
      this.#merge(record);
      // Ours, of a time that we do not remember: nobody else will ever end it.
      const known = room.get(record.id);
      if (
        record.node === this.self &&
        known?.node !== null &&
        !this.#announcements.isLeaving(record.id)
      ) {
        this.left({ ...record, revision: record.revision + 1, left: "lost" });
      }
    }
    const forgotten: string[] = [];
    for (const member of room.members) {
      // Its last word comes again below: to say that it is here would take that back, for good.
      if (this.#announcements.isLeaving(member.id)) continue;
      const record = kept.get(member.id);
      if (member.node !== null) {
        if (!record) forgotten.push(member.id);
      } else if (!record || isNewer(recordOf(member, this.self), record)) this.changed(member);
    }
    this.#absences.missing(forgotten);
    this.#announcements.resume();
    this.#newcomers.go();
  }

  #merge(record: MemberRecord): void {
    const { nodes } = this.#hub;
    this.#absences.heardOf(record);
    if (record.node === this.self && record.left === undefined) return;
    nodes.mention(record.node);
    this.#room?.elsewhere?.merge(record);
  }

  /** Whoever is heard for the first time must be known there. */
  #introduce(sender: Member): void {
    if (this.#announcements.isDirty(sender.id)) this.#announcements.flush();
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
}
