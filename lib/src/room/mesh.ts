/**
 * Whether a link may use WebRTC, and the means to open it: simple-peer loads beside the handshake,
 * ICE servers and policy come from the server, seats are given by it.
 */
import type { Clock } from "../clock.ts";
import type { LinkUpgrade } from "../link/standby.ts";
import type { AttemptOptions, OpenablePath, Upgrade, UpgradeOptions } from "../link/upgrade.ts";
import type { RoomWebRtc, Seams } from "../seams.ts";
import type { IceServer, MemberInfo, Policy } from "../signaling/events.ts";
import type { PathReason, RoomOptions } from "./types.ts";

/** A chunk that could not be fetched is fetched again after this, and then after twice as long … */
const LOAD_AGAIN_MS = 2_000;
/** … up to this; and whenever the server is there (again), which often serves the page too. */
const LOAD_AGAIN_MOST_MS = 60_000;

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
  #factory: RoomWebRtc | null = null;
  #Upgrade: typeof Upgrade | null = null;
  #state: "unloaded" | "loading" | "loaded" | "failed" = "unloaded";
  #iceServers: readonly IceServer[] = [];
  #policy: Policy = { paths: "all", meshLimit: 0 };

  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #wanted = false;
  #unwatch: (() => void) | null = null;

  constructor(options: RoomOptions, clock: Clock, events: MeshEvents, seams: Seams = {}) {
    this.#seams = seams;
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
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
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (!this.possible || this.#state === "loading" || this.#state === "loaded") return;
    this.#state = "loading";
    (this.#seams.fetchWebRtc?.() ?? import("./webrtc.ts")).then(
      ({ createWebRtc, Upgrade }) => {
        this.#Upgrade = Upgrade;
        this.#factory = createWebRtc(this.#options.wrtc, this.#seams);
        this.#factory.setIceServers(this.#iceServers);
        this.#state = "loaded";
        this.#watchBudget();
        this.#events.loaded();
      },
      () => {
        // The chunk could not be fetched; the server path carries everything meanwhile.
        this.#state = "failed";
        this.#loadLater();
        this.#events.loaded();
      },
    );
  }

  #loadLater(): void {
    if (!this.#wanted) return;
    const wait = Math.min(LOAD_AGAIN_MOST_MS, LOAD_AGAIN_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelRetry = this.#clock.after(wait, () => this.load());
  }

  /** Listens to nothing any more until the next {@link load}. */
  stop(): void {
    this.#wanted = false;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
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
    if (!this.possible || !other.webrtc || this.#state === "failed") return "unsupported";
    if (!self.seat || !other.seat) return "no-seat";
    return this.#factory === null ? "connecting" : null;
  }

  /** Makes the upgrade of a link that {@link obstacle} lets have one. */
  upgrade(options: UpgradeOptions): LinkUpgrade {
    if (this.#Upgrade === null) throw new Error("skein: WebRTC is not loaded");
    return new this.#Upgrade(options);
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
