/**
 * The sending half of a link: reliable frames in the order of the calls, kept until the peer has
 * acknowledged them, sent again when their path changes or stays silent.
 */

/** Bytes on their way at once: enough for 5 MB/s at the 50 ms of an acknowledgement, and little to repeat. */
const WINDOW_BYTES = 512 * 1024;

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
  /** Whether its frames go over the server now, and it has room for more. */
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
  /** Clock time of the call. */
  readonly since: number;
  /** Called once: acknowledged, or missed. */
  readonly settle: (missed: boolean) => void;
  sent: boolean;
  sentBefore: boolean;
}

export class Outbox {
  readonly #owner: UploadTarget;
  #items: Outgoing[] = [];
  /** Everything before this index was sent. */
  #cursor = 0;
  #byShared = new Map<SharedFrame, Outgoing>();
  #bytes = 0;
  #inFlight = 0;
  #lastTo = 0;
  #unacknowledgedTo = 0;
  #resent = 0;

  constructor(owner: UploadTarget) {
    this.#owner = owner;
  }

  /** Bytes not yet acknowledged. */
  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#items.length;
  }
  /** Frames that went out more than once. */
  get resent(): number {
    return this.#resent;
  }
  get oldest(): Outgoing | undefined {
    return this.#items[0];
  }
  /** The `to` frame that the next `all` must follow; 0 when all of them are acknowledged. */
  get pendingTo(): number {
    return this.#unacknowledgedTo > 0 ? this.#lastTo : 0;
  }

  get hasRoom(): boolean {
    return this.#inFlight < WINDOW_BYTES;
  }

  push(item: Omit<Outgoing, "sent" | "sentBefore">): void {
    const whole: Outgoing = { ...item, sent: false, sentBefore: false };
    this.#items.push(whole);
    this.#bytes += item.frame.length;
    if (item.stream === "to") {
      this.#lastTo = item.number;
      this.#unacknowledgedTo += 1;
    }
    this.#wait(whole);
  }

  /** The next frame to send, if the window has room for it. */
  next(): Outgoing | undefined {
    if (!this.hasRoom) return undefined;
    while (this.#items[this.#cursor]?.sent) this.#cursor += 1;
    return this.#items[this.#cursor];
  }

  markSent(item: Outgoing): void {
    if (item.sent) return;
    item.sent = true;
    this.#inFlight += item.frame.length;
    if (item.sentBefore) this.#resent += 1;
    item.sentBefore = true;
    item.shared?.waiting.delete(this.#owner);
  }

  markSharedSent(shared: SharedFrame): void {
    const item = this.#byShared.get(shared);
    if (item !== undefined) this.markSent(item);
  }

  /** Everything below these numbers has arrived. Returns how many frames that settles. */
  acknowledge(nextAll: number, nextTo: number): number {
    let count = 0;
    for (const item of this.#items) {
      if (item.number >= (item.stream === "all" ? nextAll : nextTo)) break;
      count += 1;
    }
    this.#cursor = Math.max(0, this.#cursor - count);
    for (const item of this.#items.splice(0, count)) this.#settle(item, false);
    return count;
  }

  /** Everything unacknowledged is to be sent again, in order. */
  rewind(): void {
    for (const item of this.#items) {
      item.sent = false;
      this.#wait(item);
    }
    this.#inFlight = 0;
    this.#cursor = 0;
  }

  /** Gives everything up: the peer left or is reset. */
  drop(): void {
    this.#cursor = 0;
    for (const item of this.#items.splice(0)) this.#settle(item, true);
  }

  #wait(item: Outgoing): void {
    if (item.shared === null) return;
    this.#byShared.set(item.shared, item);
    item.shared.waiting.add(this.#owner);
  }

  #settle(item: Outgoing, missed: boolean): void {
    this.#bytes -= item.frame.length;
    if (item.sent) this.#inFlight -= item.frame.length;
    if (item.stream === "to") this.#unacknowledgedTo -= 1;
    if (item.shared !== null) {
      this.#byShared.delete(item.shared);
      item.shared.waiting.delete(this.#owner);
    }
    item.settle(missed);
  }
}
