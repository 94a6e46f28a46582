/**
 * What is said to the peer reliably: hello first, then frames in the order of the calls, and all of it
 * again until it is acknowledged.
 */
import { PROTOCOL } from "../signaling/events.ts";
import { ENTRY_CONTINUE } from "../wire/codes.ts";
import { type Ack, encodeFrame } from "../wire/index.ts";
import type { Carriers } from "./carriers.ts";
import type { Hearing } from "./hearing.ts";
import type { LinkOptions } from "./options.ts";
import {
  Outbox,
  type Outgoing,
  type SharedFrame,
  type Unsent,
  type UploadTarget,
  type Way,
} from "./outbox.ts";
import { Repetition } from "./repetition.ts";

/** So often in vain over a path that answers: it does not carry what is reliable. */
const STALLED_AFTER_RESENDS = 2;
/** A path that is full is tried again after this, should it not say so itself. */
const FULL_RETRY_MS = 20;
/**
 * A present peer that is further behind, or has acknowledged nothing new for so long, is reset: nobody
 * else waits for it. One that is slow, but steady, gets everything.
 */
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
    this.#outbox = new Outbox(this, options.clock);
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
    return this.#behindMs > STUCK_AFTER_MS;
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

  queueAll(shared: SharedFrame, settle: (missed: boolean) => void): void {
    const afterTo = this.#outbox.pendingTo;
    const copy = afterTo > 0;
    this.#push({
      stream: "all",
      number: shared.number,
      frame: copy
        ? encodeFrame({ kind: "allCopy", number: shared.number, afterTo, entry: shared.entry })
        : shared.frame,
      shared: copy ? null : shared,
      goesOn: shared.entry[0] === ENTRY_CONTINUE,
      settle,
    });
  }

  queueTo(entry: Uint8Array, settle: (missed: boolean) => void): void {
    const number = this.#nextTo++;
    const afterAll = this.#options.nextAll() - 1;
    this.#push({
      stream: "to",
      number,
      frame: encodeFrame({ kind: "to", number, afterAll, entry }),
      shared: null,
      goesOn: entry[0] === ENTRY_CONTINUE,
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
    this.#helloDue = !this.#control(
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

  /**
   * Sends an acknowledgement. Behind our own frames it would come late, and the peer take us for
   * stuck: then one overtakes them, and the one in their midst is sure to arrive.
   */
  acknowledgement(frame: Uint8Array): boolean {
    if (this.#carriers.waits) this.#carriers.overPath(frame, "latest");
    return this.#control(frame);
  }

  /** Sends what the window and the paths have room for. */
  pump(): void {
    if (!this.pumpControl()) return;
    for (const way of this.#ways) while (this.#pumpOne(way) === "sent");
    if (this.#outbox.size > 0) this.#armResend();
  }

  /** Sends what is to be said before anything else. False when that is not done. */
  pumpControl(): boolean {
    if (this.#closed) return false;
    if (this.#helloDue) this.hello();
    // Without hello the peer could only hold what follows.
    if (this.#helloDue) return false;
    if (this.#hearing.ackDue) this.#hearing.acknowledge();
    return true;
  }

  /** Sends one frame by the server, if that is the way. */
  pumpOne(): "sent" | "nothing" | "full" {
    if (this.#closed || this.#helloDue || !this.#carriers.server) return "nothing";
    const done = this.#pumpOne("server");
    if (done === "sent") this.#armResend();
    return done;
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
    this.#repetition.stop();
    this.pump();
    this.#armResend();
  }

  /** The peer began anew, after this incarnation of ours. */
  peerBegan(accepted: number): void {
    // It knew of this link, and has forgotten where our numbers stand.
    if (accepted === 0 && this.#known) this.reset();
    else {
      // What waited in its former link's inbox went with that.
      this.lost("path");
      this.lost("server");
      this.repeatSoon();
    }
  }

  /** What went this way, and is not acknowledged, may be lost. */
  lost(way: Way): void {
    this.#outbox.rewind(way);
  }

  /**
   * Says again what the peer has not acknowledged and may have lost. In a moment: when a socket
   * resumes, every link has its turn first, and what several wait for is uploaded once.
   */
  repeatSoon(): void {
    if (this.#closed) return;
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

  #push(item: Unsent): void {
    if (this.#closed) item.settle(true);
    else {
      if (this.#outbox.size === 0) this.#lastProgress = this.#options.clock.now();
      this.#outbox.push(item);
    }
  }

  get #ways(): readonly Way[] {
    const { path, server } = this.#carriers;
    return path === null ? (server ? ["server"] : []) : server ? ["path", "server"] : ["path"];
  }

  #pumpOne(way: Way): "sent" | "nothing" | "full" {
    const item = this.#outbox.next(way, this.#ways.length === 2);
    if (item === undefined) return "nothing";
    if (this.#carry(item, way)) return "sent";
    // The server path says itself when it has room.
    if (way === "path") this.#pumpLater();
    return "full";
  }

  #carry(item: Outgoing, way: Way): boolean {
    const { path } = this.#carriers;
    // Marks it sent here and for everybody else whom the upload reached.
    if (way === "server" && item.shared !== null && path === null)
      return this.#options.server.upload(item.shared);
    const taken =
      way === "path"
        ? this.#carriers.overPath(item.frame, "reliable")
        : this.#carriers.overServer(item.frame);
    if (taken) this.#outbox.markSent(item, way);
    return taken;
  }

  /** A control frame goes down every carrier there is. False when it must be said again. */
  #control(frame: Uint8Array): boolean {
    const taken = this.#carriers.everyWay(frame);
    // The server path says itself when it has room; without any path there is nothing to try.
    if (!taken && !this.#carriers.server && this.#carriers.path !== null) this.#pumpLater();
    return taken;
  }

  #pumpLater(): void {
    this.#cancelFull ??= this.#options.clock.after(FULL_RETRY_MS, () => {
      this.#cancelFull = null;
      this.pump();
    });
  }

  /** Milliseconds without progress; the clock stands still while the peer cannot be reached. */
  get #behindMs(): number {
    const { connectedSince } = this.#carriers;
    if (this.#outbox.size === 0 || connectedSince === null) return 0;
    return this.#options.clock.now() - Math.max(this.#lastProgress, connectedSince);
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
    if (this.#closed || !this.#unheard) return;
    this.#repetition.arm(this.#carriers.rtt, this.#outbox.age);
  }

  #resend(heldUp: boolean): void {
    if (!this.#unheard) return;
    if (this.#carriers.connectedSince !== null) {
      if (heldUp) this.#carriers.connectedSince = this.#options.clock.now();
      if (this.#behindMs > MAX_BEHIND_MS) {
        this.reset();
        return;
      }
      // What waits in a slow line's queue cannot be acknowledged yet.
      const [drains, moves] = [this.#carriers.drains(), this.#outbox.moves()];
      if (drains || (moves && this.#carriers.path === null)) {
        this.#lastProgress = this.#options.clock.now();
        this.#armResend();
        return;
      }
      this.#repetition.count += 1;
      this.#outbox.stalled(this.#repetition.count);
      if (this.#repetition.count === STALLED_AFTER_RESENDS) this.#carriers.stalled();
      this.#sayAgain();
    }
    this.#armResend();
  }
}
