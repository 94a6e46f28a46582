/**
 * The path that always works: frames through the signaling server's WebSocket. One for all links of a
 * room, so that a frame for many members is uploaded once.
 */
import type { Clock } from "../clock.ts";
import { CLASS_CONTROL, MAX_ROUTE_HANDLES } from "../wire/codes.ts";
import { encodeRouted, type Route } from "../wire/envelope.ts";
import type { Lane } from "./path.ts";
import { SendWindow } from "./send-window.ts";

/** Above this many bytes on their way, what newer values will replace is not sent at all. */
export const LATEST_LIMIT_BYTES = 64 * 1024;
/**
 * Above this many bytes on their way, reliable frames wait at their sender. A slow uplink must get
 * them out, and the answer to a ping behind them, before the server's ping times out after 5 to 10 s:
 * this allows uplinks down to some 400 kbit/s, and at 100 ms round trip still carries 1 MB a second.
 */
export const RELIABLE_LIMIT_BYTES = 256 * 1024;
/** It is less on an uplink that needs longer than a second for it; this at first … */
const FIRST_LIMIT_BYTES = 128 * 1024;
/** … and never less than that: two of the largest frames. */
const LEAST_LIMIT_BYTES = 32 * 1024;
/** Greetings and acknowledgements may go beyond: nobody waits for those behind others' messages. */
const CONTROL_RESERVE_BYTES = 64 * 1024;

/** What it needs of the signaling client. */
export interface ServerSocket {
  readonly joined: boolean;
  /** Bytes sent and not yet confirmed by the server. */
  readonly buffered: number;
  /** Whether nothing may be sent for a moment; `credited` tells of its end. */
  readonly held?: boolean;
  /** Sends one binary message; false when it cannot. */
  send(message: Uint8Array): boolean;
}

export class ServerPath {
  readonly #socket: ServerSocket;
  readonly #clock: Clock;
  readonly #onWritable: () => void;
  readonly #window = new SendWindow({
    first: FIRST_LIMIT_BYTES,
    least: LEAST_LIMIT_BYTES,
    most: RELIABLE_LIMIT_BYTES,
  });
  #full = false;
  #sent = 0;
  /** One message on its way: it is measured how long that takes. */
  #timed: { readonly at: number; readonly confirmed: number; readonly end: number } | null = null;

  /** `onWritable`: reliable frames were refused for want of room, and there is room again. */
  constructor(socket: ServerSocket, clock: Clock, onWritable: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onWritable = onWritable;
  }

  /** Bytes accepted and not yet confirmed by the server. */
  get buffered(): number {
    return this.#socket.buffered;
  }

  /** To the member with this handle. False: not sent, as with {@link import("./path.ts").Path.send}. */
  toOne(handle: number, frame: Uint8Array, lane: Lane): boolean {
    return this.#send({ kind: "only", handles: [handle] }, frame, lane);
  }

  /**
   * To the members with these handles, different ones. To nobody: true. To more than
   * MAX_ROUTE_HANDLES: false, since half of a frame's receivers could not be told from the others.
   */
  toOnly(handles: readonly number[], frame: Uint8Array, lane: Lane): boolean {
    return handles.length === 0 || this.#send({ kind: "only", handles }, frame, lane);
  }

  /** To everybody else in the room but the members with these handles, at most MAX_ROUTE_HANDLES. */
  toAllBut(handles: readonly number[], frame: Uint8Array, lane: Lane): boolean {
    return this.#send(
      handles.length === 0 ? { kind: "others" } : { kind: "except", handles },
      frame,
      lane,
    );
  }

  /** Greetings and acknowledgements for the server itself. */
  toServer(frame: Uint8Array): boolean {
    return this.#send({ kind: "server" }, frame, "reliable");
  }

  /** To be called when the server confirmed bytes, and when a new socket was welcomed. */
  credited(): void {
    this.#measure();
    if (!this.#full || !this.#socket.joined || !this.#hasRoom("reliable", false)) return;
    this.#full = false;
    this.#onWritable();
  }

  #send(route: Route, frame: Uint8Array, lane: Lane): boolean {
    if (!this.#socket.joined) return false;
    if ("handles" in route && route.handles.length > MAX_ROUTE_HANDLES) return false;
    if (!this.#hasRoom(lane, frame[0] === CLASS_CONTROL)) {
      if (lane === "reliable") this.#full = true;
      return false;
    }
    const message = encodeRouted(route, frame);
    const confirmed = this.#sent - this.buffered;
    if (!this.#socket.send(message)) return false;
    this.#sent += message.length;
    this.#timed ??= { at: this.#clock.now(), confirmed, end: this.#sent };
    return true;
  }

  #measure(): void {
    const confirmed = this.#sent - this.buffered;
    if (this.#timed === null || confirmed < this.#timed.end) return;
    this.#window.confirmed(confirmed - this.#timed.confirmed, this.#clock.now() - this.#timed.at);
    this.#timed = null;
  }

  #hasRoom(lane: Lane, control: boolean): boolean {
    if (this.#socket.held) return false;
    if (lane === "latest") return this.buffered <= LATEST_LIMIT_BYTES;
    return this.buffered <= this.#window.bytes + (control ? CONTROL_RESERVE_BYTES : 0);
  }
}
