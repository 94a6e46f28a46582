/** One admitted socket: everything that goes out to it, and what it owes. */
import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Clock } from "../../lib/src/clock.ts";
import type { Refusal } from "../../lib/src/signaling/events.ts";
import { CLASS_CURSOR, CLASS_LATEST } from "../../lib/src/wire/codes.ts";
import { Credit, type Hold } from "./credit.ts";
import type { LoopTurn } from "./loop-turn.ts";
import type { Session } from "./member.ts";
import { type Outgoing, OutgoingEvent, type OutgoingFrame, type WriteOptions } from "./outgoing.ts";
import { Debt, Debtors, SHED_LOSSY_BYTES } from "./shed.ts";
import { countFrame, countRefusal, type ServerStats } from "./stats.ts";

/** How long a socket may take to receive the last words before it is cut, in milliseconds. */
export const LAST_WORDS_MS = 1_000;

/** What a session needs of Engine.IO's socket. */
export interface Connection {
  readonly request: IncomingMessage;
  /** While it is not, what Engine.IO has to write goes before anything else. */
  readonly transport: { readonly writable: boolean };
  write(data: string | Buffer, options: WriteOptions): unknown;
  /** Sends what waits, then closes. */
  close(): void;
  /** Everything written so far goes to the WebSocket. */
  on(event: "flush", listener: () => void): unknown;
}

export interface SessionOptions {
  readonly clock: Clock;
  readonly stats: ServerStats;
  readonly creditIntervalMs: number | undefined;
  /** What comes of it. */
  readonly intake?: Hold;
  /** All of this server's; absent: this one alone. */
  readonly debtors?: Debtors;
  readonly turn: LoopTurn;
}

export class SocketSession implements Session {
  readonly #connection: Connection;
  /** Below it. The request that it came with may be forgotten. */
  readonly #tcp: TcpSocket;
  readonly #clock: Clock;
  readonly #stats: ServerStats;
  readonly #credit: Credit;
  readonly #debt = new Debt();
  readonly #debtors: Debtors;
  #isDebtor = false;
  /** Newest presence of each member that waits until the socket has caught up. */
  #presence: Map<string, OutgoingEvent<"presence">> | undefined;
  readonly #turn: LoopTurn;
  /** Said in this turn of the event loop. */
  #waiting: Outgoing[] = [];
  /** Bytes of that, and of all that was given to Engine.IO and has left it. */
  #waitingBytes = 0;
  #written = 0;
  #flushed = 0;
  #open = true;

  constructor(
    connection: Connection,
    { clock, stats, creditIntervalMs, intake, debtors = new Debtors(), turn }: SessionOptions,
  ) {
    this.#debtors = debtors;
    this.#connection = connection;
    this.#tcp = connection.request.socket;
    this.#turn = turn;
    this.#clock = clock;
    this.#stats = stats;
    this.#credit = new Credit(
      clock,
      (total) => this.send(new OutgoingEvent("credit", total)),
      creditIntervalMs,
      intake,
    );
    connection.on("flush", () => {
      this.#flushed = this.#written;
      if (this.#isDebtor) this.#owes();
    });
  }

  /** False from the moment its end was decided: what still arrives counts no more. */
  get open(): boolean {
    return this.#open;
  }

  get lags(): boolean {
    return this.#debt.of(this.#queued) > SHED_LOSSY_BYTES;
  }

