/**
 * Cursor frames: samples of one pointer, a single one in 9 bytes, further ones in a few bits each.
 * The layout is in docs/protocol.md; it was chosen by measuring recorded movement (bench/bytes.ts).
 */
import type { CursorSample, PointerKind } from "../room/types.ts";
import { BitReader, BitWriter, golombLength } from "./bits.ts";
import { CLASS_CURSOR, MAX_CURSOR_FRAME_BYTES } from "./codes.ts";
import { decodeText } from "./reader.ts";

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

export interface BatchSample {
  /** Finite. Whole numbers of 16 bits arrive exactly, fractions within 1/32768, others as float32. */
  readonly x: number;
  readonly y: number;
  /** Whole milliseconds of the sender's clock, modulo 65536. */
  readonly time: number;
}

/** More than a second of the fastest mice between two frames; bounds what one frame makes us hold. */
export const MAX_BATCH_SAMPLES = 64;
/** Longest time from one sample of a batch to the next, in milliseconds: one byte. */
export const MAX_SAMPLE_GAP_MS = 255;
/** Times on the wire count modulo this many milliseconds. */
export const TIME_RANGE_MS = 0x10000;
/** Numbers on the wire count modulo this. */
export const NUMBER_RANGE = 0x100;

// The low byte of a cursor frame's type.
const PRESSED = 1;
const POINTER_SHIFT = 1;
const SCALE_SHIFT = 3;
const MANY = 1 << 5;
const NAMED = 1 << 6;
const RESERVED = 1 << 7;

const POINTERS: readonly PointerKind[] = ["mouse", "touch", "pen", "other"];

const SCALE_WHOLE = 0;
const SCALE_FRACTION = 1;
const SCALE_FLOAT = 2;
/** Units in 1 at SCALE_FRACTION: 16 bits reach from −2 to 2, so a pointer just outside fits. */
const FRACTION = 16384;

/** Bits of the first coordinates of a batch of many, by their 2-bit code. */
const FIRST_WIDTHS = [11, 12, 14, 16] as const;
const SIGNED = 3;
/** Where time steps are expected before the first: a 60 Hz screen. */
const FIRST_STEP_MS = 16;
/** A time step is written as its difference to the last in this many bits, from STEP_LOWEST up … */
const STEP_BITS = 4;
const STEP_LOWEST = -8;
/** … or, after this code, in full: MAX_SAMPLE_GAP_MS has 8 bits. */
const STEP_IN_FULL = 15;
const ORDER_BITS = 4;

const utf8 = new TextEncoder();
const modulo = (n: number, range: number): number => ((n % range) + range) % range;
const fits = (n: number): boolean => n >= -0x8000 && n <= 0x7fff;

/**
 * Sorts samples, oldest first, into batches: a new one begins where anything but place and time
 * changes, after a gap, when time steps back, and when one is full. `number` is the first sample's.
 */
export function cursorBatches(samples: readonly CursorSample[], number: number): CursorBatch[] {
  const batches: (CursorBatch & { readonly samples: BatchSample[] })[] = [];
  let before: { readonly time: number; readonly sample: CursorSample } | undefined;
  samples.forEach((sample, i) => {
    const { x, y, pressed, pointerType, frame } = sample;
    const time = Math.round(sample.time);
    const step = before === undefined ? -1 : time - before.time;
    const batch = batches.at(-1);
    const place = { x, y, time: modulo(time, TIME_RANGE_MS) };
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
      batches.push({ number: first, pressed, pointerType, frame, samples: [place] });
    } else {
      batch.samples.push(place);
    }
    before = { time, sample };
  });
  return batches;
}

