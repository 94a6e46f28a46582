/** Frames: one unit on the wire, `type(2 bytes) • body`. docs/protocol.md specifies each. */
import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeUint8,
  writeUint8Array,
  writeVarUint,
} from "lib0/encoding";
import { MAX_FRAME_BYTES, MAX_PRESENCE_BYTES } from "../signaling/events.ts";
import * as code from "./codes.ts";
import { type CursorBatch, decodeCursor, encodeCursor, isKnownCursor } from "./cursor.ts";
import { type LatestBody, readLatest, writeLatest } from "./latest.ts";
import { Reader } from "./reader.ts";
import { decodeJson, encodeJson } from "./value.ts";

/** The first frame to each incarnation of a peer. */
export interface Hello {
  readonly kind: "hello";
  readonly protocol: number;
  readonly features: number;
  /** The sender's incarnation, from 1: a new one numbers its streams anew. */
  readonly incarnation: number;
  /** The receiver's incarnation whose frames the sender is ready to take; 0: none yet. */
  readonly accepted: number;
  /** The number of the next `all` and `to` frame, from 1: lower ones will never come. */
  readonly nextAll: number;
  readonly nextTo: number;
  readonly presenceVersion: number;
  /** The attempt at a WebRTC path that the sender is at; 0 before the first. */
  readonly attempt: number;
}

/** What has arrived from one incarnation of a peer: the next number expected in each stream. */
export interface Ack {
  readonly kind: "ack";
  /** The incarnation of the one whose frames these are. */
  readonly incarnation: number;
  readonly all: number;
  readonly to: number;
  readonly presenceVersion: number;
}

/** Answered at once by `probed` with the same number, on the same path. */
export interface Probe {
  readonly kind: "probe";
  readonly n: number;
}

export interface Probed {
  readonly kind: "probed";
  readonly n: number;
  /** Bit set: {@link PROBED_HIDDEN}; the others are to be ignored. */
  readonly flags: number;
}

/** The answering tab is hidden: its timers are slow, and its silence says less. */
export const PROBED_HIDDEN = 1;

/** Leaving for good; said on every path. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly incarnation: number;
}

/** A reliable frame. `entry` is for {@link decodeEntry}; numbers count from 1. */
export type ReliableFrame =
  | { readonly kind: "all"; readonly number: number; readonly entry: Uint8Array }
  /** The same `all`, for one member that must first see the `to` frame numbered `afterTo`. */
  | {
      readonly kind: "allCopy";
      readonly number: number;
      readonly afterTo: number;
      readonly entry: Uint8Array;
    }
  /** To one member, after the `all` frame numbered `afterAll` (0: after none). */
  | {
      readonly kind: "to";
      readonly number: number;
      readonly afterAll: number;
      readonly entry: Uint8Array;
    };

/** Whole state; the newest version wins, whatever carried it. */
export interface PresenceFrame {
  readonly kind: "presence";
  readonly version: number;
  readonly state: { readonly [key: string]: unknown };
}

export interface LatestFrame extends LatestBody {
  readonly kind: "latest";
}

export interface CursorFrame extends CursorBatch {
  readonly kind: "cursor";
}

export type Frame =
  | Hello
  | Ack
  | Probe
  | Probed
  | Goodbye
  | ReliableFrame
  | PresenceFrame
  | CursorFrame
  | LatestFrame;

export type DecodedFrame =
  | Frame
  /** A type of a later version: to be counted and ignored. */
  | { readonly kind: "unknown"; readonly type: number }
  /** End-to-end encrypted, which this version cannot read. */
  | { readonly kind: "sealed"; readonly type: number }
  | { readonly kind: "malformed"; readonly type: number };

/** All of a class but the sealed bit. */
const CLASS_MASK = code.SEALED - 1;

/** A frame's class (`CLASS_…`), sealed or not, without decoding it; 0 when there are no bytes. */
export function frameClass(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) & CLASS_MASK;
}

