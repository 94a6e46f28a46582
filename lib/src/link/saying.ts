/**
 * What is said to the peer reliably: hello first, then frames in the order of the calls, and all of it
 * again until it is acknowledged.
 */
import { PROTOCOL } from "../signaling/events.ts";
import { type Ack, encodeFrame } from "../wire/index.ts";
import type { Carriers } from "./carriers.ts";
import type { Hearing } from "./hearing.ts";
import type { LinkOptions } from "./options.ts";
import { Outbox, type Outgoing, type SharedFrame, type UploadTarget } from "./outbox.ts";
import { Repetition } from "./repetition.ts";

/** So often in vain over a path that answers: it does not carry what is reliable. */
const STALLED_AFTER_RESENDS = 2;
/** A path that is full is tried again after this, should it not say so itself. */
const FULL_RETRY_MS = 20;
/** A present peer that is further behind than either is reset: nobody else waits for it. */
export const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
export const MAX_BEHIND_MS = 30_000;

/** A present peer that acknowledged nothing for this long does not just have a slow network. */
const STUCK_AFTER_MS = 5_000;

export class Saying implements UploadTarget {
  readonly peerId: string;
  readonly #options: LinkOptions;
  readonly #carriers: Carriers;
  readonly #hearing: Hearing;
  readonly #outbox: Outbox;
  readonly #repetition: Repetition;
  #incarnation: number;
  #helloAcknowledged = false;
  /** What no path had room for, or must be said again: before all else, once there is room. */
  #helloDue = true;
  /** Whether the peer ever acknowledged a hello of this link. */
  #known = false;
  /** Where the streams begin in this incarnation, as its hello says each time it is said. */
  #firstAll: number;
  #firstTo: number;
  #nextTo: number;
  /** Newest presence that went over a WebRTC path and is not acknowledged. */
  #presenceSent: { readonly version: number; readonly frame: Uint8Array } | null = null;
  #cancelFull: (() => void) | null = null;
  #cancelRepeat: (() => void) | null = null;
  #lastProgress: number;
  #closed = false;

  constructor(options: LinkOptions, carriers: Carriers, hearing: Hearing) {
    this.#options = options;
    this.#carriers = carriers;
    this.#hearing = hearing;
    this.peerId = options.peerId;
    this.#incarnation = options.nextIncarnation();
    this.#firstAll = options.nextAll();
    this.#firstTo = this.#nextTo = options.bookmark.ownTo;
    this.#lastProgress = options.clock.now();
    this.#outbox = new Outbox(this);
    this.#repetition = new Repetition(options.clock, (heldUp) => this.#resend(heldUp));
  }

