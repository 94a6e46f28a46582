/**
 * Paths in memory, for tests: a pair of them with everything between that a network does, held in
 * the test's hands. The same seed and the same calls give the same run.
 *
 * The reliable lane behaves like a data channel: in order, nothing lost or doubled while the path
 * lives; a lost packet only delays it and all behind it. What had not arrived when the path dies is
 * gone. The latest lane loses, doubles and reorders as told. On a slow network each lane waits in a
 * queue of its own, as data channels do, and what the latest lane sends delays what comes on the other.
 */
import type { Clock } from "../clock.ts";
import { MAX_RELIABLE_BUFFERED } from "./channels.ts";
import {
  type Lane,
  MAX_LATEST_BUFFERED,
  type Path,
  type PathEvents,
  type PathKind,
} from "./path.ts";

export type Side = "a" | "b";

/** What the network does to packets. Can be changed at any time; packets under way are not. */
export interface MemoryConditions {
  /** One way, in milliseconds. */
  readonly delayMs: number;
  /** Added to the delay, uniformly from 0 to this, in milliseconds. */
  readonly jitterMs: number;
  /** Share of packets lost, 0 to 1. */
  readonly loss: number;
  /** Share of latest frames that arrive twice, 0 to 1. */
  readonly duplication: number;
  /** What each direction carries in a second. Default Infinity. */
  readonly bytesPerSecond: number;
  /** Share of latest frames held up until later ones have overtaken them, 0 to 1. */
  readonly reordering: number;
}

export interface MemoryNetworkOptions extends Partial<MemoryConditions> {
  readonly clock: Clock;
  /** Any integer. */
  readonly seed: number;
  /** What the paths say they are. Default `direct`. */
  readonly kind?: PathKind;
  /** From both sides being there to `onOpen`, in milliseconds, besides the delay. Default 0. */
  readonly openMs?: number;
  /** A path that has not opened by then closes with `timeout`, in milliseconds. Default 15,000. */
  readonly connectTimeoutMs?: number;
}

const IDEAL: MemoryConditions = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  reordering: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
};
/** Least time until a transport sends a lost packet again, as TCP's and SCTP's. */
const RETRANSMIT_MS = 200;
/** Times in a row that one reliable packet is lost at most: a path that loses all is a cut one. */
const MAX_RETRANSMITS = 5;
/** How far a reordered frame falls back, in milliseconds, beside the delay and jitter. */
const REORDERED_MS = 50;
const CONNECT_TIMEOUT_MS = 15_000;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What one pair of paths runs over. */
export class MemoryNetwork {
  readonly clock: Clock;
  readonly kind: PathKind;
  readonly connectTimeoutMs: number;
  readonly random: () => number;
  conditions: MemoryConditions;
  readonly #openMs: number;
  readonly #paths: { [side in Side]: MemoryPath | null } = { a: null, b: null };
  readonly #wires: { readonly [from in Side]: Wire };

  constructor(options: MemoryNetworkOptions) {
    const { clock, seed, kind = "direct", openMs = 0, connectTimeoutMs, ...conditions } = options;
    this.clock = clock;
    this.kind = kind;
    this.random = seededRandom(seed);
    this.connectTimeoutMs = connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.conditions = { ...IDEAL, ...conditions };
    this.#openMs = openMs;
    this.#wires = { a: new Wire(this), b: new Wire(this) };
  }

  /** One end; the pair opens when both are there. Each side once. */
  path(side: Side, events: PathEvents): MemoryPath {
    if (this.#paths[side] !== null) throw new Error(`This network has its path ${side} already.`);
    const path = new MemoryPath(this, side, events);
    this.#paths[side] = path;
    if (this.#paths[other(side)] !== null) {
      for (const from of ["a", "b"] as const) {
        this.#wires[from].put({ arrive: () => this.#paths[other(from)]?.opened() }, this.#openMs);
      }
    }
    return path;
  }

  /**
   * Nothing arrives any more: from both sides, or from one only, and that path is half open.
   * Neither is told. Reliable frames wait, latest ones are lost.
   */
  cut(from?: Side): void {
    for (const side of from ? [from] : (["a", "b"] as const)) this.#wires[side].cut = true;
  }

  /** Ends a cut: what waited arrives, in order. */
  restore(): void {
    for (const side of ["a", "b"] as const) this.#wires[side].restore();
  }

  /** Both ends are told at once that the path is gone, and what was under way is gone with it. */
  fail(reason = "path-lost"): void {
    for (const side of ["a", "b"] as const) this.#wires[side].clear();
    for (const side of ["a", "b"] as const) this.#paths[side]?.failed(reason);
  }

  /** The wire that leaves a side. */
  wire(from: Side): Wire {
    return this.#wires[from];
  }

  /** Where that wire ends. */
  peer(side: Side): MemoryPath | null {
    return this.#paths[other(side)];
  }
}

export class MemoryPath implements Path {
  readonly #network: MemoryNetwork;
  readonly #side: Side;
  readonly #events: PathEvents;
  readonly #cancelTimeout: () => void;
  #state: "opening" | "open" | "closed" = "opening";

