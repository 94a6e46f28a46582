/**
 * What the server sends, encoded once however many sockets it goes to. Each message is one complete
 * WebSocket frame in one buffer, so that a fan-out costs a write per receiver and no copy.
 */
import type { ServerToClientEvents } from "../../lib/src/signaling/events.ts";
import { Encoder } from "../../lib/src/signaling/parser.ts";
import { SEALED } from "../../lib/src/wire/codes.ts";

/** First byte of an unfragmented WebSocket message, by opcode (RFC 6455, section 5.2). */
const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
/** Lengths up to 125 are in the second byte; 126 and 127 say that 2 or 8 more bytes hold it. */
const SHORT_LENGTH = 125;
const TWO_BYTE_LENGTH = 0xffff;

/** Engine.IO's packet type "message", before the text of every socket.io packet. */
const ENGINE_MESSAGE = "4";

/** socket.io's packet type for events. */
const EVENT = 2;

const encoder = new Encoder();

/** Engine.IO's options of a write. `wsPreEncodedFrame` goes out as it is (engine.io ≥ 6.4). */
export interface WriteOptions {
  compress: boolean;
  readonly wsPreEncodedFrame: readonly Buffer[];
}

export interface Outgoing {
  /** What Engine.IO would encode if it could not send the frame as it is. */
  readonly data: string | Buffer;
  /** Bytes of payload: what counts against credit and queues. */
  readonly bytes: number;
  readonly options: WriteOptions;
}

export type EventName = Exclude<keyof ServerToClientEvents, "frame">;
export type EventArgument<E extends EventName> = Parameters<ServerToClientEvents[E]>[0];

/** An event for any number of sockets; encoded when the first one takes it. */
export class OutgoingEvent<E extends EventName = EventName> {
  readonly name: E;
  readonly argument: EventArgument<E>;
  #encoded: Outgoing | undefined;

  constructor(name: E, argument: EventArgument<E>) {
    this.name = name;
    this.argument = argument;
  }

  get encoded(): Outgoing {
    this.#encoded ??= encodeText(this.name, this.argument);
    return this.#encoded;
  }
}

/** A frame for any number of sockets: `varUint(handle of the sender) • frame`. */
export interface OutgoingFrame extends Outgoing {
  /** The frame's class: the high byte of its type, without the bit that says it is sealed. */
  readonly frameClass: number;
}

export function outgoingFrame(sender: number, frame: Uint8Array): OutgoingFrame {
  const bytes = varUintLength(sender) + frame.length;
  const { buffer, start } = websocketFrame(FINAL_BINARY, bytes);
  let at = start;
  let rest = sender;
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  buffer.set(frame, at);
  return {
    data: buffer.subarray(start),
    bytes,
    options: { compress: false, wsPreEncodedFrame: [buffer] },
    frameClass: (frame[0] ?? 0) & ~SEALED,
  };
}

function encodeText(name: string, argument: unknown): Outgoing {
  const packet = encoder.encode({ type: EVENT, nsp: "/", data: [name, argument] });
  const data = packet[0] as string;
  const text = ENGINE_MESSAGE + data;
  const bytes = Buffer.byteLength(text);
  const { buffer, start } = websocketFrame(FINAL_TEXT, bytes);
  buffer.write(text, start, "utf8");
  return { data, bytes, options: { compress: false, wsPreEncodedFrame: [buffer] } };
}

/** A server's frames are not masked, so the header is all there is to add. */
function websocketFrame(first: number, length: number): { buffer: Buffer; start: number } {
  const start = length <= SHORT_LENGTH ? 2 : length <= TWO_BYTE_LENGTH ? 4 : 10;
  const buffer = Buffer.allocUnsafe(start + length);
  buffer[0] = first;
  if (start === 2) buffer[1] = length;
  else if (start === 4) {
    buffer[1] = 126;
    buffer.writeUInt16BE(length, 2);
  } else {
    buffer[1] = 127;
    buffer.writeBigUInt64BE(BigInt(length), 2);
  }
  return { buffer, start };
}

function varUintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}
