/**
 * The WebRTC path: two data channels, one per lane, negotiated by simple-peer.
 *
 *   opening ──both channels open──▶ settling ──kind known──▶ open ──▶ closed
 *      └───────────────────────────────┴── failure, time limit ─────────▲
 *
 * simple-peer emits `connect` only after it has polled statistics; here the path is open as soon as
 * its channels are and it is known whether they go through TURN.
 */
import type { Clock } from "../clock.ts";
import type { WebRtcImplementation } from "../room/types.ts";
import type { Seams } from "../seams.ts";
import type { IceServer, SignalData } from "../signaling/events.ts";
import type { ConnectionBudget, Need } from "./budget.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { Channels } from "./channels.ts";
import { PairWatch } from "./pair-watch.ts";
import type { Lane, Path, PathEvents } from "./path.ts";
import { withSeam } from "./peer-connection.ts";
import { type RelayFailure, RelayWatch } from "./relay-watch.ts";
import { relayedOnly } from "./relayed-only.ts";
import { SignalGate } from "./signal-gate.ts";
import type { SimplePeer, SimplePeerConstructor } from "./simple-peer.ts";

/**
 * Without an answer or a candidate no browser ever says `failed`. Where one would, it may: that takes
 * up to 16 s (Chromium), and tells more than the end of our patience does.
 */
export const CONNECT_TIMEOUT_MS = 18_000;
/** A TURN server that gave no relayed address by now gives none; one across the world takes 1 s. */
const RELAY_LIMIT_MS = 4_000;

/** Why a path closed: each is a `PathReason`. */
export type WebRtcCloseReason =
  | "ice-failed"
  | "timeout"
  | "too-many-connections"
  | "path-lost"
  | RelayFailure;

export interface WebRtcPathEvents extends PathEvents {
  onClose(reason: WebRtcCloseReason): void;
  /** Whether the path goes through TURN: once just before `onOpen`, and whenever it changes. */
  onKind?(kind: "direct" | "relay"): void;
  /** The true ICE state, also where it is hidden from simple-peer (see `repairs`). */
  onIceState?(state: RTCIceConnectionState): void;
}

export interface WebRtcPathOptions extends Need {
  /** Exactly one of the two peers initiates. */
  readonly initiator: boolean;
  readonly iceServers: readonly IceServer[];
  /** Use TURN only, and tell the other peer no address but the TURN server's. */
  readonly relayOnly: boolean;
  /**
   * The owner repairs an open path after ICE failed, by `restartIce` (its own or the other peer's),
   * and closes it when that does not help: failure then does not close it. Without effect where
   * `canRestart` is false. Default false.
   */
  readonly repairs?: boolean;
  /** Default CONNECT_TIMEOUT_MS. */
  readonly connectTimeoutMs?: number;
  readonly clock: Clock;
  /** It is closed, by whomever. */
  onEnd?(): void;
  sendSignal(data: SignalData): void;
  readonly events: WebRtcPathEvents;
}

/** What the page provides, the same for every path. */
export interface WebRtcTools {
  readonly SimplePeer: SimplePeerConstructor;
  readonly wrtc: WebRtcImplementation;
  readonly canRestart: boolean;
  readonly budget: ConnectionBudget;
  readonly seams: Seams;
}

export class WebRtcPath implements Path {
  readonly #options: WebRtcPathOptions;
  readonly #tools: WebRtcTools;
  readonly #gate: SignalGate;
  readonly #channels: Channels;
  #state: "opening" | "settling" | "open" | "closed" = "opening";
  #peer: SimplePeer | null = null;
  #connection: RTCPeerConnection | null = null;
  #watch: PairWatch | null = null;
  #relays: RelayWatch | null = null;
  #cancelTimer = ignore;
  #error: Error | null = null;
  #iceServers: readonly IceServer[];
  readonly #since: number;

