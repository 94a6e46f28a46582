/** Entries: what a reliable frame carries. */
import * as code from "./codes.ts";
import { finishLatest, finishValue, type LatestBody, readLatest, readValue } from "./latest.ts";
import { Reader } from "./reader.ts";
import type { Value } from "./value.ts";
import { Writer } from "./writer.ts";

/** A whole message. */
export interface MessageEntry {
  readonly kind: "message";
  readonly type: string;
  readonly value: Value;
}

/** The first chunk of a message longer than one frame … */
export interface BeginEntry {
  readonly kind: "begin";
  /** Bytes of the whole value. */
  readonly total: number;
  readonly type: string;
  readonly encoding: number;
  readonly chunk: Uint8Array;
}

/** … and the next one. Nothing comes between the chunks of a message in its sender's order. */
export interface ContinueEntry {
  readonly kind: "continue";
  readonly chunk: Uint8Array;
}

/** The last value of a key, once it rests. */
export interface LatestEntry extends LatestBody {
  readonly kind: "latest";
}

/** The pointer left; samples up to this one are older. */
export interface CursorHiddenEntry {
  readonly kind: "cursorHidden";
  /** Time and number of the last sample; see {@link CursorBatch}. */
  readonly time: number;
  readonly number: number;
}

/** The sample at which the pointer rests: a whole cursor frame. */
export interface CursorEntry {
  readonly kind: "cursor";
  readonly frame: Uint8Array;
}

/** How a tab is, and how often it wants to be told what changes all the time. */
export interface ActivityEntry {
  readonly kind: "activity";
  /** 0 active, 1 idle, 2 hidden; a higher one is of a later version and counts as active. */
  readonly activity: number;
  /** 0: as often as it changes; n: at most every 16 × 2ⁿ ms. Above 6 counts as 6. */
  readonly pace: number;
}

/** The server withheld what was here: its sender may not say it. It takes its place in the order. */
export interface WithheldEntry {
  readonly kind: "withheld";
}

/** On which surfaces its sender wants to be told of the receiver's cursor over data channels. */
export interface InterestEntry {
  readonly kind: "interest";
  /** Null: on all. None: not at all. */
  readonly surfaces: readonly string[] | null;
}

export type Entry =
  | MessageEntry
  | BeginEntry
  | ContinueEntry
  | LatestEntry
  | CursorEntry
  | CursorHiddenEntry
  | ActivityEntry
  | WithheldEntry
  | InterestEntry;

export type DecodedEntry =
  | Entry
  /** A kind of a later version: it takes its place in the order and nothing more. */
  | { readonly kind: "unknown"; readonly code: number }
  | { readonly kind: "malformed"; readonly code: number };

/** Encodes what this side made itself: sizes and ranges are its callers' to keep. */
export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new Writer();
  switch (entry.kind) {
    case "message":
      writer.u8(code.ENTRY_MESSAGE);
      writer.text(entry.type);
      return finishValue(writer, entry.value);
    case "begin":
      writer.u8(code.ENTRY_BEGIN);
      writer.varUint(entry.total);
      writer.text(entry.type);
      writer.u8(entry.encoding);
      return writer.finish(entry.chunk);
    case "continue":
      writer.u8(code.ENTRY_CONTINUE);
      return writer.finish(entry.chunk);
    case "cursor":
      writer.u8(code.ENTRY_CURSOR);
      return writer.finish(entry.frame);
    case "cursorHidden":
      writer.u8(code.ENTRY_CURSOR_HIDDEN);
      writer.u16(entry.time);
      writer.u8(entry.number);
      return writer.finish();
    case "latest":
      writer.u8(code.ENTRY_LATEST);
      return finishLatest(writer, entry);
    case "activity":
      writer.u8(code.ENTRY_ACTIVITY);
      writer.u8(entry.activity);
      writer.u8(entry.pace);
      return writer.finish();
    case "withheld":
      writer.u8(code.ENTRY_WITHHELD);
      return writer.finish();
    case "interest":
      writer.u8(code.ENTRY_INTEREST);
      writer.u8(entry.surfaces === null ? 0 : entry.surfaces.length + 1);
      for (const surface of entry.surfaces ?? []) writer.text(surface);
      return writer.finish();
  }
}

/** Decodes what a stranger sent; never throws. Values and chunks are views into `bytes`. */
export function decodeEntry(bytes: Uint8Array): DecodedEntry {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  const entry = readBody(kind, reader);
  if (entry === undefined && bytes.length > 0) return { kind: "unknown", code: kind };
  return entry === undefined || reader.failed ? { kind: "malformed", code: kind } : entry;
}

function readBody(kind: number, reader: Reader): Entry | undefined {
  switch (kind) {
    case code.ENTRY_MESSAGE:
      return {
        kind: "message",
        type: reader.text(code.MAX_TYPE_BYTES, 1),
        value: readValue(reader, code.CHUNK_BYTES),
      };
    case code.ENTRY_BEGIN: {
      const total = reader.varUint(code.CHUNK_BYTES + 1);
      if (total > code.MAX_MESSAGE_BYTES) reader.fail();
      const type = reader.text(code.MAX_TYPE_BYTES, 1);
      const encoding = reader.u8();
      return { kind: "begin", total, type, encoding, chunk: readChunk(reader) };
    }
    case code.ENTRY_CONTINUE:
      return { kind: "continue", chunk: readChunk(reader) };
    case code.ENTRY_CURSOR:
      return { kind: "cursor", frame: reader.rest(code.CHUNK_BYTES, 1) };
    case code.ENTRY_CURSOR_HIDDEN:
      return { kind: "cursorHidden", time: reader.u16(), number: reader.u8() };
    case code.ENTRY_LATEST:
      return { kind: "latest", ...readLatest(reader) };
    case code.ENTRY_ACTIVITY:
      return { kind: "activity", activity: reader.u8(), pace: reader.u8() };
    case code.ENTRY_WITHHELD:
      return { kind: "withheld" };
    case code.ENTRY_INTEREST:
      return { kind: "interest", surfaces: readSurfaces(reader) };
    default:
      return undefined;
  }
}

function readSurfaces(reader: Reader): string[] | null {
  const count = reader.u8();
  if (count > code.MAX_SURFACES + 1) reader.fail();
  if (count === 0 || count > code.MAX_SURFACES + 1) return null;
  return Array.from({ length: count - 1 }, () => reader.text(code.MAX_CURSOR_FRAME_BYTES));
}

function readChunk(reader: Reader): Uint8Array {
  return reader.rest(code.CHUNK_BYTES, 1);
}
