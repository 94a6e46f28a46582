/** WebRTC without any: attempts negotiate over the room's own signals, and their paths are in memory. */
import type { Clock } from "../clock.ts";
import type { OpenablePath } from "../link/path-slot.ts";
import { ConnectionBudget } from "../path/budget.ts";
import { MemoryNetwork, type MemoryPath, type Side } from "../path/memory.ts";
import type { Lane } from "../path/path.ts";
import type { WebRtcCloseReason } from "../path/webrtc-path.ts";
import type { RoomWebRtc, Seams, WebRtcAttempt } from "../seams.ts";
import type { SignalData } from "../signaling/events.ts";
import type { Conditions } from "./line.ts";

/** An offer that nobody took. */
const CONNECT_TIMEOUT_MS = 15_000;

/** The network between peers, whoever they are. */
export interface Air<Place> {
  readonly clock: Clock;
  readonly random: () => number;
  /** What is between two places. */
  conditions(a: Place, b: Place): Conditions;
  /** Whether nothing passes between two places. */
  separated(a: Place, b: Place): boolean;
  /** Something other than a sign of life went from one to another. */
  onFrame(frame: Uint8Array): void;
}

interface Call<Place> {
  readonly network: MemoryNetwork;
  readonly caller: Place;
  callee: Place | null;
  ends: number;
}

/** All WebRTC connections of a hub. */
export class MemoryWebRtc<Place> {
  readonly #air: Air<Place>;
  readonly #calls = new Map<string, Call<Place>>();
  #count = 0;

  constructor(air: Air<Place>) {
    this.#air = air;
  }

  /** What a room at this place gets for WebRTC. */
  at(place: Place, seams: Seams): RoomWebRtc {
    return {
      budget: new ConnectionBudget({ clock: this.#air.clock }),
      setIceServers() {},
      open: (attempt) => new CallEnd(this, this.#air, place, attempt, seams),
    };
  }

  /** Conditions or partitions changed. */
  refresh(): void {
    for (const call of this.#calls.values()) this.#apply(call);
  }

  /** Offers a call; the answer is {@link answer}, with the same name. */
  offer(caller: Place, kind: "direct" | "relay"): { name: string; network: MemoryNetwork } {
    const { clock, random } = this.#air;
    const name = `call-${++this.#count}`;
    const seed = Math.floor(random() * 2 ** 32);
    const network = new MemoryNetwork({ clock, seed, kind, connectTimeoutMs: CONNECT_TIMEOUT_MS });
    this.#calls.set(name, { network, caller, callee: null, ends: 1 });
    return { name, network };
  }

  /** Null when whoever offered has given up. */
  answer(name: string, callee: Place): MemoryNetwork | null {
    const call = this.#calls.get(name);
    if (call === undefined || call.callee !== null) return null;
    call.callee = callee;
    call.ends += 1;
    this.#apply(call);
    return call.network;
  }

  ended(name: string): void {
    const call = this.#calls.get(name);
    if (call === undefined) return;
    call.ends -= 1;
    if (call.ends === 0 || call.callee === null) this.#calls.delete(name);
  }

  #apply({ network, caller, callee }: Call<Place>): void {
    if (callee === null) return;
    network.conditions = { ...network.conditions, ...this.#air.conditions(caller, callee) };
    if (this.#air.separated(caller, callee)) network.cut();
    else network.restore();
  }
}

class CallEnd<Place> implements OpenablePath {
  readonly #calls: MemoryWebRtc<Place>;
  readonly #air: Air<Place>;
  readonly #place: Place;
  readonly #attempt: WebRtcAttempt;
  readonly #seams: Seams;
  readonly relayFailure = null;
  #name: string | null = null;
  #path: MemoryPath | null = null;
  #kind: "direct" | "relay" | null = null;
  #state: "opening" | "open" | "closed" = "opening";
  #cancelTimer: () => void;

  constructor(
    calls: MemoryWebRtc<Place>,
    air: Air<Place>,
    place: Place,
    attempt: WebRtcAttempt,
    seams: Seams,
  ) {
    this.#calls = calls;
    this.#air = air;
    this.#place = place;
    this.#attempt = attempt;
    this.#seams = seams;
    // Whoever made it gets to hold it first.
    this.#cancelTimer = attempt.initiator
      ? air.clock.after(0, () => this.#offer())
      : air.clock.after(CONNECT_TIMEOUT_MS, () => this.#end("timeout"));
  }

  get kind(): "direct" | "relay" | null {
    return this.#kind;
  }
  get relayOnly(): boolean {
    return this.#attempt.relayOnly;
  }
  get buffered(): number {
    return this.#path?.buffered ?? 0;
  }
  get queued(): number {
    return this.#path?.queued ?? 0;
  }

  signal(data: SignalData): void {
    if (data.type !== "offer" || this.#attempt.initiator || this.#path !== null) return;
    const network = this.#calls.answer(data.sdp, this.#place);
    if (network === null) {
      this.#air.clock.after(0, () => this.#end("ice-failed"));
      return;
    }
    this.#cancelTimer();
    this.#enter(data.sdp, network, "b");
    this.#attempt.sendSignal({ type: "answer", sdp: data.sdp });
  }

  restartIce(): boolean {
    return false;
  }

  send(frame: Uint8Array, lane: Lane): boolean {
    if (this.#state !== "open" || this.#path === null) return false;
    const path = this.#path;
    this.#air.onFrame(frame);
    const { pass } = this.#seams;
    if (pass === undefined) return path.send(frame, lane);
    const kept = frame.slice();
    pass("webrtc-out", lane, () => path.send(kept, lane));
    return true;
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelTimer();
    this.#path?.close();
    if (this.#name !== null) this.#calls.ended(this.#name);
  }

  #offer(): void {
    const { name, network } = this.#calls.offer(
      this.#place,
      this.#attempt.relayOnly ? "relay" : "direct",
    );
    this.#enter(name, network, "a");
    this.#attempt.sendSignal({ type: "offer", sdp: name });
  }

  #enter(name: string, network: MemoryNetwork, side: Side): void {
    const { events } = this.#attempt;
    this.#name = name;
    this.#path = network.path(side, {
      onOpen: () => {
        if (this.#state !== "opening") return;
        this.#state = "open";
        this.#kind = network.kind === "relay" ? "relay" : "direct";
        events.onKind?.(this.#kind);
        events.onOpen();
      },
      onFrame: (frame, lane) => {
        const take = () => this.#state === "open" && events.onFrame(frame, lane);
        const { pass } = this.#seams;
        if (pass === undefined) take();
        else pass("webrtc-in", lane, take);
      },
      onClose: (reason) => this.#end(reason === "timeout" ? "timeout" : "path-lost"),
    });
  }

  #end(reason: WebRtcCloseReason): void {
    if (this.#state === "closed") return;
    this.close();
    this.#attempt.events.onClose(reason);
  }
}
