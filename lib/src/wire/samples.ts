/**
 * The samples of a cursor frame: a first point, and how each further one differs from what was
 * expected of it, in as few bits as the batch needs. Chosen by measuring recorded movement; a batch
 * of four costs some 14 bytes instead of 32. docs/protocol.md has the layout.
 */
import { golombLength } from "./golomb.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

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

// How coordinates become numbers, for all samples of a batch.
const SCALE_WHOLE = 0;
const SCALE_FRACTION = 1;
export const SCALE_FLOAT = 2;
/** Units in 1 at SCALE_FRACTION: 16 bits reach from −2 to 2, so a pointer just outside fits. */
const FRACTION = 16384;

/** Bits of each coordinate of a batch's first point, by a 2-bit code; the last is signed. */
const FIRST_WIDTHS = [11, 12, 14, 16] as const;
const SIGNED = 3;
const WIDTH_CODE_BITS = 2;
const ORDER_BITS = 4;

/** Where time steps are expected before the first: a 60 Hz screen, whose steps are 16 and 17. */
const FIRST_STEP_MS = 16;
/** A near step is this much below what is expected, or up to as much above it. */
const STEP_BELOW = 8;
/** Near steps leave out the two that have a code of their own. */
const STEP_LEFT_OUT = 2;
const NEAR_STEPS = 16;

type Point = readonly [x: number, y: number];

const modulo = (n: number, range: number): number => ((n % range) + range) % range;
const fits = (n: number): boolean => n >= -0x8000 && n <= 0x7fff;
const scratch = new DataView(new ArrayBuffer(4));

/** The least scale that keeps what {@link BatchSample} promises. */
export function scaleOf(samples: readonly BatchSample[]): number {
  const all = (test: (n: number) => boolean) => samples.every(({ x, y }) => test(x) && test(y));
  if (all((n) => Number.isInteger(n) && fits(n))) return SCALE_WHOLE;
  return all((n) => fits(Math.round(n * FRACTION))) ? SCALE_FRACTION : SCALE_FLOAT;
}

const unitsOf = (scale: number): number => (scale === SCALE_FRACTION ? FRACTION : 1);

/** Everything after the first sample's time. */
export function writeSamples(writer: Writer, samples: readonly BatchSample[], scale: number): void {
  if (scale === SCALE_FLOAT) writeFloats(writer, samples);
  else {
    const units = unitsOf(scale);
    const points = samples.map(({ x, y }): Point => [Math.round(x * units), Math.round(y * units)]);
    const first = points[0] ?? [0, 0];
    if (samples.length > 1) writePacked(writer, samples, first, points);
    else writePoint(writer, first, FIRST_WIDTHS[SIGNED]);
  }
}

function writeFloats(writer: Writer, samples: readonly BatchSample[]): void {
  const steps = new Steps(samples);
  samples.forEach(({ x, y }, i) => {
    if (i > 0) steps.write(writer, i);
    for (const n of [x, y]) {
      scratch.setFloat32(0, n);
      writer.bits(scratch.getUint32(0), 32);
    }
  });
}

function writePacked(
  writer: Writer,
  samples: readonly BatchSample[],
  first: Point,
  points: readonly Point[],
): void {
  const narrow = FIRST_WIDTHS.findIndex(
    (width, code) => code < SIGNED && first.every((n) => n >= 0 && n < 2 ** width),
  );
  const code = narrow < 0 ? SIGNED : narrow;
  writer.bits(code, WIDTH_CODE_BITS);
  writePoint(writer, first, FIRST_WIDTHS[code] ?? 0);

  const { steady, order, misses } = best(points);
  writer.bits(steady ? 1 : 0, 1);
  writer.bits(order, ORDER_BITS);
  const steps = new Steps(samples);
  misses.forEach(([x, y], i) => {
    steps.write(writer, i + 1);
    writer.golomb(x, order);
    writer.golomb(y, order);
  });
}

/** Two's complement in `width` bits each. */
function writePoint(writer: Writer, point: Point, width: number): void {
  for (const n of point) writer.bits(modulo(n, 2 ** width), width);
}

interface Packing {
  /** Whether each movement is expected to repeat the one before it; if not, to be none. */
  readonly steady: boolean;
  /** Of the Golomb code. */
  readonly order: number;
  /** How far each point but the first is from where it was expected. */
  readonly misses: readonly Point[];
}

