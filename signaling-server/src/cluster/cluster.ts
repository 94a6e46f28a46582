/**
 * This node among others. Rooms live in memory here; what other nodes must know of them goes through
 * what all share (commons.ts), and only there: without it every node goes on alone.
 */
import type { Clock } from "../../../lib/src/clock.ts";
import type { Log } from "../log.ts";
import type { Commons, Connect } from "./commons.ts";
import type { ClusterHealth } from "./health.ts";
import type { Hub } from "./hub.ts";
import { KeptPolicy, POLICY } from "./kept-policy.ts";
import { LEASE_MS, Nodes } from "./nodes.ts";
import { Orphans } from "./orphans.ts";
import { decodePacket, encodeSaid, type Packet, type Said } from "./packets.ts";
import { Share } from "./share.ts";
import { type ClusterStats, createClusterStats } from "./stats.ts";
import { Uplink } from "./uplink.ts";

/** How often the lease is renewed, in milliseconds: three may fail. */
const BEAT_MS = LEASE_MS / 4;
/** Every so many beats the rooms' versions are compared: each 10 s. */
const BEATS_PER_AUDIT = 4;
/** Rooms in one question for versions. */
const ROOMS_PER_QUESTION = 256;
/** Rooms read at once when Redis is back. */
const READS_AT_ONCE = 32;
/** Beats without anything heard from oneself: the subscription is deaf. */
const DEAF_AFTER_BEATS = 2;
/** What is still to be said when a node stops may take so long, in milliseconds. */
const FAREWELL_MS = 500;

