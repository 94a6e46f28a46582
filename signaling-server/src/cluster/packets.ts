/**
 * What nodes say to each other. A message that begins with `{` is JSON; the others are frames, with
 * big-endian numbers of fixed size, since every one of them is read and written by a server:
 *
 *     frame: u8(1) • u16(bytes) • room • id(sender) • u16(2n + kind) • n × id • …frame
 *     held:  u8(2) • u16(bytes) • room • id(sender) • u32(token) • …frame
 *
 * An id is its 16 bytes. Kind 0: only these; 1: all but these (none named: all). Acknowledgements:
 * ack-packet.ts.
 */
import type { Signal } from "../../../lib/src/signaling/events.ts";
import { isMail, type Mail } from "../access/mail.ts";
import { isCount, isRecord } from "../checks.ts";
import type { Target } from "../delivery.ts";
import { parseSignal } from "../events-in.ts";
import { ACKS, type AckPacket, decodeAcks } from "./ack-packet.ts";
import { isNodeName, type MemberRecord, parseRecord } from "./record.ts";

const FRAME = 1;
const HELD = 2;
const JSON_BEGINS = 0x7b;

/** Bytes of a peer id. */
const ID_BYTES = 16;
export type Packet =
  | {
      readonly t: "frame";
      readonly room: string;
      readonly sender: string;
      readonly target: Target;
      readonly frame: Uint8Array;
    }
  | {
      readonly t: "held";
      readonly room: string;
      readonly sender: string;
      readonly token: number;
      readonly frame: Uint8Array;
    }
  | AckPacket
  | Said;

/** What is said in JSON. */
export type Said =
  | {
      readonly t: "records";
      readonly from: string;
      readonly room: string;
      readonly version: number;
      readonly records: readonly MemberRecord[];
    }
  | {
      readonly t: "signal";
      readonly from: string;
      readonly room: string;
      readonly sender: string;
      readonly to: string;
      readonly signal: Signal;
    }
  | { readonly t: "knock"; readonly from: string; readonly room: string; readonly token: number }
  | {
      readonly t: "mail";
      readonly from: string;
      readonly room: string;
      readonly to: string;
      readonly messages: readonly Mail[];
    }
  /** Something kept for all nodes by `exchange` has changed. */
  | { readonly t: "kept"; readonly from: string; readonly name: string }
  /** An order of an operator; see Cluster.tell. */
  | { readonly t: "order"; readonly from: string; readonly order: unknown }
  /** To oneself: whatever is sent to this node arrives. */
  | { readonly t: "tick"; readonly from: string };

export function encodeFrame(
  room: string,
  sender: string,
  { kind, ids }: Target,
  frame: Uint8Array,
): Uint8Array {
  const { message, at: start } = begin(FRAME, room, sender, 2 + ids.length * ID_BYTES, frame);
  let at = message.writeUInt16BE(2 * ids.length + (kind === "only" ? 0 : 1), start);
  for (const id of ids) at += message.write(id, at, ID_BYTES, "base64url");
  return message;
}

export function encodeHeld(
  room: string,
  sender: string,
  token: number,
  frame: Uint8Array,
): Uint8Array {
  const { message, at } = begin(HELD, room, sender, 4, frame);
  message.writeUInt32BE(token, at);
  return message;
}

/** Everything but the `extra` bytes between sender and frame, which begin at `at`. */
function begin(
  type: number,
  room: string,
  sender: string,
  extra: number,
  frame: Uint8Array,
): { message: Buffer; at: number } {
  const roomBytes = Buffer.byteLength(room);
  const message = Buffer.allocUnsafe(3 + roomBytes + ID_BYTES + extra + frame.length);
  let at = message.writeUInt16BE(roomBytes, message.writeUInt8(type, 0));
  at += message.write(room, at, "utf8");
  at += message.write(sender, at, ID_BYTES, "base64url");
  message.set(frame, at + extra);
  return { message, at };
}

export function encodeSaid(said: Said): Uint8Array {
  return Buffer.from(JSON.stringify(said), "utf8");
}

/** Undefined when it is none that this version knows. Frames are views into `message`. */
export function decodePacket(message: Uint8Array): Packet | undefined {
  return message[0] === JSON_BEGINS ? decodeSaid(message) : decodeBinary(message);
}

function decodeBinary(bytes: Uint8Array): Packet | undefined {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (message.length < 3) return undefined;
  const type = message.readUInt8(0);
  if (type === ACKS) return decodeAcks(message);
  let at = 3 + message.readUInt16BE(1);
  if (message.length < at + ID_BYTES + 4) return undefined;
  const room = message.toString("utf8", 3, at);
  const sender = idAt(message, at);
  at += ID_BYTES;
  if (type === HELD) {
    const token = message.readUInt32BE(at);
    return { t: "held", room, sender, token, frame: rest(message, at + 4) };
  }
  if (type !== FRAME) return undefined;
  const head = message.readUInt16BE(at);
  at += 2;
  const ids: string[] = [];
  for (let count = head >> 1; count > 0; count--, at += ID_BYTES) {
    if (message.length < at + ID_BYTES) return undefined;
    ids.push(idAt(message, at));
  }
  const kind = head === 1 ? "others" : head % 2 === 0 ? "only" : "except";
  return { t: "frame", room, sender, target: { kind, ids }, frame: rest(message, at) };
}

function decodeSaid(message: Uint8Array): Said | undefined {
  const said = parseJson(message);
  if (!isRecord(said)) return undefined;
  const { t, from, room, version, records, token, name, order } = said;
  if (!isNodeName(from)) return undefined;
  if (t === "tick") return { t, from };
  if (t === "order") return { t, from, order };
  if (t === "kept") return typeof name === "string" ? { t, from, name } : undefined;
  if (typeof room !== "string") return undefined;
  if (t === "knock") return isCount(token) ? { t, from, room, token } : undefined;
  if (t === "records") {
    if (!isCount(version) || !Array.isArray(records)) return undefined;
    return { t, from, room, version, records: records.flatMap((each) => parseRecord(each) ?? []) };
  }
  if (t === "mail") {
    const { to, messages } = said;
    if (typeof to !== "string" || !Array.isArray(messages)) return undefined;
    return { t, from, room, to, messages: messages.filter(isMail) };
  }
  if (t !== "signal") return undefined;
  const { sender, to, signal } = said;
  const parsed = isRecord(signal) ? parseSignal({ ...signal, to }) : undefined;
  if (!parsed || typeof sender !== "string") return undefined;
  const { attempt, index, data } = parsed;
  return { t, from, room, sender, to: parsed.to, signal: { attempt, index, data } };
}

export function parseJson(message: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof message === "string" ? message : Buffer.from(message).toString());
  } catch {
    return undefined;
  }
}

function idAt(message: Buffer, at: number): string {
  return message.toString("base64url", at, at + ID_BYTES);
}

/** Not a Node buffer, which would be copied where views are taken. */
function rest(message: Buffer, at: number): Uint8Array {
  return new Uint8Array(message.buffer, message.byteOffset + at, message.length - at);
}
