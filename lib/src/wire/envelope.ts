/**
 * What the server path puts before a frame: on the way up whom it is for, on the way down whom it is
 * from. A WebRTC path needs neither.
 */
import { MAX_FRAME_BYTES } from "../signaling/events.ts";
import { MAX_ROUTE_HANDLES } from "./codes.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Whom a frame is for. Handles are the server's short numbers for members, from 1. */
export type Route =
  /** Reserved: to the server itself. */
  | { readonly kind: "server" }
  | { readonly kind: "others" }
  | { readonly kind: "only" | "except"; readonly handles: readonly number[] };

const TO_SERVER = 0;
const TO_OTHERS = 1;

/** `route • frame`. The handles must be different ones, 1 to {@link MAX_ROUTE_HANDLES} of them. */
export function encodeRouted(route: Route, frame: Uint8Array): Uint8Array {
  const writer = new Writer();
  if (route.kind === "server" || route.kind === "others") {
    writer.varUint(route.kind === "server" ? TO_SERVER : TO_OTHERS);
  } else {
    writer.varUint(2 * route.handles.length + (route.kind === "only" ? 0 : 1));
    for (const handle of route.handles) writer.varUint(handle);
  }
  return writer.finish(frame);
}

/** Undefined when malformed. The frame is a view into `message`, not looked into. */
export function decodeRouted(
  message: Uint8Array,
): { readonly route: Route; readonly frame: Uint8Array } | undefined {
  const reader = new Reader(message);
  const head = reader.varUint();
  let route: Route;
  if (head === TO_SERVER) route = { kind: "server" };
  else if (head === TO_OTHERS) route = { kind: "others" };
  else {
    const count = Math.floor(head / 2);
    if (count > MAX_ROUTE_HANDLES) return undefined;
    const handles = new Set<number>();
    for (let i = 0; i < count; i++) handles.add(reader.varUint(1));
    // One upload must not become many deliveries to one member.
    if (handles.size < count) return undefined;
    route = { kind: head % 2 === 0 ? "only" : "except", handles: [...handles] };
  }
  const frame = takeFrame(reader);
  return frame && { route, frame };
}

/** `varUint(handle of the sender) • frame`. */
export function encodeSent(sender: number, frame: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.varUint(sender);
  return writer.finish(frame);
}

/** A frame, and the handle of the member that it is from. */
export interface Sent {
  readonly sender: number;
  readonly frame: Uint8Array;
}

/** Undefined when malformed. The frame is a view into `message`. */
export function decodeSent(message: Uint8Array): Sent | undefined {
  const reader = new Reader(message);
  const sender = reader.varUint(1);
  const frame = takeFrame(reader);
  return frame && { sender, frame };
}

/** No member's handle: what follows are the frames of several. */
const BUNDLE = 0;

/** `0 { varUint(handle of the sender) • varUint(bytes) • frame }`, in the order in which they were sent. */
export function encodeBundle(sent: readonly Sent[]): Uint8Array {
  const writer = new Writer();
  writer.varUint(BUNDLE);
  for (const { sender, frame } of sent) {
    writer.varUint(sender);
    writer.varUint(frame.length);
    for (const byte of frame) writer.u8(byte);
  }
  return writer.finish();
}

/** What comes down: one frame, or a bundle of them. None when malformed. They are views into `message`. */
export function decodeDown(message: Uint8Array): readonly Sent[] {
  if (message[0] !== BUNDLE) {
    const sent = decodeSent(message);
    return sent ? [sent] : [];
  }
  const reader = new Reader(message.subarray(1));
  const bundle: Sent[] = [];
  while (!reader.ended) {
    const sender = reader.varUint(1);
    bundle.push({ sender, frame: reader.bytes(MAX_FRAME_BYTES, MIN_FRAME_BYTES) });
  }
  return reader.failed ? [] : bundle;
}

/** Smallest frame, in bytes: its type. */
const MIN_FRAME_BYTES = 2;

function takeFrame(reader: Reader): Uint8Array | undefined {
  const frame = reader.rest(MAX_FRAME_BYTES, MIN_FRAME_BYTES);
  return reader.failed ? undefined : frame;
}
