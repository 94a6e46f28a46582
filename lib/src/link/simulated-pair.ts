/**
 * The network between two members of a simulation, as their WebRTC-like paths find it: cut, half open,
 * dead until an ICE restart, or such that only a relay gets through.
 */
import { MemoryNetwork, type MemoryPath } from "../path/memory.ts";
import type { Peer } from "./simulated-peer.ts";
import type { Simulation } from "./simulation.ts";
import type { AttemptOptions, OpenablePath } from "./upgrade.ts";

/** An attempt that did not open its path by now has failed. */
const ATTEMPT_MS = 6_000;

export class Pair {
  readonly a: Peer;
  readonly b: Peer;
  readonly #simulation: Simulation;
  readonly #networks = new Map<string, MemoryNetwork>();
  /** The ends of them that somebody had. */
  readonly #taken = new Set<string>();
  readonly #restartable = new Set<MemoryNetwork>();
  cut: "both" | "a" | "b" | null = null;
  restarts = false;
  /** What each of its paths carries in a second, each way. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
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
    for (const network of this.#networks.values()) {
      if (!this.#restartable.has(network)) this.#apply(network);
    }
  }

  block(cut: "both" | "a" | "b"): void {
    this.cut = cut;
    for (const network of this.#networks.values()) this.#apply(network);
  }

  heal(): void {
    this.cut = null;
    this.#restartable.clear();
    for (const network of this.#networks.values()) this.#apply(network);
  }

  /** What is open stays dead until an ICE restart; what opens anew works. */
  lose(): void {
    for (const network of this.#networks.values()) {
      network.cut();
      this.#restartable.add(network);
    }
  }

  /** Both ends are told. */
  kill(): void {
    for (const network of this.#networks.values()) network.fail();
    this.#networks.clear();
  }

  /** What is open goes over a relay from now on, by ICE's own choice; what opens anew need not. */
  relayed(): void {
    for (const network of this.#networks.values()) this.#becomes(network, "relay");
  }

  /** One end's attempt to open a path. What signals carry is which of the pair's networks is meant. */
  open(peer: Peer, options: AttemptOptions): OpenablePath {
    const side = this.a === peer ? "a" : "b";
    let inner: MemoryPath | null = null;
    let id = "";
    let closed = false;
    let kind: "direct" | "relay" | null = null;
    const join = () => {
      const network = this.#networks.get(id);
      if (network === undefined || closed || inner !== null) return;
      // An ICE restart meant for the former link: its other half is gone, and nothing comes of it.
      if (this.#taken.has(`${id} ${side}`)) return;
      this.#taken.add(`${id} ${side}`);
      inner = network.path(side, {
        onOpen: () => {
          this.#watch(network, (now) => {
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
    const cancelTimeout = this.#simulation.clock.after(ATTEMPT_MS, () => {
      if (inner !== null || closed) return;
      closed = true;
      options.events.onClose("timeout");
    });
    const offer = () => options.sendSignal({ type: "offer", sdp: id });
    if (options.initiator) {
      id = this.#create();
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
      get queued() {
        return inner?.queued ?? 0;
      },
      send: (frame, lane) => inner?.send(frame, lane) ?? false,
      signal: (data) => {
        if (data.type === "offer") {
          if (id === "") {
            id = data.sdp;
            join();
            options.sendSignal({ type: "answer", sdp: id });
          } else if (!options.initiator) {
            this.#iceRestarted(id);
          }
        }
      },
      restartIce: () => {
        if (!options.initiator || !this.restarts || inner === null) return false;
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

  /** Tells what kind the path is, each end by itself: not every browser knows at once. */
  #watch(network: MemoryNetwork, told: (kind: "direct" | "relay") => void): void {
    const { random, clock } = this.#simulation;
    const kind = this.#kinds.get(network) ?? "direct";
    const late = random() < 0.2;
    told(late ? "relay" : kind);
    if (late) clock.after(random() * 1_000, () => told(this.#kinds.get(network) ?? "direct"));
    this.#watchers.set(network, [...(this.#watchers.get(network) ?? []), told]);
  }

  #iceRestarted(id: string): void {
    const network = this.#networks.get(id);
    if (network === undefined) return;
    this.#restartable.delete(network);
    // It finds whatever path there is now.
    this.#becomes(network, this.direct ? "direct" : "relay");
    this.#apply(network);
  }

  #becomes(network: MemoryNetwork, kind: "direct" | "relay"): void {
    this.#kinds.set(network, kind);
    for (const told of this.#watchers.get(network) ?? []) told(kind);
  }

  #create(): string {
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
      bytesPerSecond: this.bytesPerSecond,
      connectTimeoutMs: 5_000,
    });
    this.#kinds.set(network, this.direct ? "direct" : "relay");
    this.#networks.set(id, network);
    this.#apply(network);
    return id;
  }

  #apply(network: MemoryNetwork): void {
    if (this.cut !== null) network.cut(this.cut === "both" ? undefined : this.cut);
    else if (!this.direct && this.#kinds.get(network) === "direct") network.cut();
    else network.restore();
  }
}
