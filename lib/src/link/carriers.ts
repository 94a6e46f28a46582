/**
 * What carries the frames of one link: the server path from the start, a WebRTC path once it is
 * verified, both while that one is suspect.
 */
import type { Lane, Path, PathKind } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import { encodeFrame } from "../wire/index.ts";
import type { LinkOptions } from "./options.ts";
import { type LinkUpgrade, Standby } from "./standby.ts";
import type { PathSlot } from "./upgrade.ts";

export interface CarriersEvents {
  /** A frame arrived over the WebRTC path of this slot. */
  onFrame(frame: Uint8Array, lane: Lane, slot: PathSlot): void;
  /** The WebRTC path in use is not any more: what it had not delivered is lost with it. */
  onLost(): void;
  /** `repeat`: what was said only by what is in use no longer, or is doubted, is to be said again. */
  onChange(repeat: boolean): void;
}

export class Carriers {
  readonly #options: LinkOptions;
  readonly #events: CarriersEvents;
  upgrade: LinkUpgrade;
  kind: PathKind = "server";
  reason: PathReason | null = "connecting";
  /** The WebRTC path that frames go over, if any. */
  path: Path | null = null;
  /** Whether frames go over the server path. */
  server = false;
  /** Since when the peer can be reached, by whatever path; null while it cannot. */
  connectedSince: number | null = null;
  /** A path that answers, but over which nothing reliable seems to arrive. */
  #stalled: Path | null = null;
  /** Bytes that the path in use took reliably, and how many of them had left when last looked. */
  #taken = 0;
  #left = 0;
  /** What the peer's newest answer to a probe said of its tab. */
  peerHidden = false;
  readonly counts = {
    bytesSent: 0,
    bytesReceived: 0,
    framesSent: 0,
    framesReceived: 0,
    handovers: 0,
  };

  constructor(options: LinkOptions, events: CarriersEvents) {
    this.#options = options;
    this.#events = events;
    this.upgrade = new Standby(
      () => this.#createUpgrade(),
      () => this.#pathsChanged(),
    );
    this.choose();
  }

  get rtt(): number | null {
    return this.kind === "server"
      ? this.#options.server.rtt
      : (this.upgrade.current?.health?.roundTrip.smoothed ?? null);
  }

  /** Decides what carries frames now. True when the server can reach the peer. */
  choose(): boolean {
    const { current } = this.upgrade;
    const before = this.path;
    const works = current?.health?.usable ?? false;
    const reachable = this.#options.server.reachable();
    // Without the server even a path that seems dead is better than none.
    this.path = works || !reachable ? (current?.path ?? null) : null;
    this.server = reachable && (current?.health?.state !== "live" || this.path === this.#stalled);
    if (!reachable && !works) this.connectedSince = null;
    else this.connectedSince ??= this.#options.clock.now();
    if (this.path !== before) {
      this.#taken = this.#left = 0;
      if (before !== null) this.#events.onLost();
    }
    this.#announce(works ? (current?.kind ?? "direct") : "server");
    return reachable;
  }

  /**
   * Nothing is acknowledged that went over the path in use: the server path helps it out for the rest
   * of its life. Probes go over the lossy channel, and SCTP may leave the other one waiting for long.
   */
  stalled(): void {
    this.#stalled = this.path;
    this.#pathsChanged();
  }

  /** Something waits on the reliable lane of the path in use. */
  get waits(): boolean {
    return this.path !== null && this.path.queued > 0;
  }

  /** More of what waits there has left since the last call: it is slow, not stalled. */
  drains(): boolean {
    const before = this.#left;
    this.#left = this.#taken - (this.path?.queued ?? 0);
    return this.waits && this.#left > before;
  }

  /** Sends over the WebRTC path, if there is one that takes it. */
  overPath(frame: Uint8Array, lane: Lane): boolean {
    if (this.path?.send(frame, lane) !== true) return false;
    if (lane === "reliable") this.#taken += frame.length;
    this.upgrade.current?.health?.streamed();
    this.sent(frame);
    return true;
  }

  /** Sends by the server, if that is in use and has room. */
  overServer(frame: Uint8Array): boolean {
    if (!this.server || !this.#options.server.send(frame, "reliable")) return false;
    this.sent(frame);
    return true;
  }

  /** Sends down every carrier there is. False when the one that is to be relied on did not take it. */
  everyWay(frame: Uint8Array): boolean {
    const overPath = this.overPath(frame, "reliable");
    // In use at all, it is because the path is not trusted.
    return this.server ? this.overServer(frame) : overPath;
  }

  sent({ length }: Uint8Array): void {
    this.counts.framesSent += 1;
    this.counts.bytesSent += length;
  }

  close(): void {
    this.upgrade.close();
    this.path = null;
    this.server = false;
  }

  #createUpgrade(): LinkUpgrade {
    const { clock, hidden, upgrade } = this.#options;
    this.upgrade = upgrade.create({
      ...upgrade,
      clock,
      hidden: () => hidden() || this.peerHidden,
      sendProbe: (path, n, lane) => path.send(encodeFrame({ kind: "probe", n }), lane),
      onFrame: this.#events.onFrame,
      onRefused: this.#options.events.onRefused,
      onChange: () => this.#pathsChanged(),
    });
    return this.upgrade;
  }

  #pathsChanged(): void {
    const { path, server } = this;
    this.choose();
    const lost = path !== null && path !== this.path;
    const gained = server ? false : this.server || path !== this.path;
    this.#events.onChange(lost || gained);
  }

  #announce(kind: PathKind): void {
    const previous = this.kind;
    const { reason } = this.upgrade;
    if (reason !== this.reason) {
      this.reason = reason;
      this.#options.events.onReason(reason);
    }
    if (kind === previous) return;
    this.kind = kind;
    this.counts.handovers += 1;
    this.#options.events.onPath(kind, previous);
  }
}