  get nextTo(): number {
    return this.#nextTo;
  }
  /** A `to` frame is not acknowledged, so that a shared `all` might overtake it. */
  get awaitsOwn(): boolean {
    return this.#outbox.pendingTo > 0;
  }
  /** Bytes that are not acknowledged. */
  get bytes(): number {
    return this.#outbox.bytes;
  }
  /** Frames that went out more than once. */
  get resent(): number {
    return this.#outbox.resent;
  }
  /** Nothing was acknowledged for seconds although something waits to be and the peer is there. */
  get isStuck(): boolean {
    const { connectedSince } = this.#carriers;
    if (this.#outbox.size === 0 || connectedSince === null) return false;
    const since = Math.max(this.#lastProgress, connectedSince);
    return this.#options.clock.now() - since > STUCK_AFTER_MS;
  }
  get takesUploads(): boolean {
    const onServer = this.#carriers.server && this.#carriers.path === null;
    return onServer && !this.#helloDue && this.#outbox.hasRoom;
  }

  uploaded(shared: SharedFrame): void {
    this.#outbox.markSharedSent(shared);
    this.#carriers.sent(shared.frame);
    this.#armResend();
  }

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

  presence(version: number, frame: Uint8Array): void {
    this.#presenceSent = { version, frame };
    this.#carriers.overPath(frame, "reliable");
    this.#armResend();
  }

  goodbye(): void {
    const goodbye = encodeFrame({ kind: "goodbye", incarnation: this.#incarnation });
    this.#carriers.overPath(goodbye, "reliable");
  }

  hello(): void {
    if (this.#closed) return;
    this.#helloDue = !this.control(
      encodeFrame({
        kind: "hello",
        protocol: PROTOCOL,
        features: 0,
        incarnation: this.#incarnation,
        accepted: this.#hearing.place.incarnation,
        nextAll: this.#firstAll,
        nextTo: this.#firstTo,
        presenceVersion: this.#options.presenceVersion(),
        attempt: this.#carriers.upgrade.attempt,
      }),
    );
    this.#armResend();
  }

  /** A control frame goes down every carrier there is. False when none could take it. */
  control(frame: Uint8Array): boolean {
    const taken = this.#carriers.everyWay(frame);
    if (!taken && this.#carriers.path !== null) this.#pumpLater();
    return taken;
  }

  /** Sends what the window and the paths have room for. */
  pump(): void {
    if (this.#closed) return;
    if (this.#helloDue) this.hello();
    // Without hello the peer could only hold what follows.
    if (this.#helloDue) return;
    if (this.#hearing.ackDue) this.#hearing.acknowledge();
    for (let item = this.#outbox.next(); item !== undefined; item = this.#outbox.next()) {
      if (!this.#carry(item)) {
        // The server path says itself when it has room; without any path there is nothing to try.
        if (this.#carriers.path !== null) this.#pumpLater();
        break;
      }
    }
    if (this.#outbox.size > 0) this.#armResend();
  }

  acknowledged(ack: Ack): void {
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
    this.#lastProgress = this.#options.clock.now();
    // Acknowledgements that waited while this page was held up prove nobody late.
    const overdue = this.#repetition.stop();
    if (!overdue && this.#tooFarBehind) {
      this.reset();
      return;
    }
    this.pump();
    this.#armResend();
  }

  /** The peer began anew, after this incarnation of ours. */
  peerBegan(accepted: number): void {
    // It knew of this link, and has forgotten where our numbers stand.
    if (accepted === 0 && this.#known) this.reset();
    // What waited in its former link's inbox went with that.
    else this.repeatSoon();
  }

  /**
   * Says everything again that the peer has not acknowledged. In a moment: when a socket resumes,
   * every link has its turn first, and what several wait for is uploaded once.
   */
  repeatSoon(): void {
    if (this.#closed) return;
    this.#outbox.rewind();
    this.#repetition.count = 0;
    this.#hearing.ackDue = true;
    this.#helloDue = !this.#helloAcknowledged;
    this.#cancelRepeat ??= this.#options.clock.after(0, () => {
      this.#cancelRepeat = null;
      this.#sayAgain();
    });
  }

  /** Gives up what is not acknowledged and begins a new incarnation. */
  reset(): void {
    if (this.#closed) return;
    this.#incarnation = this.#options.nextIncarnation();
    this.#helloAcknowledged = false;
    this.#outbox.drop();
    this.#firstAll = this.#options.nextAll();
    this.#firstTo = this.#nextTo;
    this.#repetition.stop();
    this.hello();
  }

  /** Also closes what carries it: whoever is told of what is missed finds no way out any more. */
  close(): void {
    this.#closed = true;
    this.#repetition.stop();
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

  #pumpLater(): void {
    this.#cancelFull ??= this.#options.clock.after(FULL_RETRY_MS, () => {
      this.#cancelFull = null;
      this.pump();
    });
  }

  /** The clock stands still while the peer cannot be reached. */
  get #tooFarBehind(): boolean {
    const { oldest } = this.#outbox;
    const { connectedSince } = this.#carriers;
    if (oldest === undefined || connectedSince === null) return false;
    return this.#options.clock.now() - Math.max(oldest.since, connectedSince) > MAX_BEHIND_MS;
  }

  /** Whether something is on its way that the peer has not acknowledged. */
  get #unheard(): boolean {
    const presence = this.#presenceSent !== null && this.#carriers.path !== null;
    return !this.#helloAcknowledged || this.#outbox.size > 0 || presence;
  }

  /** Sends hello and presence, if they are not acknowledged, and what the outbox has. */
  #sayAgain(): void {
    this.#helloDue = !this.#helloAcknowledged;
    if (this.#presenceSent !== null) this.#carriers.overPath(this.#presenceSent.frame, "reliable");
    this.pump();
    this.#armResend();
  }

  #armResend(): void {
    if (!this.#closed && this.#unheard) this.#repetition.arm(this.#carriers.rtt);
  }

  #resend(heldUp: boolean): void {
    if (!this.#unheard) return;
    if (this.#carriers.connectedSince !== null) {
      if (heldUp) this.#carriers.connectedSince = this.#options.clock.now();
      if (this.#tooFarBehind) {
        this.reset();
        return;
      }
      this.#repetition.count += 1;
      this.#outbox.rewind();
      if (this.#repetition.count === STALLED_AFTER_RESENDS) this.#carriers.stalled();
      this.#sayAgain();
    }
    this.#armResend();
  }
}
