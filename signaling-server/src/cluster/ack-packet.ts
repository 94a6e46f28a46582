/**
 * Acknowledgements from node to node: of all members of a room there, to all here, in one message.
 *
 *     acks: u8(3) • u16(bytes) • room • u16(n) • n × id • { from • of • incarnation • all • to • presenceVersion }
 *
 * `from` has received this `of` whom: places in the list of ids. They and the rest are varUints, as in
 * an ack vector: each number is small, and there is one row for each pair of members.
 */
import { Reader } from "../../../lib/src/wire/reader.ts";
import { Writer } from "../../../lib/src/wire/writer.ts";
import type { AckBody, Acknowledged } from "../acks.ts";
import type { Room } from "../room.ts";

export const ACKS = 3;

/** Bytes of a peer id. */
const ID_BYTES = 16;

/** As {@link Acknowledged}, by ids. */
export interface AckById extends AckBody {
  readonly from: string;
  readonly of: string;
}

export interface AckPacket {
  readonly t: "acks";
  readonly room: string;
  readonly acks: readonly AckById[];
}

export function encodeAcks(room: string, acks: readonly Acknowledged[]): Uint8Array {
  const places = new Map<string, number>();
  const placeOf = ({ id }: { readonly id: string }): number => {
    const place = places.get(id) ?? places.size;
    places.set(id, place);
    return place;
  };
  const rows = new Writer();
  for (const { receiver, sender, ack } of acks) {
    const { incarnation, all, to, presenceVersion } = ack;
    const numbers = [placeOf(receiver), placeOf(sender), incarnation, all, to, presenceVersion];
    for (const number of numbers) rows.varUint(number);
  }
  const tail = rows.finish();
  const roomBytes = Buffer.byteLength(room);
  const head = 3 + roomBytes + 2 + places.size * ID_BYTES;
  const message = Buffer.allocUnsafe(head + tail.length);
  let at = message.writeUInt16BE(roomBytes, message.writeUInt8(ACKS, 0));
  at += message.write(room, at, "utf8");
  at = message.writeUInt16BE(places.size, at);
  for (const id of places.keys()) at += message.write(id, at, ID_BYTES, "base64url");
  message.set(tail, at);
  return message;
}

/** Undefined when it is malformed. `message` begins with {@link ACKS}. */
export function decodeAcks(message: Buffer): AckPacket | undefined {
  if (message.length < 3) return undefined;
  let at = 3 + message.readUInt16BE(1);
  if (message.length < at + 2) return undefined;
  const room = message.toString("utf8", 3, at);
  const count = message.readUInt16BE(at);
  at += 2;
  if (message.length < at + count * ID_BYTES) return undefined;
  const ids = Array.from({ length: count }, (_, i) =>
    message.toString("base64url", at + i * ID_BYTES, at + (i + 1) * ID_BYTES),
  );
  const reader = new Reader(message.subarray(at + count * ID_BYTES));
  const acks: AckById[] = [];
  while (!reader.ended) {
    const from = ids[reader.varUint()];
    const of = ids[reader.varUint()];
    const incarnation = reader.varUint(1);
    const [all, to] = [reader.varUint(1), reader.varUint(1)];
    const presenceVersion = reader.varUint();
    if (from === undefined || of === undefined) return undefined;
    acks.push({ from, of, incarnation, all, to, presenceVersion });
  }
  return reader.failed ? undefined : { t: "acks", room, acks };
}

/** They are gathered here with those of this node. False when some are from somebody unknown. */
export function takeAcks(room: Room, acks: readonly AckById[]): boolean {
  let isKnown = true;
  for (const { from, of, ...ack } of acks) {
    const receiver = room.get(from);
    const sender = room.get(of);
    if (!receiver) isKnown = false;
    // One that has moved on is not followed: two nodes could send it to and fro.
    else if (sender?.node === null) room.acknowledge(receiver, [{ handle: sender.handle, ...ack }]);
  }
  return isKnown;
}