/** Encodes what this side made itself: sizes and ranges are its callers' to keep. */
export function encodeFrame(frame: Frame): Uint8Array {
  const encoder = createEncoder();
  switch (frame.kind) {
    case "hello":
      write(encoder, code.HELLO, [
        frame.protocol,
        frame.features,
        frame.incarnation,
        frame.accepted,
        frame.nextAll,
        frame.nextTo,
        frame.presenceVersion,
        frame.attempt,
      ]);
      break;
    case "ack":
      write(encoder, code.ACK, [frame.incarnation, frame.all, frame.to, frame.presenceVersion]);
      break;
    case "probe":
      write(encoder, code.PROBE, [frame.n]);
      break;
    case "probed":
      write(encoder, code.PROBED, [frame.n, frame.flags]);
      break;
    case "goodbye":
      write(encoder, code.GOODBYE, [frame.incarnation]);
      break;
    case "all":
      write(encoder, code.ALL, [frame.number], frame.entry);
      break;
    case "allCopy":
      write(encoder, code.ALL_COPY, [frame.number, frame.afterTo], frame.entry);
      break;
    case "to":
      write(encoder, code.TO, [frame.number, frame.afterAll], frame.entry);
      break;
    case "presence": {
      const json = encodeJson(frame.state);
      if (json === undefined) throw new TypeError("skein: presence that is not JSON");
      write(encoder, code.PRESENCE, [frame.version], json);
      break;
    }
    case "latest":
      write(encoder, code.LATEST, []);
      writeLatest(encoder, frame);
      break;
    case "cursor":
      return encodeCursor(frame);
  }
  return toUint8Array(encoder);
}

/** `type • varUints • tail` */
function write(encoder: Encoder, type: number, uints: number[], tail?: Uint8Array): void {
  writeUint8(encoder, type >> 8);
  writeUint8(encoder, type & 255);
  for (const uint of uints) writeVarUint(encoder, uint);
  if (tail) writeUint8Array(encoder, tail);
}

/**
 * Decodes what a stranger sent; never throws. Entries and values in the result are views into
 * `bytes`.
 */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const reader = new Reader(bytes);
  const type = reader.u16();
  if (bytes.length < 2 || bytes.length > MAX_FRAME_BYTES) return { kind: "malformed", type };
  if (type >> 8 >= code.SEALED) return { kind: "sealed", type };
  if (type >> 8 === code.CLASS_CURSOR && isKnownCursor(type)) {
    const batch = decodeCursor(bytes);
    return batch === undefined ? { kind: "malformed", type } : { kind: "cursor", ...batch };
  }
  const frame = readBody(type, reader);
  if (frame === undefined) return { kind: "unknown", type };
  return reader.failed ? { kind: "malformed", type } : frame;
}

/** Undefined: a type that is not known here. */
function readBody(type: number, reader: Reader): Frame | undefined {
  // Object literals evaluate in the order written, which is the order on the wire.
  switch (type) {
    case code.HELLO:
      return {
        kind: "hello",
        protocol: reader.varUint(),
        features: reader.varUint(),
        incarnation: reader.varUint(1),
        accepted: reader.varUint(),
        nextAll: reader.varUint(1),
        nextTo: reader.varUint(1),
        presenceVersion: reader.varUint(),
        attempt: reader.varUint(),
      };
    case code.ACK:
      return {
        kind: "ack",
        incarnation: reader.varUint(1),
        all: reader.varUint(1),
        to: reader.varUint(1),
        presenceVersion: reader.varUint(),
      };
    case code.PROBE:
      return { kind: "probe", n: reader.varUint() };
    case code.PROBED:
      return { kind: "probed", n: reader.varUint(), flags: reader.varUint() };
    case code.GOODBYE:
      return { kind: "goodbye", incarnation: reader.varUint(1) };
    case code.ALL:
      return { kind: "all", number: reader.varUint(1), entry: readEntry(reader) };
    case code.ALL_COPY:
      return {
        kind: "allCopy",
        number: reader.varUint(1),
        afterTo: reader.varUint(),
        entry: readEntry(reader),
      };
    case code.TO:
      return {
        kind: "to",
        number: reader.varUint(1),
        afterAll: reader.varUint(),
        entry: readEntry(reader),
      };
    case code.PRESENCE:
      return { kind: "presence", version: reader.varUint(), state: readState(reader) };
    case code.LATEST:
      return { kind: "latest", ...readLatest(reader) };
    default:
      return undefined;
  }
}

/** Its kind and at least nothing: what is in it is for `decodeEntry`. */
function readEntry(reader: Reader): Uint8Array {
  return reader.rest(MAX_FRAME_BYTES, 1);
}

function readState(reader: Reader): PresenceFrame["state"] {
  const state = decodeJson(reader.rest(MAX_PRESENCE_BYTES))?.data;
  if (typeof state === "object" && state !== null && !Array.isArray(state)) {
    return state as PresenceFrame["state"];
  }
  reader.fail();
  return {};
}
