/** One member of a simulation, with a link to each other one that it knows of. */
import type { Signal } from "../signaling/events.ts";
import { ENTRY_BEGIN, ENTRY_CONTINUE } from "../wire/codes.ts";
import { encodeFrame } from "../wire/index.ts";
import { Fanout } from "./fanout.ts";
import { type Bookmark, Link, NEW_PEER } from "./link.ts";
import { SERVER_DELAY_MS, SimulatedSocket } from "./simulated-socket.ts";
import type { Simulation } from "./simulation.ts";
import { Upgrade } from "./upgrade.ts";

/** After this the server gives up a member whose socket is lost; 30 s in life. */
const LOST_AFTER_MS = 2_000;
/** Of the largest message: its value's 256 KiB, and one for what is before that. */
const LARGEST_ENTRIES = 17;

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
  lastChange = Number.NEGATIVE_INFINITY;
  present = false;
  /** The server knows of it, on a socket or not. */
  listed = false;
  hidden = false;
  joinNumber = 0;
  /** Uploads over the server path. */
  uploads = 0;
  readonly #socket: SimulatedSocket;
  #incarnations = 0;
  #attempts = 0;
  #calls = 0;

  constructor(simulation: Simulation, number: number) {
    this.#simulation = simulation;
    this.number = number;
    this.id = `p${number}`;
    this.#socket = new SimulatedSocket(simulation, () =>
      this.fanout.pump([...this.links.values()]),
    );
    this.fanout = new Fanout((ids, frame, lane) => {
      const receivers = simulation.peers.filter(({ id }) => ids.includes(id));
      const taken = this.#socket.frame(frame, lane, () => {
        for (const to of receivers)
          this.#arrive(to, (link) => link.receiveFromServer(frame.slice()));
      });
      if (taken) this.uploads += 1;
      return taken;
    });
  }

  /** What its socket carries up in a second. */
  set bytesPerSecond(bytes: number) {
    this.#socket.bytesPerSecond = bytes;
  }

  get joined(): boolean {
    return this.#socket.joined;
  }

  get unsettled(): number {
    return this.#simulation.ledger.unsettled(this);
  }

  setFull(full: boolean): void {
    if (this.#socket.full === full) return;
    this.#socket.full = full;
    if (!full) for (const link of this.links.values()) link.pump();
  }

  join(): void {
    const { clock, peers } = this.#simulation;
    this.present = true;
    this.session += 1;
    // Nothing is given up because somebody came.
    if (this.session > 1) this.lastChange = clock.now();
    this.joinNumber = clock.now() + this.number / 16 + this.session / 1024;
    this.resume();
    for (const peer of peers) if (peer !== this) peer.#hears(this);
  }

  leave(): void {
    const simulation = this.#simulation;
    simulation.counts.leaves += 1;
    for (const link of this.links.values()) link.sayGoodbye();
    this.present = this.listed = false;
    this.#socket.close();
    for (const peer of [...this.links.keys()]) this.#forget(peer);
    for (const peer of simulation.peers) if (peer !== this) peer.#hears(this);
  }

  /** The socket is lost, with everything under way on it. */
  drop(): void {
    if (!this.joined) return;
    this.#socket.close();
    for (const link of this.links.values()) link.serverChanged();
    for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
    const { generation } = this.#socket;
    this.#simulation.clock.after(LOST_AFTER_MS, () => {
      if (generation !== this.#socket.generation) return;
      this.listed = false;
      for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
    });
  }

  /** A new socket, and what its welcome says. */
  resume(): void {
    if (!this.present || this.joined) return;
    this.listed = true;
    this.#socket.open();
    for (const peer of this.#simulation.peers) if (peer !== this) this.#welcomed(peer);
    for (const link of this.links.values()) link.serverChanged();
    for (const peer of this.#simulation.peers) if (peer !== this) peer.#hears(this);
  }

  /** `bytes`: of each entry, instead of few. */
  sendAll(count = 1, bytes?: number): void {
    if (!this.present) return;
    for (let n = 0; n < count; n++) {
      for (const peer of this.#simulation.peers) {
        if (peer !== this && !this.links.has(peer)) {
          this.#simulation.ledger.sent(this, peer, this.#calls + 1, 0);
        }
      }
      this.#send([...this.links.keys()], bytes, (entries, links, settle) =>
        this.fanout.all(entries, links, settle),
      );
    }
  }

  sendTo(to: Peer, count = 1, bytes?: number): void {
    for (let n = 0; n < count; n++) {
      if (!this.links.has(to)) continue;
      this.#send([to], bytes, (entries, links, settle) => this.fanout.to(entries, links, settle));
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
    this.present = this.listed = false;
    this.#socket.close();
    for (const peer of [...this.links.keys()]) this.#forget(peer);
  }

  #send(
    to: readonly Peer[],
    bytes: number | undefined,
    run: (
      entries: Uint8Array[],
      links: Link[],
      settle: (link: Link, missed: boolean) => void,
    ) => void,
  ): void {
    const { random, ledger } = this.#simulation;
    const call = ++this.#calls;
    const whole = random() < 0.8;
    const more = bytes === undefined ? 2 + Math.floor(random() * 3) : LARGEST_ENTRIES;
    const count = whole ? 1 : more;
    const entries = Array.from({ length: count }, (_, index) => {
      const entry = new Uint8Array(bytes ?? 9 + Math.floor(random() * 64));
      new DataView(entry.buffer).setUint32(1, call);
      entry[0] = index === 0 ? ENTRY_BEGIN : ENTRY_CONTINUE;
      entry.set([index, count], 5);
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
    const call = new DataView(entry.buffer, entry.byteOffset).getUint32(1);
    return this.#simulation.ledger.delivered(from, this, call, entry[5] ?? 0, entry[6] ?? 0);
  }

  /** After a moment, the server tells this member how that one is. */
  #hears(about: Peer): void {
    this.#socket.down(() => this.#learn(about));
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
    const { generation } = this.#socket;
    this.#simulation.clock.after(LOST_AFTER_MS, () => {
      if (generation !== this.#socket.generation || about.listed) return;
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
        send: (frame, lane) =>
          this.#socket.frame(frame, lane, () =>
            this.#arrive(about, (to) => to.receiveFromServer(frame.slice())),
          ),
        upload: (shared) => this.fanout.upload(shared),
        rtt: 2 * SERVER_DELAY_MS,
      },
      upgrade: {
        create: (options) => new Upgrade(options),
        random: simulation.random,
        initiator: () => this.joinNumber > about.joinNumber,
        nextAttempt: () => ++this.#attempts,
        reachable,
        sendSignal: (signal: Signal) =>
          this.#socket.up(() => this.#arrive(about, (to) => to.signal(signal))),
        open: (options) => simulation.pair(this, about).open(this, options),
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

  /** From the server down on the other's socket. */
  #arrive(to: Peer, arrive: (link: Link) => void): void {
    const { session } = this;
    to.#socket.down(() => {
      const link = to.links.get(this);
      // Frames of a session that ended come with a handle that is not known any more.
      if (link !== undefined && session === this.session) arrive(link);
    });
  }
}
