/** Frames: one unit on the wire, `type(2 bytes) • body`. docs/protocol.md specifies each. */
import { MAX_FRAME_BYTES, MAX_PRESENCE_BYTES } from "../signaling/events.ts";
import * as code from "./codes.ts";
import { type CursorBatch, encodeCursor, isKnownCursor, readCursor } from "./cursor.ts";
import { finishLatest, type LatestBody, readLatest } from "./latest.ts";
import { Reader } from "./reader.ts";
import { decodeJson, encodeJson } from "./value.ts";
import { Writer } from "./writer.ts";

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

type Numbered = Hello | Ack | Probe | Probed | Goodbye | ReliableFrame;

export type Frame = Numbered | PresenceFrame | CursorFrame | LatestFrame;

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

/** Frames that are a row of varUints, reliable ones with an entry behind: type and fields, in order. */
const NUMBERED: {
  readonly [F in Numbered as F["kind"]]: readonly [
    type: number,
    ...fields: Exclude<keyof F, "kind" | "entry">[],
  ];
} = {
  hello: [
    code.HELLO,
    "protocol",
    "features",
    "incarnation",
    "accepted",
    "nextAll",
    "nextTo",
    "presenceVersion",
    "attempt",
  ],
  ack: [code.ACK, "incarnation", "all", "to", "presenceVersion"],
  probe: [code.PROBE, "n"],
  probed: [code.PROBED, "n", "flags"],
  goodbye: [code.GOODBYE, "incarnation"],
  all: [code.ALL, "number"],
  allCopy: [code.ALL_COPY, "number", "afterTo"],
  to: [code.TO, "number", "afterAll"],
};

/** The same as a list, made once: every frame that arrives is looked up. */
const ROWS = Object.entries(NUMBERED);

/** Fields that count from 1, in every frame. */
const FROM_ONE = ["incarnation", "nextAll", "nextTo", "all", "to", "number"];

/** Encodes what this side made itself: sizes and ranges are its callers' to keep. */
export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new Writer();
  switch (frame.kind) {
    case "cursor":
      return encodeCursor(frame);
    case "latest":
      writer.u16(code.LATEST);
      return finishLatest(writer, frame);
    case "presence": {
      const json = encodeJson(frame.state);
      if (json === undefined) throw new TypeError("skein: presence that is not JSON");
      writer.u16(code.PRESENCE);
      writer.varUint(frame.version);
      return writer.finish(json);
    }
    default: {
      const [type, ...fields] = NUMBERED[frame.kind];
      // The type of NUMBERED ties each kind to fields of its own that are numbers.
      const numbers = frame as unknown as { readonly [field: string]: number };
      writer.u16(type);
      for (const field of fields) writer.varUint(numbers[field] ?? 0);
      return writer.finish("entry" in frame ? frame.entry : undefined);
    }
  }
}

/**
 * Decodes what a stranger sent; never throws. Entries and values in the result are views into
 * `bytes`.
 */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const reader = new Reader(bytes);
  const type = reader.u16();
  if (bytes.length < 2) return { kind: "malformed", type: (bytes[0] ?? 0) << 8 };
  if (bytes.length > MAX_FRAME_BYTES) return { kind: "malformed", type };
  if (type >> 8 >= code.SEALED) return { kind: "sealed", type };
  const frame = readBody(type, reader);
  if (frame === undefined) return { kind: "unknown", type };
  return reader.failed ? { kind: "malformed", type } : frame;
}

/** Undefined: a type that is not known here. */
function readBody(type: number, reader: Reader): Frame | undefined {
  // Object literals evaluate in the order written, which is the order on the wire.
  if (type === code.LATEST) return { kind: "latest", ...readLatest(reader) };
  if (type === code.PRESENCE) {
    return { kind: "presence", version: reader.varUint(), state: readState(reader) };
  }
  if (type >> 8 === code.CLASS_CURSOR) {
    return isKnownCursor(type) ? { kind: "cursor", ...readCursor(type, reader) } : undefined;
  }
  for (const [kind, row] of ROWS) {
    if (row[0] !== type) continue;
    const frame: { [field: string]: unknown } = { kind };
    for (const field of row.slice(1) as string[])
      frame[field] = reader.varUint(FROM_ONE.includes(field) ? 1 : 0);
    // Its kind at least; what is in it is for `decodeEntry`.
    if (type >> 8 === code.CLASS_RELIABLE) frame["entry"] = reader.rest(MAX_FRAME_BYTES, 1);
    return frame as unknown as Numbered;
  }
  return undefined;
}

function readState(reader: Reader): PresenceFrame["state"] {
  const state = decodeJson(reader.rest(MAX_PRESENCE_BYTES))?.data;
  if (typeof state === "object" && state !== null && !Array.isArray(state)) {
    return state as PresenceFrame["state"];
  }
  reader.fail();
  return {};
}
