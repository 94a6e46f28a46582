/**
 * This peer's connection to one other peer, whatever carries it. Every link starts on the server
 * path; an upgrade opens WebRTC underneath; reliable frames are numbered, acknowledged and repeated
 * so that none is lost, doubled or reordered when the path changes.
 */
import { type Lane, MAX_LATEST_BUFFERED, type PathKind } from "../path/path.ts";
import type { LinkStats, PathReason } from "../room/types.ts";
import { PROTOCOL, type Signal } from "../signaling/events.ts";
import { type Ack, decodeFrame, encodeFrame, type Hello, PROBED_HIDDEN } from "../wire/index.ts";
import { Carriers } from "./carriers.ts";
import { Inbox } from "./inbox.ts";
import type { Bookmark, LinkOptions } from "./options.ts";
import { Outbox, type Outgoing, type SharedFrame, type UploadTarget } from "./outbox.ts";
import type { PathSlot } from "./upgrade.ts";

export { type Bookmark, NEW_PEER, type StateFrame } from "./options.ts";

/** Between acknowledgements while frames arrive: more would only make the senders keep more. */
const ACK_EVERY_MS = 50;
/** Least time before unacknowledged frames are sent again. */
const RESEND_AFTER_MS = 1_000;
const RESEND_AFTER_ROUND_TRIPS = 4;
/** Each repetition without progress doubles the wait up to this. */
const RESEND_MOST_MS = 8_000;
/** So often in vain over a path that answers: it does not carry what is reliable. */
const STALLED_AFTER_RESENDS = 2;
/** A path that is full is tried again after this, should it not say so itself. */
const FULL_RETRY_MS = 20;
/** A present peer that is further behind than either is reset: nobody else waits for it. */
export const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
export const MAX_BEHIND_MS = 30_000;

/** A present peer that acknowledged nothing for this long does not just have a slow network. */
const STUCK_AFTER_MS = 5_000;
/** A timer this late means that this very page was held up, and acknowledgements wait unread. */
const HELD_UP_MS = 1_000;

