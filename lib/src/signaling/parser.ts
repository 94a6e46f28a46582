/**
 * A socket.io parser: a frame is one raw binary WebSocket message, everything else is one text
 * message, `<packet type><JSON>`. The default parser and the msgpack one cost 27 to 55 bytes around
 * a 10-byte frame; this one costs none. Namespaces other than "/", acknowledgement ids and binary
 * attachments do not exist here, so whatever would need them is refused.
 */
import { parseJson } from "../wire/json.ts";

/** Packet types of the socket.io protocol, revision 5. */
const CONNECT = 0;
const EVENT = 2;
const CONNECT_ERROR = 4;

/** The event name under which frames appear on both sides' sockets. */
const FRAME_EVENT = "frame";

/** Events of socket.io's own: from the wire they would run its users' handlers of the real ones. */
const RESERVED_EVENTS: ReadonlySet<unknown> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "error",
  "newListener",
  "removeListener",
]);

interface Packet {
  readonly type: number;
  readonly nsp: string;
  readonly data?: unknown;
}

export class Encoder {
  encode(packet: Packet): (string | Uint8Array)[] {
    if (packet.type === EVENT && Array.isArray(packet.data) && packet.data[0] === FRAME_EVENT) {
      return [packet.data[1] as Uint8Array];
    }
    const body = packet.data === undefined ? "" : JSON.stringify(packet.data);
    return [`${packet.type}${body}`];
  }
}

type Listener = (packet: Packet) => void;

export class Decoder {
  #listeners: Listener[] = [];

  /** Only "decoded" is ever emitted; socket.io listens to nothing else. */
  on(_event: string, listener: Listener): this {
    this.#listeners = [...this.#listeners, listener];
    return this;
  }

  off(_event: string, listener: Listener): this {
    this.#listeners = this.#listeners.filter((each) => each !== listener);
    return this;
  }

  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  /**
   * Takes one WebSocket message. Throws on what is not of this protocol: socket.io then closes the
   * connection with reason "parse error", which is all that such a client deserves.
   */
  add(message: unknown): void {
    const packet = typeof message === "string" ? decodeText(message) : decodeBinary(message);
    for (const listener of this.#listeners) listener(packet);
  }

  destroy(): void {
    this.#listeners = [];
  }
}

/** One event or frame; undefined for whatever is neither, or malformed. */
export function decodeEvent(
  message: unknown,
): { readonly name: string; readonly value: unknown } | undefined {
  if (typeof message !== "string") return { name: FRAME_EVENT, value: bytesOf(message) };
  if (message.charCodeAt(0) - 48 !== EVENT) return undefined;
  try {
    const [name, value] = decodeText(message).data as [string, unknown];
    return { name, value };
  } catch {
    return undefined;
  }
}

function decodeBinary(message: unknown): Packet {
  const bytes = bytesOf(message);
  if (bytes === undefined) throw new TypeError("skein: neither text nor bytes");
  return { type: EVENT, nsp: "/", data: [FRAME_EVENT, bytes] };
}

function bytesOf(message: unknown): Uint8Array | undefined {
  return message instanceof ArrayBuffer
    ? new Uint8Array(message)
    : ArrayBuffer.isView(message)
      ? new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
      : undefined;
}

function decodeText(message: string): Packet {
  const type = message.charCodeAt(0) - 48;
  if (!(type >= CONNECT && type <= CONNECT_ERROR))
    throw new TypeError("skein: unknown packet type");
  const data: unknown = message.length > 1 ? parseJson(message.slice(1)) : undefined;
  const valid =
    type === EVENT
      ? Array.isArray(data) &&
        typeof data[0] === "string" &&
        data[0] !== FRAME_EVENT &&
        !RESERVED_EVENTS.has(data[0])
      : // socket.io reads a field of a CONNECT_ERROR's data without looking.
        (data === undefined && type !== CONNECT_ERROR) ||
        (typeof data === "object" && data !== null);
  if (!valid) throw new TypeError("skein: malformed packet");
  return data === undefined ? { type, nsp: "/" } : { type, nsp: "/", data };
}
