/**
 * Rooms of links in memory, for tests: a server whose sockets come and go, WebRTC-like paths that are
 * cut, half open, dead until an ICE restart or gone, and members that leave and come back. The same
 * seed gives the same run. Every promise that links make is checked as it happens.
 */
import { FakeClock } from "../fake-clock.ts";
import { MemoryNetwork, type MemoryPath, seededRandom } from "../path/memory.ts";
import type { PathReason } from "../room/types.ts";
import type { Signal } from "../signaling/events.ts";
import { encodeFrame } from "../wire/index.ts";
import { Fanout } from "./fanout.ts";
import { Ledger } from "./ledger.ts";
import { type Bookmark, Link, NEW_PEER } from "./link.ts";
import type { AttemptOptions, OpenablePath } from "./upgrade.ts";
import { Upgrade } from "./upgrade.ts";

/** One way between a member and the server, in milliseconds. */
const SERVER_DELAY_MS = 20;
const SERVER_JITTER_MS = 15;
/** After this the server gives up a member whose socket is lost; 30 s in life. */
const LOST_AFTER_MS = 2_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly peers: number;
}

export class Simulation {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly peers: Peer[] = [];
  readonly pairs: Pair[] = [];
  readonly seed: number;
  /** Set when nothing disturbs any more, and nothing that worked may stop to. */
  inPeace = false;
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  readonly counts = { resets: 0, paths: 0, leaves: 0, lost: 0, replaced: 0 };
  readonly ledger: Ledger;

  constructor({ seed, peers }: SimulationOptions) {
    this.seed = seed;
    this.random = seededRandom(seed);
    this.ledger = new Ledger(this.clock, (text) => this.fail(text));
    for (let n = 0; n < peers; n++) this.peers.push(new Peer(this, n));
    for (const a of this.peers) {
      for (const b of this.peers) if (a.number < b.number) this.pairs.push(new Pair(this, a, b));
    }
    for (const peer of this.peers) peer.join();
  }

  fail(text: string): void {
    this.failures.push(`${Math.round(this.clock.now())} ms: ${text}`);
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  pair(a: Peer, b: Peer): Pair {
    const found = this.pairs.find(
      (pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a),
    );
    if (found === undefined) throw new Error("no such pair");
    return found;
  }

  /** Everything works again from now on. */
  heal(): void {
    for (const pair of this.pairs) {
      pair.heal();
      pair.allowDirect(true);
    }
    for (const peer of this.peers) {
      peer.hidden = false;
      peer.setFull(false);
      if (!peer.present) peer.join();
      else if (!peer.joined) peer.resume();
    }
  }

  /** Ends everybody. */
  close(): void {
    this.inPeace = false;
    for (const peer of this.peers) peer.close();
    for (const pair of this.pairs) pair.heal();
  }
}

/** The network between two members that WebRTC uses. */
export class Pair {
  readonly a: Peer;
  readonly b: Peer;
  readonly #simulation: Simulation;
  readonly networks = new Map<string, MemoryNetwork>();
  /** The ends of them that somebody had. */
  readonly taken = new Set<string>();
  readonly #restartable = new Set<MemoryNetwork>();
  cut: "both" | "a" | "b" | null = null;
  restarts = false;
  /** Whether the network lets direct paths through: where it does not, what opens goes over a relay. */
  direct: boolean;
  readonly #kinds = new Map<MemoryNetwork, "direct" | "relay">();
  readonly #watchers = new Map<MemoryNetwork, ((kind: "direct" | "relay") => void)[]>();
  #made = 0;

  constructor(simulation: Simulation, a: Peer, b: Peer) {
    this.#simulation = simulation;
    this.a = a;
    this.b = b;
    this.direct = simulation.random() < 0.7;
  }

