/**
 * STUN messages (RFC 8489) and what TURN (RFC 8656) adds to them, as far as it takes to ask a server
 * for one's address and for an allocation. Pure: bytes in, bytes out.
 */
import { createHash, createHmac } from "node:crypto";
import { isIPv6 } from "node:net";

export const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const COOKIE_BYTES = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
export const TRANSACTION_BYTES = 12;

/** MESSAGE-INTEGRITY with its header: an HMAC-SHA1 (RFC 8489, 14.5). */
const INTEGRITY_BYTES = 24;

export const METHOD = {
  binding: 0x0001,
  allocate: 0x0003,
  refresh: 0x0004,
  createPermission: 0x0008,
} as const;
export type Method = (typeof METHOD)[keyof typeof METHOD];

/** What a relay hands on of a peer's (RFC 8656, 11.6). */
const DATA_INDICATION = 0x0017;

/** The two bits that make a message a response, and the one of them that makes it an error. */
const CLASS_BITS = 0x0110;
const SUCCESS = 0x0100;
const ERROR = 0x0110;

export const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  lifetime: 0x000d,
  xorPeer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayed: 0x0016,
  family: 0x0017,
  transport: 0x0019,
  xorMapped: 0x0020,
} as const;

/** REQUESTED-TRANSPORT: relay UDP, the only thing that WebRTC wants. */
const UDP = 17;

export interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

/** For requests under the long-term credential mechanism (RFC 8489, 9.2). */
export interface Signature {
  readonly username: string;
  readonly credential: string;
  readonly realm: Buffer;
  readonly nonce: Buffer;
}

export interface StunAnswer {
  /** 0: success; otherwise the error's code, such as 401. */
  readonly code: number;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

export function requestedTransport(): Attribute {
  return { type: ATTRIBUTE.transport, value: Buffer.from([UDP, 0, 0, 0]) };
}

/** Without it a server gives IPv4 addresses only. */
export function requestedIPv6(): Attribute {
  return { type: ATTRIBUTE.family, value: Buffer.from([2, 0, 0, 0]) };
}

/** How long an allocation is to live, in seconds; 0 gives it back. */
export function lifetime(seconds: number): Attribute {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(seconds);
  return { type: ATTRIBUTE.lifetime, value };
}

/** XOR-PEER-ADDRESS: the one to be allowed. `id`: of the transaction, which masks IPv6 addresses. */
export function peerAddress(address: string, port: number, id: Buffer): Attribute {
  const mask = Buffer.concat([COOKIE_BYTES, id]);
  const bytes = addressBytes(address).map((byte, index) => byte ^ (mask[index] ?? 0));
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  value.set(bytes, 4);
  return { type: ATTRIBUTE.xorPeer, value };
}

export function encodeRequest(
  method: Method,
  id: Buffer,
  attributes: readonly Attribute[],
  signature?: Signature,
): Buffer {
  const who = signature && [
    { type: ATTRIBUTE.username, value: Buffer.from(signature.username) },
    { type: ATTRIBUTE.realm, value: signature.realm },
    { type: ATTRIBUTE.nonce, value: signature.nonce },
  ];
  const body = Buffer.concat([...attributes, ...(who ?? [])].map(encodeAttribute));
  const header = Buffer.alloc(8);
  header.writeUInt16BE(method, 0);
  // The length counts the integrity already while its digest is made.
  header.writeUInt16BE(body.length + (signature ? INTEGRITY_BYTES : 0), 2);
  header.writeUInt32BE(COOKIE, 4);
  const message = Buffer.concat([header, id, body]);
  if (!signature) return message;
  const { username, realm, credential } = signature;
  const key = createHash("md5").update(`${username}:${realm}:${credential}`).digest();
  const digest = createHmac("sha1", key).update(message).digest();
  return Buffer.concat([message, encodeAttribute({ type: ATTRIBUTE.integrity, value: digest })]);
}

/** Bytes of the message that begins here; undefined when it cannot be told yet, or is no STUN. */
export function messageBytes(head: Buffer): number | "not-stun" | undefined {
  if (head.length < HEADER_BYTES) return undefined;
  const isStun = (head[0] ?? 0xff) < 4 && head.readUInt32BE(4) === COOKIE;
  return isStun ? HEADER_BYTES + head.readUInt16BE(2) : "not-stun";
}

/** The answer to the request `id`; undefined for anything else, well-formed or not. */
export function decodeAnswer(message: Buffer, id: Buffer): StunAnswer | undefined {
  if (messageBytes(message) !== message.length) return undefined;
  if (!message.subarray(8, HEADER_BYTES).equals(id)) return undefined;
  const kind = message.readUInt16BE(0) & CLASS_BITS;
  const attributes = attributesOf(message);
  if (attributes === undefined || (kind !== SUCCESS && kind !== ERROR)) return undefined;
  if (kind === SUCCESS) return { code: 0, attributes };
  const error = attributes.get(ATTRIBUTE.error);
  if (error === undefined || error.length < 4) return undefined;
  return { code: ((error[2] ?? 0) & 7) * 100 + (error[3] ?? 0), attributes };
}

/** Whom a relay hands something on from, `host:port`; undefined when this is nothing of the kind. */
export function senderIn(message: Buffer): string | undefined {
  if (messageBytes(message) !== message.length) return undefined;
  if (message.readUInt16BE(0) !== DATA_INDICATION) return undefined;
  const id = message.subarray(8, HEADER_BYTES);
  return addressIn(attributesOf(message)?.get(ATTRIBUTE.xorPeer), id);
}

/** An XOR-MAPPED-ADDRESS or XOR-RELAYED-ADDRESS as `host:port`. */
export function addressIn(value: Buffer | undefined, id: Buffer): string | undefined {
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const mask = Buffer.concat([COOKIE_BYTES, id]);
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16);
  const bytes = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  if (bytes.length === 4) return `${bytes.join(".")}:${port}`;
  const words = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return `[${words.join(":")}]:${port}`;
}

function encodeAttribute({ type, value }: Attribute): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

function attributesOf(message: Buffer): Map<number, Buffer> | undefined {
  const found = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at < message.length; ) {
    if (at + 4 > message.length) return undefined;
    const length = message.readUInt16BE(at + 2);
    if (at + 4 + length > message.length) return undefined;
    const type = message.readUInt16BE(at);
    // The first of a kind counts (RFC 8489, 14).
    if (!found.has(type)) found.set(type, Buffer.from(message.subarray(at + 4, at + 4 + length)));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return found;
}

/** An address as its 4 or 16 bytes. */
function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [, embedded] = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const tail = embedded === undefined ? [] : embedded.split(".").map(Number);
  const text = embedded === undefined ? address : address.slice(0, -embedded.length);
  const words = (part: string | undefined) => (part ?? "").split(":").filter(Boolean);
  const [head, rest] = text.split("::");
  const bytes = (list: string[]) =>
    list.flatMap((w) => [Number.parseInt(w, 16) >> 8, Number.parseInt(w, 16) & 255]);
  const before = bytes(words(head));
  const after = [...bytes(words(rest)), ...tail];
  return Buffer.from([...before, ...Array(16 - before.length - after.length).fill(0), ...after]);
}
