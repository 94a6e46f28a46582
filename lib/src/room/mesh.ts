/**
 * Whether a link may use WebRTC, and the means to open it: simple-peer loads beside the handshake,
 * ICE servers and policy come from the server, seats are given by it.
 */
import { Chunk } from "../chunk.ts";
import type { Clock } from "../clock.ts";
import type { LinkUpgrade } from "../link/standby.ts";
import type { AttemptOptions, OpenablePath, UpgradeOptions } from "../link/upgrade.ts";
import type { RoomWebRtc, Seams, WebRtcChunk } from "../seams.ts";
import type { IceServer, MemberInfo, Policy } from "../signaling/events.ts";
import type { PathReason, RoomOptions } from "./types.ts";

export interface MeshEvents {
  /** What {@link Mesh.obstacle} answers may have changed. */
  loaded(): void;
  /** Another RTCPeerConnection may be made where there were too many. */
  freed(): void;
}

export class Mesh {
  readonly #options: RoomOptions;
  readonly #clock: Clock;
  readonly #events: MeshEvents;
  readonly #seams: Seams;
  readonly #chunk: Chunk<WebRtcChunk>;
  #factory: RoomWebRtc | null = null;
  #iceServers: readonly IceServer[] = [];
  #policy: Policy = { paths: "all", meshLimit: 0 };

  #wanted = false;
  #unwatch: (() => void) | null = null;

  constructor(options: RoomOptions, clock: Clock, events: MeshEvents, seams: Seams = {}) {
    this.#seams = seams;
    this.#clock = clock;
    this.#options = options;
    this.#events = events;
    this.#chunk = new Chunk(
      clock,
      () => seams.fetchWebRtc?.() ?? import("./webrtc.ts"),
      // The server path carries everything meanwhile.
      () => events.loaded(),
    );
    this.#chunk.with(({ createWebRtc }) => {
      this.#factory = createWebRtc(options.wrtc, seams);
      this.#factory.setIceServers(this.#iceServers);
      this.#watchBudget();
      events.loaded();
    });
  }

  /** Whether this client can open WebRTC paths at all, as it tells the server. */
  get possible(): boolean {
    return (
      this.#options.paths !== "server" &&
      ((this.#options.wrtc ?? this.#seams.fetchWebRtc) !== undefined ||
        typeof globalThis.RTCPeerConnection === "function")
    );
  }

  /** RTCPeerConnections of this page made and not yet seen finalised. */
  get peerConnections(): number {
    return this.#factory?.budget.alive ?? 0;
  }

  /** Begins to load what opens WebRTC paths, or tries again what failed; harmless when begun. */
  load(): void {
    this.#wanted = true;
    this.#watchBudget();
    if (this.possible) this.#chunk.load();
  }

  /** Listens to nothing any more until the next {@link load}. */
  stop(): void {
    this.#wanted = false;
    this.#chunk.stop();
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #watchBudget(): void {
    if (this.#wanted) this.#unwatch ??= this.#factory?.budget.onFreed(this.#events.freed) ?? null;
  }

  setIceServers(servers: readonly IceServer[]): void {
    this.#iceServers = this.#options.iceServers ?? servers;
    this.#factory?.setIceServers(this.#iceServers);
  }

  /** Members that may have a seat. */
  get limit(): number {
    return this.#policy.meshLimit;
  }

  /** How seldom things may be told, as the operator wishes; see {@link Policy.pace}. */
  get pace(): number {
    return this.#policy.pace ?? 0;
  }

  setPolicy(policy: Policy): void {
    this.#policy = policy;
  }

  /** Why the link between these two may not use WebRTC; null when it may. */
  obstacle(self: MemberInfo, other: MemberInfo): PathReason | null {
    if (this.#options.paths === "server" || this.#policy.paths === "server") return "disabled";
    if (!this.possible || !other.webrtc || this.#chunk.failed) return "unsupported";
    if (!self.seat || !other.seat) return "no-seat";
    return this.#factory === null ? "connecting" : null;
  }

  /** Makes the upgrade of a link that {@link obstacle} lets have one. */
  upgrade(options: UpgradeOptions): LinkUpgrade {
    const { part } = this.#chunk;
    if (part === null) throw new Error("skein: WebRTC is not loaded");
    return new part.Upgrade(options);
  }

  open(options: AttemptOptions): OpenablePath | PathReason {
    if (this.#factory === null) return "connecting";
    return this.#factory.open({
      ...options,
      clock: this.#clock,
      relayOnly: this.#options.paths === "relay" || this.#policy.paths === "relay",
      repairs: true,
    });
  }
}
