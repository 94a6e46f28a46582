/**
 * This peer's connection to one other peer, whatever carries it. Every link starts on the server
 * path; an upgrade opens WebRTC underneath; reliable frames are numbered, acknowledged and repeated
 * so that none is lost, doubled or reordered when the path changes.
 */
import { type Lane, MAX_LATEST_BUFFERED, type PathKind } from "../path/path.ts";
import type { LinkStats, PathReason } from "../room/types.ts";
import type { Signal } from "../signaling/events.ts";
import { decodeFrame, encodeFrame, PROBED_HIDDEN } from "../wire/index.ts";
import { Carriers } from "./carriers.ts";
import { Hearing } from "./hearing.ts";
import type { Bookmark, LinkOptions } from "./options.ts";
import type { SharedFrame } from "./outbox.ts";
import { Saying } from "./saying.ts";
import type { PathSlot } from "./upgrade.ts";

export { type Bookmark, NEW_PEER, type StateFrame } from "./options.ts";
export { MAX_BEHIND_BYTES, MAX_BEHIND_MS } from "./saying.ts";

export class Link {
  readonly peerId: string;
  readonly #options: LinkOptions;
  readonly #hearing: Hearing;
  readonly #saying: Saying;
  readonly #carriers: Carriers;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.peerId = options.peerId;
    this.#hearing = new Hearing(options, {
      send: (frame) => this.#saying.acknowledgement(frame),
      gathered: () =>
        this.#carriers.path === null &&
        this.#carriers.server &&
        options.server.acknowledge?.(this.#hearing),
      onAnew: (accepted) => this.#saying.peerBegan(accepted),
    });
    this.#carriers = new Carriers(options, {
      onFrame: (frame, lane, slot) => this.#receive(frame, lane, slot),
      onLost: () => this.#saying.lost("path"),
      onChange: (repeat) => (repeat ? this.#saying.repeatSoon() : this.pump()),
    });
    this.#saying = new Saying(options, this.#carriers, this.#hearing);
    this.#saying.hello();
  }

  get path(): PathKind {
    return this.#carriers.kind;
  }
  get reason(): PathReason | null {
    return this.#carriers.reason;
  }
  /** How full its WebRTC path is, if that carries frames; 1: lane `latest` takes no more. */
  get load(): number | undefined {
    const { path } = this.#carriers;
    return path === null ? undefined : path.buffered / MAX_LATEST_BUFFERED;
  }
  get bookmark(): Bookmark {
    return { ...this.#hearing.bookmark, ownTo: this.#saying.nextTo };
  }
  /** A `to` frame is not acknowledged, so that a shared `all` might overtake it. */
  get awaitsOwn(): boolean {
    return this.#saying.awaitsOwn;
  }
  get behindBytes(): number {
    return this.#saying.bytes;
  }
  /** Nothing was acknowledged for seconds although something waits to be and the peer is there. */
  get isStuck(): boolean {
    return this.#saying.isStuck;
  }
  /** A WebRTC path answers, or did within the last seconds. */
  get answers(): boolean {
    return this.#carriers.upgrade.current?.health?.usable ?? false;
  }
  /** Clock time at which the peer closed a WebRTC path that still answered. */
  get closedAt(): number {
    return this.#carriers.upgrade.closedAt;
  }
  get stats(): LinkStats {
    return {
      path: this.path,
      reason: this.reason,
      rtt: this.#carriers.rtt,
      ...this.#carriers.counts,
      unacknowledged: this.#saying.bytes,
      resent: this.#saying.resent,
      attempts: this.#carriers.upgrade.attempts,
    };
  }

  /** WebRTC may be used from now on (null), or not any more and why. */
  allow(reason: PathReason | null): void {
    if (!this.#closed) this.#carriers.upgrade.allow(reason);
  }

  /** `server.reachable()` changed, or one of the sockets was replaced. */
  serverChanged(): void {
    if (this.#closed) return;
    const reachable = this.#carriers.choose();
    // What went over the lost socket may be lost with it.
    this.#saying.lost("server");
    this.#saying.repeatSoon();
    if (reachable) this.retryNow();
  }

  /** The network changed or the machine woke. */
  retryNow(): void {
    this.#carriers.upgrade.retryNow();
  }

  signal(signal: Signal): void {
    const refused = this.#carriers.upgrade.signal(signal);
    if (refused !== null) this.#options.events.onRefused(refused);
  }

  /** Queues a frame of `all`, for {@link pump} to send. */
  queueAll(shared: SharedFrame, settle: (missed: boolean) => void): void {
    this.#saying.queueAll(shared, settle);
  }

  /** Queues a frame to this peer alone, for {@link pump} to send. */
  queueTo(entry: Uint8Array, settle: (missed: boolean) => void): void {
    this.#saying.queueTo(entry, settle);
  }

  /**
   * Sends a frame of the latest lane over WebRTC. True when the server path must carry it (too):
   * the caller uploads it once for all links that say so.
   */
  sendLatest(frame: Uint8Array): boolean {
    this.#carriers.overPath(frame, "latest");
    return this.#carriers.server;
  }

  /** Sends one's presence over WebRTC; the server distributes it on its own. */
  sendPresence(version: number, frame: Uint8Array): void {
    // With no path at all it waits for one; with only the server path the server has it.
    if (this.#carriers.path === null && this.#carriers.server) return;
    this.#saying.presence(version, frame);
  }

  /** Says goodbye on every WebRTC path; the server is told once for all. */
  sayGoodbye(): void {
    this.#saying.goodbye();
  }

  /** Sends what the window and the paths have room for. */
  pump(): void {
    this.#saying.pump();
  }

  /** What {@link LinkEvents.mayDeliver} answers may have changed. */
  rightsChanged(): void {
    if (!this.#closed) this.#hearing.release();
  }

  /** Sends what goes before all else, and waits for room on the server path. */
  pumpControl(): void {
    this.#saying.pumpControl();
  }

  /** Sends the next frame by the server. */
  pumpOne(): "sent" | "nothing" | "full" {
    return this.#saying.pumpOne();
  }

  /** A frame arrived over the server path. */
  receiveFromServer(frame: Uint8Array): void {
    this.#receive(frame, "reliable", null);
  }

  /** Gives up what is not acknowledged and begins a new incarnation: the peer was too far behind. */
  reset(): void {
    this.#saying.reset();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hearing.close();
    this.#saying.close();
  }

  #receive(bytes: Uint8Array, lane: Lane, slot: PathSlot | null): void {
    if (this.#closed) return;
    this.#carriers.counts.framesReceived += 1;
    this.#carriers.counts.bytesReceived += bytes.length;
    const frame = decodeFrame(bytes);
    switch (frame.kind) {
      case "probe":
        slot?.path?.send(
          encodeFrame({
            kind: "probed",
            n: frame.n,
            flags: this.#options.hidden() ? PROBED_HIDDEN : 0,
          }),
          lane,
        );
        break;
      case "probed":
        this.#carriers.peerHidden = (frame.flags & PROBED_HIDDEN) !== 0;
        slot?.health?.answered(frame.n);
        break;
      case "hello":
        if (frame.incarnation < this.#hearing.place.incarnation) break;
        this.#carriers.upgrade.heardOf(frame.attempt);
        this.#hearing.hello(frame);
        break;
      case "ack":
        this.#saying.acknowledged(frame);
        break;
      case "goodbye":
        if (frame.incarnation >= this.#hearing.place.incarnation) this.#options.events.onGoodbye();
        break;
      case "all":
      case "allCopy":
      case "to":
        this.#hearing.reliable(frame);
        break;
      case "presence":
        this.#hearing.presence(frame);
        break;
      case "cursor":
      case "latest":
        this.#options.events.onState(frame);
        break;
      default:
        this.#options.events.onRefused(`frame-${frame.kind}`);
    }
  }
}