interface Scaled {
  readonly scale: number;
  /** In units of the scale. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

function scaled(samples: readonly BatchSample[]): Scaled {
  const points = samples.map(({ x, y }) => [x, y] as const);
  const all = (test: (n: number) => boolean) => points.every(([x, y]) => test(x) && test(y));
  if (all((n) => Number.isInteger(n) && fits(n))) return { scale: SCALE_WHOLE, points };
  const units = (n: number) => Math.round(n * FRACTION);
  return all((n) => fits(units(n)))
    ? { scale: SCALE_FRACTION, points: points.map(([x, y]) => [units(x), units(y)]) }
    : { scale: SCALE_FLOAT, points };
}

/** A whole frame, type included. The batch must keep its bounds, as {@link cursorBatches} does. */
export function encodeCursor(batch: CursorBatch): Uint8Array {
  const { samples } = batch;
  const { scale, points } = scaled(samples);
  const first = samples[0];
  const start = points[0];
  if (first === undefined || start === undefined) throw new RangeError("skein: an empty batch");
  const name = utf8.encode(batch.frame);
  const many = samples.length > 1;

  const writer = new BitWriter();
  writer.bits(CLASS_CURSOR, 8);
  writer.bits(
    (batch.pressed ? PRESSED : 0) |
      (POINTERS.indexOf(batch.pointerType) << POINTER_SHIFT) |
      (scale << SCALE_SHIFT) |
      (many ? MANY : 0) |
      (name.length > 0 ? NAMED : 0),
    8,
  );
  writer.bits(batch.number, 8);
  writer.bits(first.time, 16);
  if (name.length > 0) {
    writer.bits(name.length, 8);
    for (const byte of name) writer.bits(byte, 8);
  }
  const [width, code] = many && scale !== SCALE_FLOAT ? firstWidth(start) : [16, 0];
  if (many && scale !== SCALE_FLOAT) writer.bits(code, WIDTH_BITS);
  writePoint(writer, scale, start, width);
  if (many) writeMore(writer, scale, samples, points);
  return writer.finish();
}

const WIDTH_BITS = 2;

/** The least width that fits a first point, and its code. */
function firstWidth([x, y]: readonly [number, number]): [width: number, code: number] {
  const least = FIRST_WIDTHS.findIndex(
    (width, code) => code < SIGNED && x >= 0 && y >= 0 && x < 2 ** width && y < 2 ** width,
  );
  const code = least < 0 ? SIGNED : least;
  return [FIRST_WIDTHS[code] ?? 16, code];
}

function writePoint(
  writer: BitWriter,
  scale: number,
  [x, y]: readonly [number, number],
  width: number,
): void {
  if (scale === SCALE_FLOAT) {
    writer.bits(floatBits(x), 32);
    writer.bits(floatBits(y), 32);
  } else {
    // Two's complement in as many bits.
    writer.bits(modulo(x, 2 ** width), width);
    writer.bits(modulo(y, 2 ** width), width);
  }
}

/**
 * Every sample after the first: `step • dx • dy`, dx and dy being how far it is from where the last
 * movement, repeated, would have led. No count: the samples end where only filling ones are left.
 */
function writeMore(
  writer: BitWriter,
  scale: number,
  samples: readonly BatchSample[],
  points: Scaled["points"],
): void {
  const misses = scale === SCALE_FLOAT ? [] : missesOf(points);
  const order = bestOrder(misses);
  if (scale !== SCALE_FLOAT) writer.bits(order, ORDER_BITS);
  let last = FIRST_STEP_MS;
  for (let i = 1; i < samples.length; i++) {
    const step = modulo((samples[i]?.time ?? 0) - (samples[i - 1]?.time ?? 0), TIME_RANGE_MS);
    const short = step - last - STEP_LOWEST;
    if (short >= 0 && short < STEP_IN_FULL) writer.bits(short, STEP_BITS);
    else {
      writer.bits(STEP_IN_FULL, STEP_BITS);
      writer.bits(step, 8);
    }
    last = step;
    const point = points[i];
    const miss = misses[i - 1];
    if (miss !== undefined) for (const n of miss) writer.golomb(n, order);
    else if (point !== undefined) writePoint(writer, scale, point, 32);
  }
}

/** How far each point after the first is from the one expected. */
function missesOf(points: Scaled["points"]): (readonly [number, number])[] {
  const misses: (readonly [number, number])[] = [];
  let [x, y] = points[0] ?? [0, 0];
  let [dx, dy] = [0, 0];
  for (const [nextX, nextY] of points.slice(1)) {
    misses.push([nextX - x - dx, nextY - y - dy]);
    [dx, dy] = [nextX - x, nextY - y];
    [x, y] = [nextX, nextY];
  }
  return misses;
}

function bestOrder(misses: readonly (readonly number[])[]): number {
  let best = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (let order = 0; order < 2 ** ORDER_BITS; order++) {
    const bits = misses.flat().reduce((sum, n) => sum + golombLength(n, order), 0);
    if (bits < fewest) [best, fewest] = [order, bits];
  }
  return best;
}

const scratch = new DataView(new ArrayBuffer(4));

function floatBits(n: number): number {
  scratch.setFloat32(0, n);
  return scratch.getUint32(0);
}

/** Decodes what a stranger sent; never throws. Undefined when malformed. */
export function decodeCursor(bytes: Uint8Array): CursorBatch | undefined {
  const reader = new BitReader(bytes);
  reader.bits(8);
  const flags = reader.bits(8);
  const scale = (flags >> SCALE_SHIFT) & 3;
  if ((flags & RESERVED) !== 0 || scale > SCALE_FLOAT) return undefined;
  const number = reader.bits(8);
  const time = reader.bits(16);
  const frame = (flags & NAMED) === 0 ? "" : readName(reader);
  if (frame === undefined) return undefined;
  const samples = readSamples(reader, scale, (flags & MANY) !== 0, time);
  if (reader.failed || samples === undefined) return undefined;
  return {
    number,
    pressed: (flags & PRESSED) !== 0,
    pointerType: POINTERS[(flags >> POINTER_SHIFT) & 3] ?? "other",
    frame,
    samples,
  };
}

function readName(reader: BitReader): string | undefined {
  const length = reader.bits(8);
  if (length === 0 || length > MAX_CURSOR_FRAME_BYTES) return undefined;
  return decodeText(Uint8Array.from({ length }, () => reader.bits(8)));
}

function readSamples(
  reader: BitReader,
  scale: number,
  many: boolean,
  firstTime: number,
): BatchSample[] | undefined {
  const code = many && scale !== SCALE_FLOAT ? reader.bits(WIDTH_BITS) : SIGNED;
  let [x, y] = readPoint(reader, scale, FIRST_WIDTHS[code] ?? 16, code === SIGNED);
  let time = firstTime;
  const unit = scale === SCALE_FRACTION ? FRACTION : 1;
  const samples: BatchSample[] = [{ x: x / unit, y: y / unit, time }];
  if (many) {
    const order = scale === SCALE_FLOAT ? 0 : reader.bits(ORDER_BITS);
    let [dx, dy] = [0, 0];
    let step = FIRST_STEP_MS;
    while (!reader.ended && !reader.failed) {
      if (samples.length === MAX_BATCH_SAMPLES) return undefined;
      const short = reader.bits(STEP_BITS);
      step = short === STEP_IN_FULL ? reader.bits(8) : step + STEP_LOWEST + short;
      if (step < 0 || step > MAX_SAMPLE_GAP_MS) return undefined;
      time = modulo(time + step, TIME_RANGE_MS);
      if (scale === SCALE_FLOAT) [x, y] = readPoint(reader, scale, 32, false);
      else {
        dx += reader.golomb(order);
        dy += reader.golomb(order);
        x += dx;
        y += dy;
        if (!fits(x) || !fits(y)) return undefined;
      }
      samples.push({ x: x / unit, y: y / unit, time });
    }
    if (samples.length < 2) return undefined;
  }
  const finite = samples.every((sample) => Number.isFinite(sample.x) && Number.isFinite(sample.y));
  return finite && reader.ended ? samples : undefined;
}

function readPoint(
  reader: BitReader,
  scale: number,
  width: number,
  signed: boolean,
): [number, number] {
  const read = () => {
    if (scale === SCALE_FLOAT) {
      scratch.setUint32(0, reader.bits(32));
      return scratch.getFloat32(0);
    }
    const value = reader.bits(width);
    return signed && value >= 2 ** (width - 1) ? value - 2 ** width : value;
  };
  return [read(), read()];
}