  send(event: OutgoingEvent): void {
    if (!this.#open) return;
    // What waits is not known there yet: the comparison would find that.
    if (event.name === "audit" && (this.#presence?.size ?? 0) > 0) return;
    if (isPresence(event)) {
      if (this.lags) {
        this.#presence ??= new Map();
        if (this.#presence.has(event.argument.id)) this.#stats.coalescedPresence++;
        this.#presence.set(event.argument.id, event);
        return;
      }
    } else if (isLeft(event)) this.#presence?.delete(event.argument.id);
    this.#write(event.encoded);
  }

  sendFrame(frame: OutgoingFrame): void {
    if (!this.#open) return;
    if (this.#debt.sheds(frame.frameClass, this.#queued)) {
      if (frame.frameClass === CLASS_CURSOR) this.#stats.shedCursor += frame.frames;
      else if (frame.frameClass === CLASS_LATEST) this.#stats.shedLatest += frame.frames;
      else this.#stats.shedPresence += frame.frames;
      return;
    }
    this.#debt.sent(frame.bytes);
    this.#stats.framesOut += frame.frames;
    this.#stats.bytesOut += frame.bytes;
    countFrame(this.#stats.classes.out, frame.frameClass, frame.bytes, frame.frames);
    this.#write(frame);
  }

  /** The client has sent a binary message of this many bytes. */
  took(bytes: number): void {
    this.#stats.framesIn++;
    this.#stats.bytesIn += bytes;
    this.#credit.take(bytes);
  }

  /** The client says how much it has taken in all. False when that cannot be. */
  acknowledge(total: number): boolean {
    if (!this.#debt.acknowledge(total)) return false;
    if (this.#isDebtor) this.#owes();
    this.#release();
    return true;
  }

  end(refusal: Refusal): void {
    if (!this.#open) return;
    countRefusal(this.#stats, refusal.code);
    this.#write(new OutgoingEvent("refused", refusal).encoded);
    this.close();
  }

  /** Lets what was written go out, for a moment; then the connection is cut. */
  close(): void {
    if (!this.#open) return;
    this.flush();
    this.forget();
    this.#connection.close();
    const cancel = this.#clock.after(LAST_WORDS_MS, () => this.#tcp.destroy());
    this.#tcp.once("close", cancel);
  }

  /** The socket is gone, or about to be: no timer and nothing waiting is kept. */
  forget(): void {
    this.#open = false;
    this.#credit.close();
    this.#presence = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#debtors.set(this, false);
  }

  /**
   * Writes what waits: past Engine.IO, which would make a packet, a list and several events of each
   * message, and at once. But where that has something to write it goes first, so that the order stays.
   */
  flush(): void {
    if (this.#waiting.length === 0) return;
    if (this.#open) this.#credit.accompany();
    const messages = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const tcp = this.#tcp;
    if (this.#connection.transport.writable && tcp.writable) {
      const [first, second] = messages;
      if (first && !second) tcp.write(first.options.wsPreEncodedFrame[0] as Buffer);
      else tcp.write(Buffer.concat(messages.flatMap(({ options }) => options.wsPreEncodedFrame)));
      return;
    }
    for (const { bytes, data, options } of messages) {
      this.#written += bytes;
      this.#connection.write(data, options);
    }
  }

  /** Bytes said that have not left this process. */
  get #queued(): number {
    return this.#waitingBytes + this.#written - this.#flushed + this.#tcp.writableLength;
  }

  #write(message: Outgoing): void {
    this.#waiting.push(message);
    this.#waitingBytes += message.bytes;
    if (this.#waiting.length === 1) this.#turn.add(this);
    const debt = this.#owes();
    if (debt <= SHED_LOSSY_BYTES || debt <= this.#debtors.cutBytes) return;
    // Nothing more can be said to it: last words would only wait behind the rest.
    this.#stats.overflowed++;
    this.forget();
    this.#tcp.destroy();
  }

  /** What it owes now, in bytes; whoever owes much counts among those who do. */
  #owes(): number {
    const debt = this.#debt.of(this.#queued);
    const isDebtor = debt > SHED_LOSSY_BYTES && this.#open;
    if (isDebtor !== this.#isDebtor) this.#debtors.set(this, isDebtor);
    this.#isDebtor = isDebtor;
    return debt;
  }

  /** Sends the presence that waited, as far as the debt allows. */
  #release(): void {
    for (const [id, event] of this.#presence ?? []) {
      if (!this.#open || this.lags) return;
      this.#presence?.delete(id);
      this.#write(event.encoded);
    }
  }
}

function isPresence(event: OutgoingEvent): event is OutgoingEvent<"presence"> {
  return event.name === "presence";
}

function isLeft(event: OutgoingEvent): event is OutgoingEvent<"left"> {
  return event.name === "left";
}
