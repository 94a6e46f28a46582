/**
 * The sending half of a link: reliable frames in the order of the calls, kept until the peer has
 * acknowledged them, sent again when what carried them is gone or stays silent. Where two ways are in
 * use, each has every frame.
 */
import type { Clock } from "../clock.ts";
import { SendWindow } from "../path/send-window.ts";

/** Bytes on their way at once: enough for 5 MB/s at the 50 ms of an acknowledgement, and little to repeat. */
const MOST_BYTES = 512 * 1024;
/** Fills a connection of 2 MB/s at once; a slow one has it behind itself in some seconds. */
const FIRST_BYTES = 128 * 1024;
/** Two of the largest frames. */
const LEAST_BYTES = 32 * 1024;

/** How a frame travels: over the WebRTC path in use, or by the server. */
export type Way = "path" | "server";

/** A frame of the stream `all`, encoded once for every peer that can take it as it is. */
export interface SharedFrame {
  readonly number: number;
  readonly entry: Uint8Array;
  readonly frame: Uint8Array;
  /** Who still waits for it as it is: one upload over the server serves all of them. */
  readonly waiting: Set<UploadTarget>;
}

/** A receiver of shared frames. */
export interface UploadTarget {
  readonly peerId: string;
  /** Whether its frames go over the server alone now, and it has room for more. */
  readonly takesUploads: boolean;
  uploaded(shared: SharedFrame): void;
}

/** One reliable frame on its way to one peer. */
export interface Outgoing {
  readonly stream: "all" | "to";
  readonly number: number;
  readonly frame: Uint8Array;
  /** Set when `frame` is the shared one. */
  readonly shared: SharedFrame | null;
  /** Goes on with the message that the one before it began: acknowledged are whole ones only. */
  readonly goesOn: boolean;
  /** Called once: acknowledged, or missed. */
  readonly settle: (missed: boolean) => void;
  /** The ways that it went, and that are still believed to bring it: a bit of {@link BIT} each. */
  sent: number;
  /** The ways that it ever went. */
  tried: number;
  /** Clock time at which it went last. */
  sentAt: number;
  /** Grows from one to the next. */
  readonly order: number;
}

export type Unsent = Omit<Outgoing, "sent" | "tried" | "sentAt" | "order">;

const WAYS: readonly Way[] = ["path", "server"];
const BIT: { readonly [way in Way]: number } = { path: 1, server: 2 };

export class Outbox {
  readonly #owner: UploadTarget;
  readonly #clock: Clock;
  readonly #window = new SendWindow({ first: FIRST_BYTES, least: LEAST_BYTES, most: MOST_BYTES });
  #items: Outgoing[] = [];
  /** What comes before these indices need not go that way. */
  readonly #cursors: { [way in Way]: number } = { path: 0, server: 0 };
  #both = false;
  #byShared = new Map<SharedFrame, Outgoing>();
  #bytes = 0;
  #inFlight = 0;
  #lastTo = 0;
  #unacknowledgedTo = 0;
  #resent = 0;
  #order = 0;
  /** Order of the last that is on its way. */
  #farthest = 0;
  #age = 0;
  #isNew = false;
  /** Nothing is acknowledged: what goes again goes in portions. */
  #hesitates = false;

  constructor(owner: UploadTarget, clock: Clock) {
    this.#owner = owner;
    this.#clock = clock;
  }