/** The packing of fewest bits. Slow movement jitters, quick movement goes on: neither always wins. */
function best(points: readonly Point[]): Packing {
  let packing: Packing = { steady: false, order: 0, misses: [] };
  let fewest = Number.POSITIVE_INFINITY;
  for (const steady of [false, true]) {
    const misses = missesOf(points, steady);
    for (let order = 0; order < 2 ** ORDER_BITS; order++) {
      let bits = 0;
      for (const [x, y] of misses) bits += golombLength(x, order) + golombLength(y, order);
      if (bits < fewest) {
        fewest = bits;
        packing = { steady, order, misses };
      }
    }
  }
  return packing;
}

function missesOf(points: readonly Point[], steady: boolean): Point[] {
  const misses: Point[] = [];
  let [x, y] = points[0] ?? [0, 0];
  let dx = 0;
  let dy = 0;
  for (const [nextX, nextY] of points.slice(1)) {
    misses.push([nextX - x - dx, nextY - y - dy]);
    if (steady) [dx, dy] = [nextX - x, nextY - y];
    [x, y] = [nextX, nextY];
  }
  return misses;
}

/** Time steps: the expected one or the next in 2 bits, near ones in 6, all others in 10. */
class Steps {
  readonly #samples: readonly BatchSample[];
  #expected = FIRST_STEP_MS;

  constructor(samples: readonly BatchSample[]) {
    this.#samples = samples;
  }

  /** From sample `i - 1` to sample `i`. */
  write(writer: Writer, i: number): void {
    const time = (at: number) => this.#samples[at]?.time ?? 0;
    const step = modulo(time(i) - time(i - 1), TIME_RANGE_MS);
    const above = step - this.#expected;
    if (above >= 0 && above < STEP_LEFT_OUT) {
      writer.bits(above, 2);
      return;
    }
    this.#expected = step;
    const near = above + STEP_BELOW - (above < 0 ? 0 : STEP_LEFT_OUT);
    if (near >= 0 && near < NEAR_STEPS) writer.bits(0b10_0000 + near, 6);
    else writer.bits(0b11_0000_0000 + step, 10);
  }
}

/** One step, read; the new expectation with it. */
function readStep(reader: Reader, expected: number): { step: number; expected: number } {
  if (reader.bits(1) === 0) return { step: expected + reader.bits(1), expected };
  let step: number;
  if (reader.bits(1) === 1) step = reader.bits(8);
  else {
    const near = reader.bits(4) - STEP_BELOW;
    step = expected + near + (near < 0 ? 0 : STEP_LEFT_OUT);
  }
  return { step, expected: step };
}

/** What {@link writeSamples} wrote, to the end of the frame. */
export function readSamples(
  reader: Reader,
  scale: number,
  many: boolean,
  firstTime: number,
): BatchSample[] {
  const units = unitsOf(scale);
  const isFloat = scale === SCALE_FLOAT;
  const inBounds = isFloat ? Number.isFinite : fits;
  const packed = many && !isFloat;
  const samples: BatchSample[] = [];
  let time = firstTime;
  let point = isFloat ? readFloats(reader) : readFirst(reader, packed);
  const steady = packed && reader.bits(1) === 1;
  const order = packed ? reader.bits(ORDER_BITS) : 0;
  let expected = FIRST_STEP_MS;
  let movement: Point = [0, 0];
  for (;;) {
    const [x, y] = point;
    samples.push({ x: x / units, y: y / units, time });
    if (!inBounds(x) || !inBounds(y) || samples.length > MAX_BATCH_SAMPLES) reader.fail();
    if (!many || (samples.length > 1 && reader.ended)) return samples;
    const read = readStep(reader, expected);
    expected = read.expected;
    if (read.step < 0 || read.step > MAX_SAMPLE_GAP_MS) reader.fail();
    time = modulo(time + read.step, TIME_RANGE_MS);
    if (isFloat) point = readFloats(reader);
    else {
      const [dx, dy] = steady ? movement : [0, 0];
      movement = [dx + reader.golomb(order), dy + reader.golomb(order)];
      point = [x + movement[0], y + movement[1]];
    }
  }
}

function readFirst(reader: Reader, packed: boolean): Point {
  const code = packed ? reader.bits(WIDTH_CODE_BITS) : SIGNED;
  const width = FIRST_WIDTHS[code] ?? 0;
  const read = () => {
    const value = reader.bits(width);
    return code === SIGNED && value >= 2 ** (width - 1) ? value - 2 ** width : value;
  };
  return [read(), read()];
}

function readFloats(reader: Reader): Point {
  const read = () => {
    scratch.setUint32(0, reader.bits(32));
    return scratch.getFloat32(0);
  };
  return [read(), read()];
}
