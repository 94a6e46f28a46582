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

/** One frame or several of one class, in one binary message for any number of sockets. */
export interface OutgoingFrame extends Outgoing {
  /** The class: the high byte of the frames' type, without the bit that says it is sealed. */
  readonly frameClass: number;
  /** How many there are. */
  readonly frames: number;
}

/** One frame, and whom it is from. */
export interface Said {
  readonly sender: { readonly handle: number };
  readonly frame: Uint8Array;
}

/** `varUint(handle of the sender) • frame`. */
export function outgoingFrame(sender: number, frame: Uint8Array): OutgoingFrame {
  const bytes = varUintLength(sender) + frame.length;
  const { buffer, start } = websocketFrame(FINAL_BINARY, bytes);
  buffer.set(frame, putVarUint(buffer, start, sender));
  return encoded(buffer, start, (frame[0] ?? 0) & ~SEALED, 1);
}

/** Several frames as lib/src/wire/envelope.ts has them, for clients with FEATURE_BUNDLES. */
export function outgoingBundle(said: readonly Said[], frameClass: number): OutgoingFrame {
  let bytes = 1;
  for (const each of said) bytes += bytesInBundle(each);
  const { buffer, start } = websocketFrame(FINAL_BINARY, bytes);
  let at = putVarUint(buffer, start, 0);
  for (const { sender, frame } of said) {
    at = putVarUint(buffer, putVarUint(buffer, at, sender.handle), frame.length);
    buffer.set(frame, at);
    at += frame.length;
  }
  return encoded(buffer, start, frameClass, said.length);
}

export function bytesInBundle({ sender, frame }: Said): number {
  return varUintLength(sender.handle) + varUintLength(frame.length) + frame.length;
}

function encoded(buffer: Buffer, start: number, frameClass: number, frames: number): OutgoingFrame {
  return {
    data: buffer.subarray(start),
    bytes: buffer.length - start,
    options: { compress: false, wsPreEncodedFrame: [buffer] },
    frameClass,
    frames,
  };
}

/** Returns what comes after it. */
function putVarUint(buffer: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  return at;
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
