/**
 * Cursor frames: samples of one pointer, a single one in 9 bytes, further ones in a few bits each.
 */
import type { CursorSample, PointerKind } from "../room/types.ts";
import { CLASS_CURSOR, MAX_CURSOR_FRAME_BYTES } from "./codes.ts";
import type { Reader } from "./reader.ts";
import {
  type BatchSample,
  MAX_BATCH_SAMPLES,
  MAX_SAMPLE_GAP_MS,
  readSamples,
  SCALE_FLOAT,
  scaleOf,
  TIME_RANGE_MS,
  writeSamples,
} from "./samples.ts";
import { Writer } from "./writer.ts";

/** Consecutive samples that share everything but place and time. */
export interface CursorBatch {
  /** Number of the first sample, 0 to 255; the following ones count on from it, modulo 256. */
  readonly number: number;
  readonly pressed: boolean;
  readonly pointerType: PointerKind;
  /** What the coordinates are relative to; at most 64 UTF-8 bytes. */
  readonly frame: string;
  /** 1 to {@link MAX_BATCH_SAMPLES}, at most {@link MAX_SAMPLE_GAP_MS} apart. */
  readonly samples: readonly BatchSample[];
}

/** Numbers on the wire count modulo this. */
export const NUMBER_RANGE = 0x100;

// The low byte of a cursor frame's type.
const PRESSED = 1;
const POINTER_SHIFT = 1;
const SCALE_SHIFT = 3;
const MANY = 1 << 5;
export const NAMED = 1 << 6;
const RESERVED = 1 << 7;

const POINTERS: readonly PointerKind[] = ["mouse", "touch", "pen", "other"];

const modulo = (n: number, range: number): number => ((n % range) + range) % range;

/**
 * Sorts samples, oldest first, into batches: a new one begins where anything but place and time
 * changes, after a gap, when time steps back, and when one is full. `number` is the first sample's.
 */
export function cursorBatches(samples: readonly CursorSample[], number: number): CursorBatch[] {
  const batches: (CursorBatch & { readonly samples: BatchSample[] })[] = [];
  let before = 0;
  samples.forEach(({ x, y, time: exactTime, pressed, pointerType, frame }, i) => {
    const time = Math.round(exactTime);
    const step = time - before;
    before = time;
    const sample = { x, y, time: modulo(time, TIME_RANGE_MS) };
    const batch = batches.at(-1);
    if (
      batch === undefined ||
      step < 0 ||
      step > MAX_SAMPLE_GAP_MS ||
      batch.samples.length === MAX_BATCH_SAMPLES ||
      batch.pressed !== pressed ||
      batch.pointerType !== pointerType ||
      batch.frame !== frame
    ) {
      const first = modulo(number + i, NUMBER_RANGE);
      batches.push({ number: first, pressed, pointerType, frame, samples: [sample] });
    } else {
      batch.samples.push(sample);
    }
  });
  return batches;
}

/** A whole frame, type included. The batch must keep its bounds, as {@link cursorBatches} does. */
export function encodeCursor(batch: CursorBatch): Uint8Array {
  const { samples, frame } = batch;
  const scale = scaleOf(samples);
  const writer = new Writer();
  writer.u8(CLASS_CURSOR);
  writer.u8(
    (batch.pressed ? PRESSED : 0) |
      (POINTERS.indexOf(batch.pointerType) << POINTER_SHIFT) |
      (scale << SCALE_SHIFT) |
      (samples.length > 1 ? MANY : 0) |
      (frame === "" ? 0 : NAMED),
  );
  writer.u8(batch.number);
  writer.u16(samples[0]?.time ?? 0);
  if (frame !== "") writer.text(frame);
  writeSamples(writer, samples, scale);
  return writer.finish();
}

/** Whether a frame of class `cursor` has a layout of this version. */
export function isKnownCursor(type: number): boolean {
  return (type & RESERVED) === 0 && ((type >> SCALE_SHIFT) & 3) <= SCALE_FLOAT;
}

/** What follows the type. */
export function readCursor(type: number, reader: Reader): CursorBatch {
  const number = reader.u8();
  const time = reader.u16();
  return {
    number,
    pressed: (type & PRESSED) !== 0,
    pointerType: POINTERS[(type >> POINTER_SHIFT) & 3] ?? "other",
    frame: (type & NAMED) === 0 ? "" : reader.text(MAX_CURSOR_FRAME_BYTES, 1),
    samples: readSamples(reader, (type >> SCALE_SHIFT) & 3, (type & MANY) !== 0, time),
  };
}