export interface ClusterOptions {
  readonly self: string;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly random: () => number;
  readonly log: Pick<Log, "info" | "warn">;
  readonly lostAfterMs?: number | undefined;
  /** Newer than what this node knows: JSON that was given to `keepPolicy` somewhere. */
  readonly onPolicy?: (text: string) => void;
  /** What another node was told; see `tell`. */
  readonly onOrder?: (order: unknown) => void;
}

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #uplink: Uplink;
  readonly #nodes: Nodes;
  readonly #shares = new Map<string, Share>();
  readonly #hub: Hub;
  readonly stats: ClusterStats = createClusterStats();
  #since: number;
  #upSince = 0;
  #cancelBeat: (() => void) | undefined;
  #beats = 0;
  #heardSelfAt = 0;
  readonly #orphans: Orphans;
  readonly #policy: KeptPolicy;
  /** Room versions that Redis had at the last audit: by the next beat they must be known here. */
  readonly #demanded = new Map<Share, number>();

  constructor(options: ClusterOptions) {
    const { self, connect, clock, wallNow, random } = options;
    this.#options = options;
    this.#since = wallNow();
    this.#nodes = new Nodes(clock, self);
    this.#uplink = new Uplink(
      { self, connect, clock, random },
      {
        up: (commons) => this.#up(commons),
        down: (error) => this.#down(error),
        message: (message) => this.#receive(message),
      },
    );
    const cluster = this;
    this.#hub = {
      ...{ self, clock, wallNow, nodes: this.#nodes, stats: this.stats },
      get commons() {
        return cluster.#uplink.commons;
      },
      get upSince() {
        return cluster.#upSince;
      },
      ask: (ask) => this.#uplink.ask(ask),
    };
    this.#orphans = new Orphans(this.#hub.ask);
    this.#policy = new KeptPolicy(this.#hub, (text) => options.onPolicy?.(text));
  }

  start(): void {
    this.#uplink.start();
    this.#scheduleBeat();
  }

  get health(): ClusterHealth {
    const { state, error } = this.#uplink;
    return {
      state,
      since: this.#since,
      nodes: this.#nodes.others.length + 1,
      rooms: this.#shares.size,
      error: error?.message,
    };
  }

  /** Names of the nodes heard of, without this one. */
  get others(): string[] {
    return this.#nodes.others;
  }

  /** How a room of this name reaches the same room elsewhere; `attach` the room to it. */
  share(room: string): Share {
    this.#shares.get(room)?.close();
    const share = new Share(room, this.#hub, this.#options.lostAfterMs);
    this.#shares.set(room, share);
    return share;
  }

  /** Nobody is in the room here any more. */
  unshare(share: Share): void {
    const left = share.close();
    if (this.#shares.get(share.name) === share) this.#shares.delete(share.name);
    if (left.length > 0) this.#orphans.add(share.name, left);
  }

  /** Who is in a room on any node, for operators; undefined when Redis cannot be asked. */
  async whoIsIn(room: string) {
    return (await this.#uplink.ask((commons) => commons.read(room, false)))?.records;
  }

  /** Tells every other node something; those that cannot be reached now never hear of it. */
  tell(order: unknown): void {
    this.#toOthers({ t: "order", from: this.#options.self, order });
  }

  /** Keeps what was changed of the policy for every node, those to come too. The newest wins. */
  keepPolicy(text: string): void {
    void this.#policy.set(text).then(() => {
      this.#toOthers({ t: "kept", from: this.#options.self, name: POLICY });
    });
  }

  /** Says the last words of each room and ends the lease; sockets are closed before. */
  async close(): Promise<void> {
    this.#cancelBeat?.();
    this.#cancelBeat = undefined;
    for (const share of this.#shares.values()) share.close();
    this.#shares.clear();
    const { commons } = this.#uplink;
    if (commons) {
      const { clock } = this.#options;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(FAREWELL_MS, resolve);
        commons.resign().then(
          () => resolve(cancel()),
          () => resolve(cancel()),
        );
      });
    }
    this.#uplink.close();
  }

  #toOthers(said: Said): void {
    const message = encodeSaid(said);
    for (const node of this.#nodes.others) this.#uplink.commons?.send(node, message, false);
  }

  #up(commons: Commons): void {
    const { clock, wallNow, log } = this.#options;
    this.#since = wallNow();
    this.#upSince = clock.now();
    this.#heardSelfAt = this.#beats;
    this.#demanded.clear();
    log.info({ node: this.#options.self }, "Redis can be used");
    void this.#renew(commons, true);
    void this.#policy.exchange();
    void this.#returned();
    void this.#orphans.bury();
  }

  #down(error: Error): void {
    this.stats.outages++;
    this.#since = this.#options.wallNow();
    this.#options.log.warn(
      { reason: error.message },
      "Redis is away: members of this node go on without the others",
    );
    for (const share of this.#shares.values()) share.disconnected();
  }

  /** Every room is compared with Redis, some at a time. */
  async #returned(): Promise<void> {
    const shares = [...this.#shares.values()];
    const next = async (): Promise<void> => {
      for (let share = shares.pop(); share; share = shares.pop()) {
        if (!share.isOpen) await share.read("returned");
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, next));
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#options.clock.after(BEAT_MS, () => {
      this.#scheduleBeat();
      void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    this.#beats++;
    const { commons } = this.#uplink;
    if (commons) {
      if (this.#beats - this.#heardSelfAt > DEAF_AFTER_BEATS) {
        this.#uplink.fail(new Error("nothing that is sent to this node arrives"));
      } else {
        commons.send(
          this.#options.self,
          encodeSaid({ t: "tick", from: this.#options.self }),
          false,
        );
        await this.#renew(commons, false);
      }
    } else this.#noticeNodes(this.#nodes.check());
    for (const share of this.#shares.values()) share.beat();
    this.#demand();
    if (this.#beats % BEATS_PER_AUDIT > 0) return;
    // What is kept ends with the last node that asks for it.
    void this.#policy.exchange();
    await this.#audit();
  }

  async #renew(commons: Commons, first: boolean): Promise<void> {
    const renewal = await this.#uplink.ask((each) => each.renew());
    if (!renewal || commons !== this.#uplink.commons) {
      this.#noticeNodes(this.#nodes.check());
      return;
    }
    this.#uplink.healthy();
    this.#noticeNodes(this.#nodes.check(renewal.leases));
    if (first) {
      // So that those who were there before know of this node before their next beat.
      const tick = encodeSaid({ t: "tick", from: this.#options.self });
      for (const { node } of renewal.leases) commons.send(node, tick, false);
    }
    if (renewal.known || first) return;
    // Flushed, or so long away that others gave this node up.
    this.stats.flushed++;
    for (const share of this.#shares.values()) void share.read("returned");
    void this.#policy.exchange();
  }

  #noticeNodes(changed: readonly string[]): void {
    for (const node of changed) {
      for (const share of this.#shares.values()) share.room?.elsewhere?.nodeChanged(node);
    }
  }

  /** What Redis had at the last audit must be known by now. */
  #demand(): void {
    for (const [share, version] of this.#demanded) {
      if (share.isOpen && version > share.version) void share.read("behind");
    }
    this.#demanded.clear();
  }

  async #audit(): Promise<void> {
    const shares = [...this.#shares.values()].filter(({ isOpen }) => isOpen);
    for (let at = 0; at < shares.length; at += ROOMS_PER_QUESTION) {
      const some = shares.slice(at, at + ROOMS_PER_QUESTION);
      const known = some.map(({ version }) => version);
      const versions = await this.#uplink.ask((commons) =>
        commons.versions(some.map(({ name }) => name)),
      );
      if (!versions) return;
      some.forEach((share, index) => {
        const version = versions[index] ?? 0;
        // Redis lost what it had, an older copy took its place: ours is put again.
        if (version < (known[index] ?? 0)) void share.read("behind");
        else if (version > share.version) this.#demanded.set(share, version);
      });
    }
  }

  #receive(message: Uint8Array): void {
    const packet = decodePacket(message);
    if (!packet) {
      this.stats.malformed++;
      return;
    }
    if ("from" in packet && this.#nodes.hear(packet.from)) this.#noticeNodes([packet.from]);
    this.#take(packet);
  }

  #take(packet: Packet): void {
    switch (packet.t) {
      case "tick":
        if (packet.from === this.#options.self) this.#heardSelfAt = this.#beats;
        break;
      case "order":
        this.#options.onOrder?.(packet.order);
        break;
      case "kept":
        if (packet.name === POLICY) void this.#policy.exchange();
        break;
      default: {
        const share = this.#shares.get(packet.room);
        if (share) share.receive(packet);
        else this.stats.stray++;
      }
    }
  }
}