  /** Made by `open` of what `loadWebRtc` gives. */
  constructor(options: WebRtcPathOptions, tools: WebRtcTools) {
    this.#options = options;
    this.#since = options.clock.now();
    this.#iceServers = options.iceServers;
    this.#tools = tools;
    this.#gate = new SignalGate(options.initiator, options.clock);
    this.#channels = new Channels({
      onOpen: () => {
        this.#state = "settling";
        this.#watch?.start();
      },
      onFrame: (frame, lane) => {
        const take = () => options.events.onFrame(frame, lane);
        const { pass } = tools.seams;
        if (pass === undefined) take();
        else pass("webrtc-in", lane, () => this.#state === "open" && take());
      },
      onClose: () => this.#end("path-lost"),
    });
    const refused = tools.budget.take(options) !== "ok" ? "too-many-connections" : this.#begin();
    // Whoever made the path gets to hold it before it is told that it is gone.
    this.#cancelTimer = refused
      ? options.clock.after(0, () => this.#end(refused))
      : options.clock.after(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS, () =>
          this.#end("timeout"),
        );
  }

  /** Null until it is known; then never wrong for longer than a look at the statistics takes. */
  get kind(): "direct" | "relay" | null {
    return this.#watch?.kind ?? null;
  }

  /** What an attempt that the peer gave up should be put down to, as far as TURN is to blame. */
  get relayFailure(): RelayFailure | null {
    if (this.#options.clock.now() - this.#since < RELAY_LIMIT_MS) return null;
    return this.#relays?.failure ?? null;
  }

  get relayOnly(): boolean {
    return this.#options.relayOnly;
  }

  /** Round-trip time as ICE measured it when the pair was last looked at, in milliseconds. */
  get rtt(): number | null {
    return this.#watch?.pair?.rtt ?? null;
  }

  get buffered(): number {
    return this.#channels.buffered;
  }

  get queued(): number {
    return this.#channels.queued;
  }

  /** Signals of the other peer that did not fit and were dropped. */
  get refusedSignals(): number {
    return this.#gate.refused;
  }

  /** What WebRTC said when something failed, for developers. */
  get error(): Error | null {
    return this.#error;
  }

  /** A signal of the other peer's. Whatever does not fit is dropped and counted. */
  signal(data: SignalData): void {
    if (this.#peer === null) return;
    const fitting = this.#gate.incoming(data);
    if (fitting === null) return;
    this.#watch?.learn(fitting.type === "candidate" ? fitting.candidate.candidate : fitting.sdp);
    try {
      this.#peer.signal(fitting);
    } catch {
      this.#gate.refuse();
    }
  }

  send(frame: Uint8Array, lane: Lane): boolean {
    if (this.#state !== "open") return false;
    const { pass } = this.#tools.seams;
    if (pass === undefined) return this.#channels.send(frame, lane);
    pass("webrtc-out", lane, () => this.#state === "open" && this.#channels.send(frame, lane));
    return true;
  }

  /**
   * Begins an ICE restart with fresh ICE servers. False where that would not help: at the responder,
   * before the path opened, and in browsers whose channels do not survive it; a new attempt does.
   */
  restartIce(iceServers: readonly IceServer[] = this.#iceServers): boolean {
    if (!this.#options.initiator || !this.#tools.canRestart || this.#state !== "open") return false;
    if (this.#connection === null || this.#peer === null) return false;
    if (!this.setIceServers(iceServers)) return false;
    this.#connection.restartIce();
    this.#peer.signal({ type: "renegotiate", renegotiate: true });
    return true;
  }

  /** ICE servers for the next restart, whoever begins it. False when WebRTC cannot use them. */
  setIceServers(iceServers: readonly IceServer[]): boolean {
    this.#iceServers = iceServers;
    try {
      this.#connection?.setConfiguration({
        ...this.#connection.getConfiguration(),
        iceServers: iceServers.map(asRtcIceServer),
      });
      return this.#connection !== null;
    } catch (error) {
      this.#error = asError(error);
      return false;
    }
  }

  /** The pair in use, read anew; null while there is none. */
  async selectedPair(): Promise<CandidatePair | null> {
    return (await this.#watch?.read()) ?? null;
  }

  close(): void {
    if (this.#state !== "closed") this.#options.onEnd?.();
    this.#state = "closed";
    this.#cancelTimer();
    this.#watch?.stop();
    this.#relays?.stop();
    this.#channels.release();
    this.#connection?.removeEventListener("icecandidate", this.#candidate);
    const peer = this.#peer;
    this.#peer = this.#connection = this.#watch = this.#relays = null;
    if (peer === null) return;
    peer.removeAllListeners();
    // What comes too late to matter must still find a listener, or it would be thrown.
    peer.on("error", ignore);
    peer.destroy();
  }

  /** A reason when it failed on the spot. */
  #begin(): WebRtcCloseReason | null {
    const { initiator, iceServers, relayOnly, repairs = false } = this.#options;
    const { SimplePeer, wrtc, canRestart, budget } = this.#tools;
    try {
      this.#peer = new SimplePeer({
        initiator,
        trickle: true,
        objectMode: true,
        channelName: "reliable",
        // With trickle it decides nothing, but the timer of the default, 5 s, would outlive the peer.
        iceCompleteTimeout: 1,
        config: {
          iceServers: iceServers.map(asRtcIceServer),
          iceTransportPolicy: relayOnly ? "relay" : "all",
        },
        wrtc: withSeam(wrtc, {
          onConnection: (connection) => this.#made(connection),
          onChannel: (channel, lane) => this.#channels.add(channel, lane),
          onDescription: (applied) => this.#gate.settled(applied),
          onRefusedCandidate: () => this.#gate.refuse(),
          onIceState: (state) => this.#iceStateChanged(state),
          hidesFailure: () => repairs && canRestart && this.#state === "open",
        }),
      });
    } catch (error) {
      this.#error = asError(error);
    }
    const made = this.#connection !== null;
    if (!made) budget.giveBack(this.#options);
    if (this.#peer === null) return "ice-failed";
    this.#peer.on("signal", (data) => {
      // Candidates are taken from their own event, with their user name fragment.
      if (data.type !== "offer" && data.type !== "answer") return;
      if (typeof data.sdp !== "string") return;
      this.#gate.sent(data.type);
      this.#sendSignal({ type: data.type, sdp: data.sdp });
    });
    this.#peer.on("error", (error) => {
      this.#error = error;
      if (!made && !isConfigurationError(error)) this.#end("too-many-connections");
      else this.#end(this.#state === "open" ? "path-lost" : "ice-failed");
    });
    this.#peer.on("close", () => this.#end("path-lost"));
    // Frames are read from the channels; simple-peer's copies must not pile up in its stream.
    this.#peer.resume();
    return null;
  }

  #made(connection: RTCPeerConnection): void {
    this.#connection = connection;
    this.#tools.budget.follow(connection, this.#options);
    connection.addEventListener("icecandidate", this.#candidate);
    this.#relays = new RelayWatch(connection, this.#options.iceServers);
    this.#watch = new PairWatch({
      connection,
      clock: this.#options.clock,
      relayOnly: this.#options.relayOnly,
      onKind: (kind) => {
        this.#options.events.onKind?.(kind);
        if (this.#state === "settling") this.#opened();
      },
    });
  }

