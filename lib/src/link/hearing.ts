/** What the peer says reliably: given to the app in the peer's order, and acknowledged. */
import { type Ack, encodeFrame, type Hello, type ReliableFrame } from "../wire/index.ts";
import { Inbox, type Place } from "./inbox.ts";
import type { Bookmark, LinkOptions, StateFrame } from "./options.ts";

/** Between acknowledgements while frames arrive: more would only make the senders keep more. */
const ACK_EVERY_MS = 50;

/**
 * Times that a peer may begin anew at once, and between two of them in the long run: each makes us say
 * and tell much. Who really does so that often is heard when it says so again.
 */
const MAX_BEGINNINGS = 8;
const BEGINNING_EVERY_MS = 4_000;

export interface HearingEvents {
  /** Sends an acknowledgement; false when no path has room for it. */
  send(frame: Uint8Array): boolean;
  /** Somebody else says it, together with what others are to hear. */
  gathered(): boolean | undefined;
  /** The peer began anew, after this incarnation of ours; 0: it has heard of none. */
  onAnew(accepted: number): void;
}

export class Hearing {
  readonly #options: LinkOptions;
  readonly #events: HearingEvents;
  readonly #inbox: Inbox;
  /** Something of the peer's streams was heard since the app knows of it. */
  #follows: boolean;
  /** Newest presence version that came over a WebRTC path. */
  #presenceHeard = 0;
  /** When it might have begun so often without ever being too quick. */
  #beginningsUntil = Number.NEGATIVE_INFINITY;
  #lastAck = Number.NEGATIVE_INFINITY;
  #cancelAck: (() => void) | null = null;
  #closed = false;
  /** No path had room for an acknowledgement, or it must be said again. */
  ackDue = false;

  constructor(options: LinkOptions, events: HearingEvents) {
    this.#options = options;
    this.#events = events;
    this.#follows = options.bookmark.follows;
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
  }

  get place(): Place {
    return this.#inbox.place;
  }
  get bookmark(): Omit<Bookmark, "ownTo"> {
    return { ...this.place, follows: this.#follows };
  }

  /** A hello of this incarnation or a later one. */
  hello(hello: Hello): void {
    const before = this.place;
    if (hello.incarnation > before.incarnation) {
      if (before.incarnation > 0 && !this.#mayBegin()) {
        this.#options.events.onRefused("hello-rate");
        return;
      }
      this.#inbox.hello(hello);
      const missed = hello.nextAll > before.nextAll || hello.nextTo > before.nextTo;
      if (before.incarnation > 0) {
        this.#options.events.onReset(missed && this.#follows);
        this.#events.onAnew(hello.accepted);
      }
      this.#follows = true;
      this.#inbox.release();
    }
    this.#acknowledgeSoon();
  }

  reliable(frame: ReliableFrame): void {
    if (this.#inbox.accept(frame) === "dropped") this.#options.events.onRefused("inbox-full");
    this.#acknowledgeSoon();
  }

  /** What waited may go on, perhaps. */
  release(): void {
    this.#inbox.release();
    this.#acknowledgeSoon();
  }

  presence(frame: Extract<StateFrame, { kind: "presence" }>): void {
    this.#presenceHeard = Math.max(this.#presenceHeard, frame.version);
    this.#options.events.onState(frame);
    this.#acknowledgeSoon();
  }

  acknowledge(): void {
    this.#cancelAck?.();
    this.#cancelAck = null;
    const ack = this.collect();
    if (ack === null) return;
    this.#lastAck = this.#options.clock.now();
    this.ackDue = !this.#events.send(encodeFrame({ kind: "ack", ...ack }));
  }

  /** What is to be acknowledged, if there is something. */
  collect(): Omit<Ack, "kind"> | null {
    const { incarnation, nextAll: all, nextTo: to } = this.place;
    if (this.#closed || incarnation === 0) return null;
    return { incarnation, all, to, presenceVersion: this.#presenceHeard };
  }

  close(): void {
    this.#closed = true;
    this.#cancelAck?.();
  }

  #mayBegin(): boolean {
    const now = this.#options.clock.now();
    const until = Math.max(this.#beginningsUntil, now) + BEGINNING_EVERY_MS;
    if (until > now + MAX_BEGINNINGS * BEGINNING_EVERY_MS) return false;
    this.#beginningsUntil = until;
    return true;
  }

  /** At once when the last time is long enough ago, otherwise when it will be. */
  #acknowledgeSoon(): void {
    if (this.place.incarnation === 0) return;
    // A hidden tab's timers are late, anybody's.
    const hidden = this.#options.hidden();
    if (!hidden && this.#events.gathered()) return;
    const wait = this.#lastAck + ACK_EVERY_MS - this.#options.clock.now();
    if (wait <= 0 || hidden) this.acknowledge();
    else this.#cancelAck ??= this.#options.clock.after(wait, () => this.acknowledge());
  }
}