export class Link implements UploadTarget {
  readonly peerId: string;
  readonly #options: LinkOptions;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #carriers: Carriers;
  #incarnation: number;
  #helloAcknowledged = false;
  /** What no path had room for, or must be said again: before all else, once there is room. */
  #helloDue = true;
  #ackDue = false;
  /** Whether the peer ever acknowledged a hello of this link. */
  #known = false;
  /** Something of the peer's streams was heard since the app knows of it. */
  #follows: boolean;
  /** Where the streams begin in this incarnation, as its hello says each time it is said. */
  #firstAll: number;
  #firstTo: number;
  #nextTo: number;
  /** Newest presence version that came over a WebRTC path. */
  #presenceHeard = 0;
  /** Newest presence that went over a WebRTC path and is not acknowledged. */
  #presenceSent: { readonly version: number; readonly frame: Uint8Array } | null = null;
  #lastAck = Number.NEGATIVE_INFINITY;
  #cancelAck: (() => void) | null = null;
  #cancelResend: (() => void) | null = null;
  #cancelFull: (() => void) | null = null;
  #cancelRepeat: (() => void) | null = null;
  #resendDue = 0;
  #resends = 0;
  #lastProgress: number;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.peerId = options.peerId;
    this.#incarnation = options.nextIncarnation();
    this.#firstAll = options.nextAll();
    this.#firstTo = this.#nextTo = options.bookmark.ownTo;
    this.#follows = options.bookmark.follows;
    this.#lastProgress = options.clock.now();
    this.#outbox = new Outbox(this);
    this.#inbox = new Inbox(
      (entry) => {
        // An app may leave in the middle of what arrived at once.
        if (this.#closed) return false;
        this.#follows = true;
        return options.events.onEntry(entry);
      },
      options.bookmark,
      (entry) => options.events.mayDeliver?.(entry) ?? true,
    );
    this.#carriers = new Carriers(options, {
      onFrame: (frame, lane, slot) => this.#receive(frame, lane, slot),
      onChange: (repeat) => (repeat ? this.#repeatSoon() : this.pump()),
    });
    this.#sendHello();
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
    return { ...this.#inbox.place, ownTo: this.#nextTo, follows: this.#follows };
  }
  /** A `to` frame is not acknowledged, so that a shared `all` might overtake it. */
  get awaitsOwn(): boolean {
    return this.#outbox.pendingTo > 0;
  }
  get behindBytes(): number {
    return this.#outbox.bytes;
  }
  /** Nothing was acknowledged for seconds although something waits to be and the peer is there. */
  get isStuck(): boolean {
    const { connectedSince } = this.#carriers;
    if (this.#outbox.size === 0 || connectedSince === null) return false;
    const since = Math.max(this.#lastProgress, connectedSince);
    return this.#options.clock.now() - since > STUCK_AFTER_MS;
  }
  /** A WebRTC path answers, or did within the last seconds. */
  get answers(): boolean {
    return this.#carriers.upgrade.current?.health?.usable ?? false;
  }
  /** Clock time at which the peer closed a WebRTC path that still answered. */
  get closedAt(): number {
    return this.#carriers.upgrade.closedAt;
  }
  /** Frames go over the server path, with or without another. */
  get takesUploads(): boolean {
    const onServer = this.#carriers.server && this.#carriers.path === null;
    return onServer && !this.#helloDue && this.#outbox.hasRoom;
  }

  get stats(): LinkStats {
    return {
      path: this.path,
      reason: this.reason,
      rtt: this.#carriers.rtt,
      ...this.#carriers.counts,
      unacknowledged: this.#outbox.bytes,
      resent: this.#outbox.resent,
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
    this.#repeatSoon();
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

  /** Queues a frame of `all`, for {@link pump} to send; `since` is the clock time of the call. */
  queueAll(shared: SharedFrame, since: number, settle: (missed: boolean) => void): void {
    const afterTo = this.#outbox.pendingTo;
    const copy = afterTo > 0;
    this.#push({
      stream: "all",
      number: shared.number,
      frame: copy
        ? encodeFrame({ kind: "allCopy", number: shared.number, afterTo, entry: shared.entry })
        : shared.frame,
      shared: copy ? null : shared,
      since,
      settle,
    });
  }

  /** Queues a frame to this peer alone, for {@link pump} to send. */
  queueTo(entry: Uint8Array, since: number, settle: (missed: boolean) => void): void {
    const number = this.#nextTo++;
    const afterAll = this.#options.nextAll() - 1;
    this.#push({
      stream: "to",
      number,
      frame: encodeFrame({ kind: "to", number, afterAll, entry }),
      shared: null,
      since,
      settle,
    });
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
    this.#presenceSent = { version, frame };
    this.#carriers.overPath(frame, "reliable");
    this.#armResend();
  }

  /** Says goodbye on every WebRTC path; the server is told once for all. */
  sayGoodbye(): void {
    const goodbye = encodeFrame({ kind: "goodbye", incarnation: this.#incarnation });
    this.#carriers.overPath(goodbye, "reliable");
  }

  /** Sends what the window and the paths have room for. */
  pump(): void {
    if (this.#closed) return;
    if (this.#helloDue) this.#sendHello();
    // Without hello the peer could only hold what follows.
    if (this.#helloDue) return;
    if (this.#ackDue) this.#sendAck();
    for (let item = this.#outbox.next(); item !== undefined; item = this.#outbox.next()) {
      if (!this.#carry(item)) {
        // The server path says itself when it has room; without any path there is nothing to try.
        if (this.#carriers.path !== null) this.#pumpLater();
        break;
      }
    }
    if (this.#outbox.size > 0) this.#armResend();
  }

  #pumpLater(): void {
    this.#cancelFull ??= this.#options.clock.after(FULL_RETRY_MS, () => {
      this.#cancelFull = null;
      this.pump();
    });
  }

  uploaded(shared: SharedFrame): void {
    this.#outbox.markSharedSent(shared);
    this.#carriers.sent(shared.frame);
    this.#armResend();
  }

  /** What {@link LinkEvents.mayDeliver} answers may have changed. */
  rightsChanged(): void {
    if (this.#closed) return;
    this.#inbox.release();
    this.#acknowledge();
  }

  /** A frame arrived over the server path. */
  receiveFromServer(frame: Uint8Array): void {
    this.#receive(frame, "reliable", null);
  }

  /** Gives up what is not acknowledged and begins a new incarnation: the peer was too far behind. */
  reset(): void {
    if (this.#closed) return;
    this.#incarnation = this.#options.nextIncarnation();
    this.#helloAcknowledged = false;
    this.#outbox.drop();
    this.#firstAll = this.#options.nextAll();
    this.#firstTo = this.#nextTo;
    this.#resends = 0;
    this.#cancelResend?.();
    this.#cancelResend = null;
    this.#sendHello();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelAck?.();
    this.#cancelResend?.();
    this.#cancelFull?.();
    this.#cancelRepeat?.();
    this.#carriers.close();
    this.#outbox.drop();
  }

  #push(item: Omit<Outgoing, "sent" | "sentBefore">): void {
    if (this.#closed) item.settle(true);
    else {
      if (this.#outbox.size === 0) this.#lastProgress = this.#options.clock.now();
      this.#outbox.push(item);
    }
  }

  #carry(item: Outgoing): boolean {
    const { path, server } = this.#carriers;
    // Marks it sent here and for everybody else whom the upload reached.
    if (item.shared !== null && path === null)
      return server && this.#options.server.upload(item.shared);
    const taken = this.#carriers.everyWay(item.frame);
    if (taken) this.#outbox.markSent(item);
    return taken;
  }

  /** A control frame goes down every carrier there is. False when none could take it. */
  #control(frame: Uint8Array): boolean {
    const taken = this.#carriers.everyWay(frame);
    if (!taken && this.#carriers.path !== null) this.#pumpLater();
    return taken;
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
        this.#hello(frame);
        break;
      case "ack":
        this.#acknowledged(frame);
        break;
      case "goodbye":
        if (frame.incarnation >= this.#inbox.place.incarnation) this.#options.events.onGoodbye();
        break;
      case "all":
      case "allCopy":
      case "to":
        if (this.#inbox.accept(frame) === "dropped") this.#options.events.onRefused("inbox-full");
        this.#acknowledge();
        break;
      case "presence":
        this.#presenceHeard = Math.max(this.#presenceHeard, frame.version);
        this.#options.events.onState(frame);
        this.#acknowledge();
        break;
      case "cursor":
      case "latest":
        this.#options.events.onState(frame);
        break;
      default:
        this.#options.events.onRefused(`frame-${frame.kind}`);
    }
  }

  #hello(hello: Hello): void {
    const before = this.#inbox.place;
    if (hello.incarnation < before.incarnation) return;
    this.#carriers.upgrade.heardOf(hello.attempt);
    if (hello.incarnation > before.incarnation) {
      this.#inbox.hello(hello);
      const missed = hello.nextAll > before.nextAll || hello.nextTo > before.nextTo;
      if (before.incarnation > 0) {
        this.#options.events.onReset(missed && this.#follows);
        // It knew of this link, and has forgotten where our numbers stand.
        if (hello.accepted === 0 && this.#known) this.reset();
        // What waited in its former link's inbox went with that.
        else this.#repeatSoon();
      }
      this.#follows = true;
      this.#inbox.release();
    }
    this.#sendAck();
  }

  #acknowledged(ack: Ack): void {
    if (ack.incarnation !== this.#incarnation) return;
    if (ack.all > this.#options.nextAll() || ack.to > this.#nextTo) {
      this.#options.events.onRefused("ack-ahead");
      return;
    }
    const progress = !this.#helloAcknowledged;
    this.#helloAcknowledged = this.#known = true;
    this.#helloDue = false;
    if (this.#presenceSent !== null && ack.presenceVersion >= this.#presenceSent.version) {
      this.#presenceSent = null;
    }
    if (this.#outbox.acknowledge(ack.all, ack.to) === 0 && !progress) return;
    const now = this.#options.clock.now();
    this.#resends = 0;
    this.#lastProgress = now;
    // Acknowledgements that waited while this page was held up prove nobody late.
    const overdue = this.#cancelResend !== null && now > this.#resendDue;
    this.#cancelResend?.();
    this.#cancelResend = null;
    if (!overdue && this.#tooFarBehind(now)) {
      this.reset();
      return;
    }
    this.pump();
    this.#armResend();
  }

  /** The clock stands still while the peer cannot be reached. */
  #tooFarBehind(now: number): boolean {
    const { oldest } = this.#outbox;
    const { connectedSince } = this.#carriers;
    if (oldest === undefined || connectedSince === null) return false;
    return now - Math.max(oldest.since, connectedSince) > MAX_BEHIND_MS;
  }

  /** Acknowledges at once when the last time is long enough ago, otherwise when it will be. */
  #acknowledge(): void {
    if (this.#inbox.place.incarnation === 0) return;
    const wait = this.#lastAck + ACK_EVERY_MS - this.#options.clock.now();
    if (wait <= 0 || this.#options.hidden()) this.#sendAck();
    else this.#cancelAck ??= this.#options.clock.after(wait, () => this.#sendAck());
  }

  #sendAck(): void {
    this.#cancelAck?.();
    this.#cancelAck = null;
    if (this.#closed) return;
    const { incarnation, nextAll, nextTo } = this.#inbox.place;
    if (incarnation === 0) return;
    this.#lastAck = this.#options.clock.now();
    const presenceVersion = this.#presenceHeard;
    this.#ackDue = !this.#control(
      encodeFrame({ kind: "ack", incarnation, all: nextAll, to: nextTo, presenceVersion }),
    );
  }

  #sendHello(): void {
    if (this.#closed) return;
    this.#helloDue = !this.#control(
      encodeFrame({
        kind: "hello",
        protocol: PROTOCOL,
        features: 0,
        incarnation: this.#incarnation,
        accepted: this.#inbox.place.incarnation,
        nextAll: this.#firstAll,
        nextTo: this.#firstTo,
        presenceVersion: this.#options.presenceVersion(),
        attempt: this.#carriers.upgrade.attempt,
      }),
    );
    this.#armResend();
  }

  /**
   * Says everything again that the peer has not acknowledged. In a moment: when a socket resumes,
   * every link has its turn first, and what several wait for is uploaded once.
   */
  #repeatSoon(): void {
    if (this.#closed) return;
    this.#outbox.rewind();
    this.#resends = 0;
    this.#ackDue = true;
    this.#helloDue = !this.#helloAcknowledged;
    this.#cancelRepeat ??= this.#options.clock.after(0, () => {
      this.#cancelRepeat = null;
      this.#sayAgain();
    });
  }

  /** Sends hello and presence, if they are not acknowledged, and what the outbox has. */
  #sayAgain(): void {
    this.#helloDue = !this.#helloAcknowledged;
    if (this.#presenceSent !== null) this.#carriers.overPath(this.#presenceSent.frame, "reliable");
    this.pump();
    this.#armResend();
  }

  /** Whether something is on its way that the peer has not acknowledged. */
  get #unheard(): boolean {
    const presence = this.#presenceSent !== null && this.#carriers.path !== null;
    return !this.#helloAcknowledged || this.#outbox.size > 0 || presence;
  }

  #armResend(): void {
    if (this.#cancelResend !== null || this.#closed || !this.#unheard) return;
    const wait = Math.min(
      RESEND_MOST_MS,
      Math.max(RESEND_AFTER_MS, RESEND_AFTER_ROUND_TRIPS * (this.#carriers.rtt ?? 0)) *
        2 ** this.#resends,
    );
    this.#resendDue = this.#options.clock.now() + wait;
    this.#cancelResend = this.#options.clock.after(wait, () => this.#resend());
  }

  #resend(): void {
    this.#cancelResend = null;
    if (!this.#unheard) return;
    const now = this.#options.clock.now();
    if (this.#carriers.connectedSince !== null) {
      if (now - this.#resendDue > HELD_UP_MS) this.#carriers.connectedSince = now;
      if (this.#tooFarBehind(now)) {
        this.reset();
        return;
      }
      this.#resends += 1;
      this.#outbox.rewind();
      if (this.#resends === STALLED_AFTER_RESENDS) this.#carriers.stalled();
      this.#sayAgain();
    }
    this.#armResend();
  }
}