  #opened(): void {
    this.#state = "open";
    this.#cancelTimer();
    this.#options.events.onOpen();
    this.#channels.read();
  }

  #iceStateChanged(state: RTCIceConnectionState): void {
    if (this.#state === "closed") return;
    this.#options.events.onIceState?.(state);
    if (state === "connected" || state === "completed") this.#watch?.recheck();
  }

  readonly #candidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
    // Firefox says the end of candidates with an empty one.
    if (candidate === null || candidate.candidate === "") return;
    this.#sendSignal({
      type: "candidate",
      candidate: {
        candidate: candidate.candidate,
        sdpMid: candidate.sdpMid,
        sdpMLineIndex: candidate.sdpMLineIndex,
        usernameFragment: candidate.usernameFragment,
      },
    });
  };

  #sendSignal(data: SignalData): void {
    const allowed = this.#options.relayOnly ? relayedOnly(data) : data;
    if (allowed !== null) this.#options.sendSignal(allowed);
  }

  #end(reason: WebRtcCloseReason): void {
    if (this.#state === "closed") return;
    const unopened = reason === "ice-failed" || reason === "timeout";
    const relays = unopened ? (this.#relays?.failure ?? null) : null;
    this.close();
    this.#options.events.onClose(relays ?? reason);
  }
}

const asRtcIceServer = ({ urls, ...rest }: IceServer): RTCIceServer => ({
  ...rest,
  urls: typeof urls === "string" ? urls : [...urls],
});

const asError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** What constructors throw over ICE servers they cannot use, as opposed to too many connections. */
const isConfigurationError = ({ name }: Error) =>
  ["SyntaxError", "TypeError", "InvalidAccessError", "NotSupportedError"].includes(name);

function ignore(): void {}