  /** Made by {@link MemoryNetwork.path}. */
  constructor(network: MemoryNetwork, side: Side, events: PathEvents) {
    this.#network = network;
    this.#side = side;
    this.#events = events;
    this.#cancelTimeout = network.clock.after(network.connectTimeoutMs, () => {
      this.close();
      events.onClose("timeout");
    });
  }

  get kind(): PathKind | null {
    return this.#state === "open" ? this.#network.kind : null;
  }

  get buffered(): number {
    return this.#state === "open" ? this.#network.wire(this.#side).waiting("latest") : 0;
  }

  get queued(): number {
    return this.#state === "open" ? this.#network.wire(this.#side).waiting("reliable") : 0;
  }

  send(frame: Uint8Array, lane: Lane): boolean {
    if (this.#state !== "open") return false;
    const limit = lane === "reliable" ? MAX_RELIABLE_BUFFERED : MAX_LATEST_BUFFERED;
    const waiting = lane === "reliable" ? this.queued : this.buffered;
    if (waiting + frame.byteLength > limit) return false;
    // A copy: the bytes are the receiver's to keep, and the sender's to use again.
    const copy = frame.slice();
    const arrive = () => this.#network.peer(this.#side)?.received(copy, lane);
    const wire = this.#network.wire(this.#side);
    if (lane === "reliable") wire.put({ arrive, bytes: copy.byteLength });
    else wire.toss(arrive, copy.byteLength);
    return true;
  }

  /** The other side hears of it behind what was sent, unless the way there is cut. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelTimeout();
    const wire = this.#network.wire(this.#side);
    if (wire.cut) wire.clear();
    else wire.put({ arrive: () => this.#network.peer(this.#side)?.failed("path-lost") });
  }

  /** For the network. */
  opened(): void {
    if (this.#state !== "opening") return;
    this.#state = "open";
    this.#cancelTimeout();
    this.#events.onOpen();
  }

  /** For the network. */
  received(frame: Uint8Array, lane: Lane): void {
    // Frames can overtake the opening on the latest lane only; there they may as well be lost.
    if (this.#state === "open") this.#events.onFrame(frame, lane);
  }

  /** For the network. */
  failed(reason: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelTimeout();
    this.#events.onClose(reason);
  }
}

interface Parcel {
  arrive(): void;
  readonly bytes?: number;
}

/** One direction. */
class Wire {
  readonly #network: MemoryNetwork;
  /** The reliable lane, oldest first, each with the time at which it has left and at which it may arrive. */
  #queue: { readonly parcel: Parcel; readonly left: number; readonly due: number }[] = [];
  /** When everything accepted on each lane will have left. */
  readonly #busyUntil: { [lane in Lane]: number } = { reliable: 0, latest: 0 };
  #cancelTimer: (() => void) | null = null;
  /** Raised by `clear`: what was tossed before does not arrive any more. */
  #epoch = 0;
  cut = false;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  /** Bytes that wait to leave. Behind a cut both lanes wait, as the transport does. */
  waiting(lane: Lane): number {
    const { clock, conditions } = this.#network;
    const now = clock.now();
    if (lane === "latest" && !this.cut) {
      const ms = this.#busyUntil.latest - now;
      return ms > 0 ? Math.ceil((ms / 1_000) * conditions.bytesPerSecond) : 0;
    }
    let bytes = 0;
    for (const { parcel, left } of this.#queue) {
      if (this.cut || left > now) bytes += parcel.bytes ?? 0;
    }
    return bytes;
  }

  /** In order, sure to arrive while the wire lives. */
  put(parcel: Parcel, extraMs = 0): void {
    const { random, conditions } = this.#network;
    const flight = this.#flight();
    const left = this.#leaves("reliable", parcel.bytes ?? 0);
    let due = left + extraMs + flight;
    for (let n = 0; n < MAX_RETRANSMITS && random() < conditions.loss; n++) {
      due += RETRANSMIT_MS + 2 * flight;
    }
    this.#queue.push({ parcel, left, due: Math.max(due, this.#queue.at(-1)?.due ?? 0) });
    this.#arm();
  }

  /** Once, never, twice or late. */
  toss(arrive: () => void, bytes: number): void {
    const { clock, random, conditions } = this.#network;
    const wait = this.#leaves("latest", bytes) - clock.now();
    if (this.cut || random() < conditions.loss) return;
    const late = wait + (random() < conditions.reordering ? REORDERED_MS * (1 + random()) : 0);
    this.#later(arrive, this.#flight() + late);
    if (random() < conditions.duplication) this.#later(arrive, this.#flight() + late);
  }

  restore(): void {
    if (!this.cut) return;
    this.cut = false;
    // The sender has tried again all the while; the next try gets through.
    const earliest = this.#network.clock.now() + this.#flight();
    this.#queue = this.#queue.map((each) => ({ ...each, due: Math.max(each.due, earliest) }));
    this.#arm();
  }

  clear(): void {
    this.#queue = [];
    this.#busyUntil.reliable = this.#busyUntil.latest = 0;
    this.#epoch += 1;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** When so many bytes more will have left on this lane. */
  #leaves(lane: Lane, bytes: number): number {
    const now = this.#network.clock.now();
    const ms = (bytes / this.#network.conditions.bytesPerSecond) * 1_000;
    const { latest, reliable } = this.#busyUntil;
    if (lane === "latest" && reliable > now) this.#busyUntil.reliable += ms;
    this.#busyUntil[lane] = Math.max(now, lane === "latest" ? latest : reliable) + ms;
    return this.#busyUntil[lane];
  }

  #flight(): number {
    const { random, conditions } = this.#network;
    return conditions.delayMs + random() * conditions.jitterMs;
  }

  #later(arrive: () => void, ms: number): void {
    const epoch = this.#epoch;
    this.#network.clock.after(ms, () => {
      if (!this.cut && epoch === this.#epoch) arrive();
    });
  }

  #arm(): void {
    const [head] = this.#queue;
    if (this.#cancelTimer !== null || this.cut || head === undefined) return;
    this.#cancelTimer = this.#network.clock.after(head.due - this.#network.clock.now(), () => {
      this.#cancelTimer = null;
      if (this.cut) return;
      this.#queue.shift();
      head.parcel.arrive();
      this.#arm();
    });
  }
}

const other = (side: Side): Side => (side === "a" ? "b" : "a");