  /** Direct paths are black-holed from now on, and relays are not; or they work again. */
  allowDirect(direct: boolean): void {
    this.direct = direct;
    for (const network of this.networks.values()) {
      if (!this.#restartable.has(network)) this.#apply(network);
    }
  }

  /** Tells what kind the path is, each end by itself: not every browser knows at once. */
  watch(network: MemoryNetwork, told: (kind: "direct" | "relay") => void): void {
    const { random, clock } = this.#simulation;
    const kind = this.#kinds.get(network) ?? "direct";
    const late = random() < 0.2;
    told(late ? "relay" : kind);
    if (late) clock.after(random() * 1_000, () => told(this.#kinds.get(network) ?? "direct"));
    this.#watchers.set(network, [...(this.#watchers.get(network) ?? []), told]);
  }

  block(cut: "both" | "a" | "b"): void {
    this.cut = cut;
    for (const network of this.networks.values()) this.#apply(network);
  }

  heal(): void {
    this.cut = null;
    this.#restartable.clear();
    for (const network of this.networks.values()) this.#apply(network);
  }

  /** What is open stays dead until an ICE restart; what opens anew works. */
  lose(): void {
    for (const network of this.networks.values()) {
      network.cut();
      this.#restartable.add(network);
    }
  }

  /** Both ends are told. */
  kill(): void {
    for (const network of this.networks.values()) network.fail();
    this.networks.clear();
  }

  iceRestarted(id: string): void {
    const network = this.networks.get(id);
    if (network === undefined) return;
    this.#restartable.delete(network);
    // It finds whatever path there is now.
    this.#becomes(network, this.direct ? "direct" : "relay");
    this.#apply(network);
  }

  /** What is open goes over a relay from now on, by ICE's own choice; what opens anew need not. */
  relayed(): void {
    for (const network of this.networks.values()) this.#becomes(network, "relay");
  }

  #becomes(network: MemoryNetwork, kind: "direct" | "relay"): void {
    this.#kinds.set(network, kind);
    for (const told of this.#watchers.get(network) ?? []) told(kind);
  }

  create(): string {
    const { clock, random } = this.#simulation;
    const id = `${++this.#made}`;
    const lossy = random() < 0.3;
    const network = new MemoryNetwork({
      clock,
      seed: Math.floor(random() * 2 ** 31),
      delayMs: random() * 60,
      jitterMs: random() * 20,
      loss: lossy ? 0.05 : 0,
      duplication: lossy ? 0.1 : 0,
      reordering: lossy ? 0.1 : 0,
      openMs: random() * 200,
      connectTimeoutMs: 5_000,
    });
    this.#kinds.set(network, this.direct ? "direct" : "relay");
    this.networks.set(id, network);
    this.#apply(network);
    return id;
  }

  #apply(network: MemoryNetwork): void {
    if (this.cut !== null) network.cut(this.cut === "both" ? undefined : this.cut);
    else if (!this.direct && this.#kinds.get(network) === "direct") network.cut();
    else network.restore();
  }
}

/** One member, with a link to each other one that it knows of. */
export class Peer {
  readonly id: string;
  readonly number: number;
  readonly #simulation: Simulation;
  readonly links = new Map<Peer, Link>();
  /** Those of its links that were direct once. */
  readonly wereDirect = new WeakSet<Link>();
  /** Those whose socket is down, as the server told. */
  readonly away = new Set<Peer>();
  /** Those that it gave up, too. */
  readonly #lost = new Set<Peer>();
  readonly #bookmarks = new Map<Peer, Bookmark>();
  /** The join numbers of those that there is a link to. */
  readonly #joinNumbers = new Map<Peer, number>();
  readonly fanout: Fanout;
  /** Raised by each join: what came before is another session. */
  session = 0;
  lastChange = 0;
  present = false;
  joined = false;
  /** The server knows of it, on a socket or not. */
  listed = false;
  hidden = false;
  joinNumber = 0;
  /** Uploads over the server path. */
  uploads = 0;
  #full = false;
  /** Raised when the socket is lost: what was under way is gone. */
  #socket = 0;
  #upDue = 0;
  #downDue = 0;
  #incarnations = 0;
  #attempts = 0;
  #calls = 0;

  constructor(simulation: Simulation, number: number) {
    this.#simulation = simulation;
    this.number = number;
    this.id = `p${number}`;
    this.fanout = new Fanout(simulation.clock, (ids, frame, lane) => {
      if (!this.#roomFor(lane)) return false;
      this.uploads += 1;
      for (const id of ids) {
        const to = simulation.peers.find((peer) => peer.id === id);
        if (to !== undefined) this.#toPeer(to, (link) => link.receiveFromServer(frame.slice()));
      }
      return true;
    });
  }

  get unsettled(): number {
    return this.#simulation.ledger.unsettled(this);
  }

  setFull(full: boolean): void {
    if (this.#full === full) return;
    this.#full = full;
    if (!full) for (const link of this.links.values()) link.pump();
  }

  join(): void {
    const { clock, peers } = this.#simulation;
    this.present = true;
    this.session += 1;
    this.lastChange = clock.now();
    this.joinNumber = clock.now() + this.number / 16 + this.session / 1024;
    this.resume();
    for (const peer of peers) if (peer !== this) peer.#hears(this);
  }

  leave(): void {
    const simulation = this.#simulation;
    simulation.counts.leaves += 1;
    for (const link of this.links.values()) link.sayGoodbye();
    this.present = this.joined = this.listed = false;
    this.#socket += 1;
    for (const peer of [...this.links.keys()]) this.#forget(peer);
    for (const peer of simulation.peers) if (peer !== this) peer.#hears(this);
  }

  /** The socket is lost, with everything under way on it. */
  drop(): void {
    if (!this.joined) return;
    this.joined = false;
    this.#socket += 1;
    for (const link of this.links.values()) link.serverChanged();
    for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
    const socket = this.#socket;
    this.#simulation.clock.after(LOST_AFTER_MS, () => {
      if (socket !== this.#socket) return;
      this.listed = false;
      for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
    });
  }

  /** A new socket, and what its welcome says. */
  resume(): void {
    if (!this.present || this.joined) return;
    this.joined = this.listed = true;
    this.#socket += 1;
    for (const peer of this.#simulation.peers) if (peer !== this) this.#welcomed(peer);
    for (const link of this.links.values()) link.serverChanged();
    for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
  }

  sendAll(count = 1): void {
    if (!this.present) return;
    for (let n = 0; n < count; n++) {
      for (const peer of this.#simulation.peers) {
        if (peer !== this && !this.links.has(peer)) {
          this.#simulation.ledger.sent(this, peer, this.#calls + 1, 0);
        }
      }
      this.#send([...this.links.keys()], (entries, links, settle) =>
        this.fanout.all(entries, links, settle),
      );
    }
  }

  sendTo(to: Peer, count = 1): void {
    for (let n = 0; n < count; n++) {
      if (!this.links.has(to)) continue;
      this.#send([to], (entries, links, settle) => this.fanout.to(entries, links, settle));
    }
  }

  stream(): void {
    const frame = encodeFrame({
      kind: "latest",
      number: ++this.#calls,
      type: "t",
      key: "",
      value: { encoding: 0, bytes: new Uint8Array() },
    });
    this.fanout.latest(frame, [...this.links.values()]);
  }

  close(): void {
    this.present = this.joined = this.listed = false;
    this.#socket += 1;
    for (const peer of [...this.links.keys()]) this.#forget(peer);
  }

  #send(
    to: readonly Peer[],
    run: (
      entries: Uint8Array[],
      links: Link[],
      settle: (link: Link, missed: boolean) => void,
    ) => void,
  ): void {
    const { random, ledger } = this.#simulation;
    const call = ++this.#calls;
    const count = random() < 0.8 ? 1 : 2 + Math.floor(random() * 3);
    const entries = Array.from({ length: count }, (_, index) => {
      const entry = new Uint8Array(9 + Math.floor(random() * 64));
      new DataView(entry.buffer).setUint32(0, call);
      entry.set([index, count], 4);
      return entry;
    });
    const byLink = new Map<Link, Peer>();
    for (const peer of to) {
      const link = this.links.get(peer);
      if (link === undefined) continue;
      byLink.set(link, peer);
      ledger.sent(this, peer, call, count);
    }
    run(entries, [...byLink.keys()], (link, missed) => {
      const peer = byLink.get(link);
      if (peer !== undefined) ledger.settled(this, peer, call, missed);
    });
  }

  #deliver(from: Peer, entry: Uint8Array): boolean {
    const call = new DataView(entry.buffer, entry.byteOffset).getUint32(0);
    return this.#simulation.ledger.delivered(from, this, call, entry[4] ?? 0, entry[5] ?? 0);
  }

  /** After a moment, the server tells this member how that one is. */
  #hears(about: Peer): void {
    this.#fromServer(() => this.#learn(about));
  }

  /** What the server says of another member while both sockets stand. */
  #learn(about: Peer): void {
    const link = this.links.get(about);
    if (!about.listed) {
      if (about.present) {
        this.#lost.add(about);
        this.#giveUp(about);
      } else {
        this.#forget(about);
      }
      return;
    }
    this.#lost.delete(about);
    if (about.joined) this.away.delete(about);
    else this.away.add(about);
    if (link === undefined) this.#meet(about);
    else if (this.#joinNumbers.get(about) !== about.joinNumber) {
      // It left and came back, and nobody here saw it go.
      this.#simulation.counts.replaced += 1;
      this.#close(about);
      this.#meet(about);
    } else link.serverChanged();
  }

