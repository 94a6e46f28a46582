/**
 * The path that always works: frames through the signaling server's WebSocket. One for all links of a
 * room, so that a frame for many members is uploaded once.
 */
import { MAX_ROUTE_HANDLES } from "../wire/codes.ts";
import { encodeRouted, type Route } from "../wire/envelope.ts";
import type { Lane } from "./path.ts";

/** Above this many bytes on their way, what newer values will replace is not sent at all. */
export const LATEST_LIMIT_BYTES = 64 * 1024;
/**
 * Above this many bytes on their way, reliable frames wait at their sender. A slow uplink must get
 * them out, and the answer to a ping behind them, before the server's ping times out after 5 to 10 s:
 * this allows uplinks down to some 400 kbit/s, and at 100 ms round trip still carries 1 MB a second.
 */
export const RELIABLE_LIMIT_BYTES = 256 * 1024;

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
  readonly #onWritable: () => void;
  #full = false;

  /** `onWritable`: reliable frames were refused for want of room, and there is room again. */
  constructor(socket: ServerSocket, onWritable: () => void) {
    this.#socket = socket;
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

  /** To be called when the server confirmed bytes, and when a new socket was welcomed. */
  credited(): void {
    if (!this.#full || !this.#socket.joined || !this.#hasRoom("reliable")) return;
    this.#full = false;
    this.#onWritable();
  }

  #send(route: Route, frame: Uint8Array, lane: Lane): boolean {
    if (!this.#socket.joined) return false;
    if ("handles" in route && route.handles.length > MAX_ROUTE_HANDLES) return false;
    if (!this.#hasRoom(lane)) {
      if (lane === "reliable") this.#full = true;
      return false;
    }
    return this.#socket.send(encodeRouted(route, frame));
  }

  #hasRoom(lane: Lane): boolean {
    if (this.#socket.held) return false;
    return this.buffered <= (lane === "latest" ? LATEST_LIMIT_BYTES : RELIABLE_LIMIT_BYTES);
  }
}
