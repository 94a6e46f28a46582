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
  /** `repeat`: what is not acknowledged may be lost, or has not gone the way it should go now. */
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
    const works = current?.health?.usable ?? false;
    const reachable = this.#options.server.reachable();
    // Without the server even a path that seems dead is better than none.
    this.path = works || !reachable ? (current?.path ?? null) : null;
    this.server = reachable && (current?.health?.state !== "live" || this.path === this.#stalled);
    if (!reachable && !works) this.connectedSince = null;
    else this.connectedSince ??= this.#options.clock.now();
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

  /** Sends over the WebRTC path, if there is one that takes it. */
  overPath(frame: Uint8Array, lane: Lane): boolean {
    if (this.path?.send(frame, lane) !== true) return false;
    this.upgrade.current?.health?.streamed();
    this.sent(frame);
    return true;
  }

  /** Sends down every carrier there is. False when none could take it. */
  everyWay(frame: Uint8Array): boolean {
    const overPath = this.overPath(frame, "reliable");
    if (!this.server || !this.#options.server.send(frame, "reliable")) return overPath;
    this.sent(frame);
    return true;
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
      onChange: () => this.#pathsChanged(),
    });
    return this.upgrade;
  }

  #pathsChanged(): void {
    const { path, server } = this;
    this.choose();
    const gained = this.server && !server;
    // What the lost path had not delivered is lost with it.
    const lost = path !== null && path !== this.path;
    const only = this.path !== path && !this.server && !server;
    this.#events.onChange(gained || lost || only);
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