  /** What a welcome says of another member: one that is missing may be on its way back. */
  #welcomed(about: Peer): void {
    if (about.listed) {
      this.#learn(about);
      return;
    }
    this.away.add(about);
    this.links.get(about)?.serverChanged();
    const socket = this.#socket;
    this.#simulation.clock.after(LOST_AFTER_MS, () => {
      if (socket !== this.#socket || about.listed) return;
      this.#lost.add(about);
      this.#giveUp(about);
    });
  }

  /** Takes one that the server gave up for gone, unless it still answers. */
  #giveUp(about: Peer): void {
    const link = this.links.get(about);
    if (!this.joined || !this.#lost.has(about) || link === undefined || link.answers) return;
    this.#simulation.counts.lost += 1;
    this.#forget(about);
  }

  /** The app sees it leave. */
  #forget(about: Peer): void {
    this.lastChange = this.#simulation.clock.now();
    this.#simulation.ledger.parted(about, this);
    this.#lost.delete(about);
    this.#close(about);
    const bookmark = this.#bookmarks.get(about);
    if (bookmark !== undefined) this.#bookmarks.set(about, { ...bookmark, follows: false });
  }

  #close(about: Peer): void {
    const link = this.links.get(about);
    if (link === undefined) return;
    this.lastChange = this.#simulation.clock.now();
    this.#bookmarks.set(about, link.bookmark);
    this.links.delete(about);
    link.close();
  }

  #meet(about: Peer): void {
    const simulation = this.#simulation;
    this.#joinNumbers.set(about, about.joinNumber);
    simulation.ledger.met(about, this);
    const reachable = () => this.joined && !this.away.has(about);
    const link = new Link({
      peerId: about.id,
      clock: simulation.clock,
      hidden: () => this.hidden,
      nextIncarnation: () => ++this.#incarnations,
      nextAll: () => this.fanout.nextAll,
      bookmark: this.#bookmarks.get(about) ?? NEW_PEER,
      presenceVersion: () => 1,
      server: {
        reachable,
        send: (frame, lane) => {
          if (!this.#roomFor(lane)) return false;
          this.#toPeer(about, (to) => to.receiveFromServer(frame.slice()));
          return true;
        },
        upload: (shared) => this.fanout.upload(shared),
        rtt: 2 * SERVER_DELAY_MS,
      },
      upgrade: {
        create: (options) => new Upgrade(options),
        random: simulation.random,
        initiator: () => this.joinNumber > about.joinNumber,
        nextAttempt: () => ++this.#attempts,
        reachable,
        sendSignal: (signal: Signal) => this.#toPeer(about, (to) => to.signal(signal)),
        open: (options) => this.#open(about, options),
      },
      events: {
        onEntry: (entry) => this.#deliver(about, entry),
        onState: () => {},
        onPath: (path) => {
          simulation.counts.paths += 1;
          if (path === "direct") this.wereDirect.add(link);
          if (path === "server" && simulation.inPeace) {
            simulation.fail(`${this.id} to ${about.id} fell back to the server in peace`);
          }
          this.#giveUp(about);
        },
        onReason: () => {},
        onReset: (missed) => {
          simulation.counts.resets += 1;
          simulation.ledger.reset(about, this, missed);
        },
        onGoodbye: () => {
          if (this.links.get(about) === link) this.#forget(about);
        },
        onRefused: (kind) => {
          if (kind !== "signal-attempt") simulation.fail(`${this.id} refused ${kind}`);
        },
      },
    });
    this.links.set(about, link);
    link.allow(null);
  }

  #open(about: Peer, options: AttemptOptions): OpenablePath | PathReason {
    const simulation = this.#simulation;
    const pair = simulation.pair(this, about);
    const side = pair.a === this ? "a" : "b";
    let inner: MemoryPath | null = null;
    let id = "";
    let closed = false;
    let kind: "direct" | "relay" | null = null;
    const join = () => {
      const network = pair.networks.get(id);
      if (network === undefined || closed || inner !== null) return;
      // An ICE restart meant for the former link: its other half is gone, and nothing comes of it.
      if (pair.taken.has(`${id} ${side}`)) return;
      pair.taken.add(`${id} ${side}`);
      inner = network.path(side, {
        onOpen: () => {
          pair.watch(network, (now) => {
            if (closed) return;
            kind = now;
            options.events.onKind(now);
          });
          options.events.onOpen();
        },
        onFrame: (frame, lane) => options.events.onFrame(frame, lane),
        onClose: (reason) => options.events.onClose(reason),
      });
    };
    const cancelTimeout = simulation.clock.after(6_000, () => {
      if (inner !== null || closed) return;
      closed = true;
      options.events.onClose("timeout");
    });
    const offer = () => options.sendSignal({ type: "offer", sdp: id });
    if (options.initiator) {
      id = pair.create();
      join();
      offer();
    }
    return {
      get kind() {
        return kind;
      },
      relayOnly: false,
      relayFailure: null,
      get buffered() {
        return inner?.buffered ?? 0;
      },
      send: (frame, lane) => inner?.send(frame, lane) ?? false,
      signal: (data) => {
        if (data.type === "offer") {
          if (id === "") {
            id = data.sdp;
            join();
            options.sendSignal({ type: "answer", sdp: id });
          } else if (!options.initiator) {
            pair.iceRestarted(id);
          }
        }
      },
      restartIce: () => {
        if (!options.initiator || !pair.restarts || inner === null) return false;
        offer();
        return true;
      },
      close: () => {
        if (closed) return;
        closed = true;
        cancelTimeout();
        inner?.close();
      },
    };
  }

  #roomFor(lane: "reliable" | "latest"): boolean {
    return this.joined && !(this.#full && lane === "reliable");
  }

  /** Through the server: up on this socket, down on the other's, each in order. */
  #toPeer(to: Peer, arrive: (link: Link) => void): void {
    const { clock, between } = this.#simulation;
    const socket = this.#socket;
    const session = this.session;
    const delay = between.call(
      this.#simulation,
      SERVER_DELAY_MS,
      SERVER_DELAY_MS + SERVER_JITTER_MS,
    );
    this.#upDue = Math.max(this.#upDue, clock.now() + delay);
    clock.after(this.#upDue - clock.now(), () => {
      if (socket !== this.#socket || !to.joined) return;
      to.#fromServer(() => {
        const link = to.links.get(this);
        // Frames of a session that ended come with a handle that is not known any more.
        if (link !== undefined && session === this.session) arrive(link);
      });
    });
  }

  /** Down on this member's socket, in order. */
  #fromServer(task: () => void): void {
    if (!this.joined) return;
    const { clock } = this.#simulation;
    const socket = this.#socket;
    const delay = this.#simulation.between(SERVER_DELAY_MS, SERVER_DELAY_MS + SERVER_JITTER_MS);
    this.#downDue = Math.max(this.#downDue, clock.now() + delay);
    clock.after(this.#downDue - clock.now(), () => {
      if (socket === this.#socket) task();
    });
  }
}