  /** Bytes not yet acknowledged. */
  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#items.length;
  }
  /** Milliseconds from sending what was acknowledged last to that. */
  get age(): number {
    return this.#age;
  }
  /** Frames that went the same way more than once. */
  get resent(): number {
    return this.#resent;
  }
  /** The `to` frame that the next `all` must follow; 0 when all of them are acknowledged. */
  get pendingTo(): number {
    return this.#unacknowledgedTo > 0 ? this.#lastTo : 0;
  }

  /** One frame more can be on its way, if others have it uploaded anyway. */
  get hasRoom(): boolean {
    return this.#inFlight < MOST_BYTES;
  }

  /** Since the last call something went for the first time, and more waits for room: it is not stuck. */
  moves(): boolean {
    const moves = this.#isNew && this.#items.at(-1)?.tried === 0;
    this.#isNew = false;
    return moves;
  }

  push({ stream, number, frame, shared, goesOn, settle }: Unsent): void {
    const item: Outgoing = {
      stream,
      number,
      frame,
      shared,
      goesOn,
      settle,
      sent: 0,
      tried: 0,
      sentAt: 0,
      order: ++this.#order,
    };
    this.#items.push(item);
    this.#bytes += item.frame.length;
    if (item.stream === "to") {
      this.#lastTo = item.number;
      this.#unacknowledgedTo += 1;
    }
    this.#wait(item);
  }

  /**
   * The next frame to send this way, if the window has room for it. `both`: the other way is in use,
   * too, and neither is to be relied on alone.
   */
  next(way: Way, both: boolean): Outgoing | undefined {
    if (both !== this.#both) {
      this.#both = both;
      this.#cursors.path = this.#cursors.server = 0;
    }
    let index = this.#cursors[way];
    for (; index < this.#items.length; index++) {
      const { sent } = this.#items[index] as Outgoing;
      if ((both ? sent & BIT[way] : sent) === 0) break;
    }
    this.#cursors[way] = index;
    const item = this.#items[index];
    if (item === undefined) return undefined;
    // The first always fits, what others wait for that went before it, what is on its way already, and
    // a begun message to its end.
    const fits =
      index === 0 ||
      item.order < this.#farthest ||
      item.sent !== 0 ||
      (item.goesOn && (item.tried === 0 || !this.#hesitates)) ||
      this.#inFlight < this.#window.bytes;
    return fits ? item : undefined;
  }

  markSent(item: Outgoing, way: Way): void {
    const bit = BIT[way];
    if ((item.sent & bit) !== 0) return;
    if (item.sent === 0) this.#inFlight += item.frame.length;
    if ((item.tried & bit) !== 0) this.#resent += 1;
    else this.#isNew = true;
    item.sent |= bit;
    item.tried |= bit;
    item.sentAt = this.#clock.now();
    this.#farthest = Math.max(this.#farthest, item.order);
    if (way === "server") item.shared?.waiting.delete(this.#owner);
  }

  /** It was uploaded. */
  markSharedSent(shared: SharedFrame): void {
    const item = this.#byShared.get(shared);
    if (item !== undefined) this.markSent(item, "server");
  }

  /** Everything below these numbers has arrived. Returns how many frames that settles. */
  acknowledge(nextAll: number, nextTo: number): number {
    let count = 0;
    for (const item of this.#items) {
      if (item.number >= (item.stream === "all" ? nextAll : nextTo)) break;
      count += 1;
    }
    if (count > 0) this.#hesitates = false;
    const newest = this.#items[count - 1];
    if (newest !== undefined && newest.sent !== 0) {
      this.#age = this.#clock.now() - newest.sentAt;
      this.#window.confirmed(this.#inFlight, this.#age);
    }
    for (const way of WAYS) this.#cursors[way] = Math.max(0, this.#cursors[way] - count);
    for (const item of this.#items.splice(0, count)) this.#settle(item, false);
    return count;
  }

  /** What went this way, and is not acknowledged, may be lost: it is to be sent again, in order. */
  rewind(way: Way): void {
    this.#farthest = 0;
    for (const item of this.#items) {
      this.#unsend(item, way);
      if (item.sent !== 0) this.#farthest = item.order;
    }
    this.#cursors.path = this.#cursors.server = 0;
  }

  /**
   * Nothing is acknowledged any more, found for the `times`-th time. What the server was given may
   * have got lost, and goes again in small portions; a WebRTC path loses nothing while it lives, but
   * the peer may have had no place for it, so the first goes again.
   */
  stalled(times: number): void {
    this.#window.stalled(times);
    this.#hesitates = true;
    this.#isNew = false;
    this.rewind("server");
    const [oldest] = this.#items;
    if (oldest !== undefined) this.#unsend(oldest, "path");
  }

  /** Gives everything up: the peer left or is reset. */
  drop(): void {
    this.#cursors.path = this.#cursors.server = 0;
    this.#hesitates = false;
    for (const item of this.#items.splice(0)) this.#settle(item, true);
  }

  #unsend(item: Outgoing, way: Way): void {
    const was = item.sent;
    item.sent &= ~BIT[way];
    if (was !== 0 && item.sent === 0) this.#inFlight -= item.frame.length;
    if (way === "server") this.#wait(item);
  }

  #wait(item: Outgoing): void {
    if (item.shared === null) return;
    this.#byShared.set(item.shared, item);
    item.shared.waiting.add(this.#owner);
  }

  #settle(item: Outgoing, missed: boolean): void {
    this.#bytes -= item.frame.length;
    if (item.sent !== 0) this.#inFlight -= item.frame.length;
    if (item.stream === "to") this.#unacknowledgedTo -= 1;
    if (item.shared !== null) {
      this.#byShared.delete(item.shared);
      item.shared.waiting.delete(this.#owner);
    }
    item.settle(missed);
  }
}
