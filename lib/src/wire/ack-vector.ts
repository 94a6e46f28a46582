/**
 * One acknowledgement for many peers, which the server takes apart: `type { handle • incarnation • all •
 * to • presenceVersion }`. In a large room one a peer would be an upload for each who says something.
 */
import { ACK_VECTOR } from "./codes.ts";
import type { Ack } from "./frame.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** What has arrived from the member with this handle. */
export interface AckOf extends Omit<Ack, "kind"> {
  readonly handle: number;
}

/** Peers in one vector at most: well within a frame, however large their numbers are. */
export const MAX_ACKS = 512;

/** 1 to {@link MAX_ACKS} of them, of different handles. */
export function encodeAckVector(acks: readonly AckOf[]): Uint8Array {
  const writer = new Writer();
  writer.u16(ACK_VECTOR);
  for (const { handle, incarnation, all, to, presenceVersion } of acks) {
    for (const number of [handle, incarnation, all, to, presenceVersion]) writer.varUint(number);
  }
  return writer.finish();
}

/** Undefined when it is none, or malformed. */
export function decodeAckVector(frame: Uint8Array): readonly AckOf[] | undefined {
  const reader = new Reader(frame);
  if (reader.u16() !== ACK_VECTOR) return undefined;
  const acks: AckOf[] = [];
  const handles = new Set<number>();
  do {
    const handle = reader.varUint(1);
    handles.add(handle);
    acks.push({
      handle,
      incarnation: reader.varUint(1),
      all: reader.varUint(1),
      to: reader.varUint(1),
      presenceVersion: reader.varUint(),
    });
  } while (!reader.ended && acks.length < MAX_ACKS);
  // One upload must not become many deliveries to one member.
  return reader.failed || handles.size < acks.length ? undefined : acks;
}
