import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as arbitrary from "./arbitraries.ts";
import { type CursorBatch, cursorBatches, encodeCursor } from "./cursor.ts";
import { encodeSent } from "./envelope.ts";
import { decodeFrame } from "./frame.ts";
import { MAX_BATCH_SAMPLES, MAX_SAMPLE_GAP_MS } from "./samples.ts";

const mouse = { pressed: false, pointerType: "mouse", frame: "" } as const;
const sample = (x: number, y: number, time: number) => ({ x, y, time, ...mouse });
/** The batch as it arrives; undefined when it does not. */
function arrives(batch: CursorBatch): CursorBatch | undefined {
  const { kind, ...arrived } = decodeFrame(encodeCursor(batch));
  return kind === "cursor" ? (arrived as CursorBatch) : undefined;
}

test("a batch arrives as it was sent", () => {
  fc.assert(
    fc.property(arbitrary.cursorBatch, (batch) => {
      expect(arrives(batch)).toEqual(batch);
    }),
  );
});

test("a coordinate is rounded by 1/32768 at most, or to float32, whatever is beside it", () => {
  fc.assert(
    fc.property(arbitrary.mixedBatch, (batch) => {
      const arrived = arrives(batch);
      expect({ ...arrived, samples: [] }).toEqual({ ...batch, samples: [] });
      expect(arrived?.samples.map(({ time }) => time)).toEqual(batch.samples.map((s) => s.time));
      batch.samples.forEach((was, i) => {
        const is = arrived?.samples[i];
        for (const axis of ["x", "y"] as const) {
          const off = Math.abs((is?.[axis] ?? Number.NaN) - was[axis]);
          expect(off === 0 || off <= 1 / 32768 || is?.[axis] === Math.fround(was[axis])).toBe(true);
        }
      });
    }),
  );
});

test("one sample costs ten bytes on the server path, pixels or fractions", () => {
  const bytes = (x: number, y: number) => {
    const [batch] = cursorBatches([sample(x, y, 60_000)], 255);
    return batch && encodeSent(127, encodeCursor(batch)).length;
  };
  expect(bytes(3840, 2160)).toBe(10);
  expect(bytes(-12, 0)).toBe(10);
  expect(bytes(0.123456, 0.98765)).toBe(10);
});

test("fractions arrive within 1/32768, a pointer just outside too", () => {
  fc.assert(
    fc.property(fc.double({ min: -0.5, max: 1.5, noNaN: true }), (x) => {
      const arrived = arrives({ ...mouse, number: 0, samples: [{ x, y: 1 - x, time: 0 }] });
      const [got] = arrived?.samples ?? [];
      expect(Math.abs((got?.x ?? 9) - x)).toBeLessThanOrEqual(1 / 32768);
    }),
  );
});

test("coordinates of any other size arrive as float32", () => {
  const samples = [
    { x: 1e6, y: 12.75, time: 0 },
    { x: 1e6 + 1, y: -1e30, time: 16 },
  ];
  expect(arrives({ ...mouse, number: 0, samples })?.samples).toEqual(
    samples.map(({ x, y, time }) => ({ x: Math.fround(x), y: Math.fround(y), time })),
  );
});

describe("samples are sorted into batches", () => {
  const numbers = (batches: CursorBatch[]) => batches.map((b) => [b.number, b.samples.length]);

  test("a new one where a button goes down, the pointer or the frame changes", () => {
    const samples = [
      sample(1, 1, 0),
      { ...sample(1, 1, 5), pressed: true },
      { ...sample(2, 1, 9), pressed: true },
      { ...sample(2, 1, 12), pressed: true, pointerType: "pen" as const },
      { ...sample(2, 1, 15), pressed: true, pointerType: "pen" as const, frame: "board" },
    ];
    const batches = cursorBatches(samples, 254);
    expect(numbers(batches)).toEqual([
      [254, 1],
      [255, 2],
      [1, 1],
      [2, 1],
    ]);
    expect(batches.map(arrives)).toEqual(batches);
  });

  test("a new one after a gap, when time steps back, and when one is full", () => {
    const gap = cursorBatches([sample(1, 1, 0), sample(1, 1, MAX_SAMPLE_GAP_MS + 1)], 0);
    expect(numbers(gap)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    const back = cursorBatches([sample(1, 1, 10), sample(1, 1, 9), sample(1, 1, 9)], 0);
    expect(numbers(back)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const many = Array.from({ length: MAX_BATCH_SAMPLES + 1 }, (_, i) => sample(i, 0, i));
    expect(numbers(cursorBatches(many, 0))).toEqual([
      [0, MAX_BATCH_SAMPLES],
      [MAX_BATCH_SAMPLES, 1],
    ]);
  });

  test("times of a clock that ran for a month fit", () => {
    const month = 30 * 24 * 3600 * 1000;
    const [batch] = cursorBatches([sample(1, 1, month), sample(2, 1, month + 16.6)], 0);
    const times = batch && arrives(batch)?.samples.map(({ time }) => time);
    expect(times).toEqual([month % 65536, (month + 17) % 65536]);
  });
});

describe("malformed frames are refused", () => {
  const kind = (...bytes: number[]) => decodeFrame(Uint8Array.from(bytes)).kind;
  const one = [0x04, 0x00, 7, 0, 1, 0, 5, 0, 6];

  test("a byte too few or too many", () => {
    expect(kind(...one)).toBe("cursor");
    expect(kind(...one.slice(0, -1))).toBe("malformed");
    expect(kind(...one, 255)).toBe("malformed");
    expect(kind(0x04, 0x00)).toBe("malformed");
  });

  test("flags of a version to come are unknown", () => {
    expect(kind(0x04, 0x80, ...one.slice(2))).toBe("unknown");
    expect(kind(0x04, 0x18, ...one.slice(2))).toBe("unknown");
  });

  test("many that is one, or more than a batch holds", () => {
    expect(kind(0x04, 0x20, ...one.slice(2))).toBe("malformed");
    const samples = Array.from({ length: MAX_BATCH_SAMPLES + 1 }, (_, i) => ({
      x: i,
      y: 0,
      time: i,
    }));
    expect(arrives({ ...mouse, number: 0, samples })).toBeUndefined();
    expect(arrives({ ...mouse, number: 0, samples: samples.slice(1) })?.samples.length).toBe(64);
  });

  test("a name that is empty, too long or not UTF-8", () => {
    const named = (length: number, byte: number) =>
      kind(0x04, 0x40, 7, 0, 1, length, ...new Array(length).fill(byte), 0, 5, 0, 6);
    expect(named(64, 97)).toBe("cursor");
    expect(named(65, 97)).toBe("malformed");
    expect(named(0, 97)).toBe("malformed");
    expect(named(2, 0xff)).toBe("malformed");
  });

  test("coordinates that are no numbers", () => {
    expect(kind(0x04, 0x10, 7, 0, 1, 0x7f, 0xc0, 0, 0, 0, 0, 0, 0)).toBe("malformed");
    expect(kind(0x04, 0x10, 7, 0, 1, 0, 0, 0, 0, 0xff, 0x80, 0, 0)).toBe("malformed");
  });
});
