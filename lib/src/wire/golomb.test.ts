import fc from "fast-check";
import { expect, test } from "vitest";
import { golombLength } from "./golomb.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const small = fc.integer({ min: -200_000, max: 200_000 });

test("signed numbers arrive in every order of the code, in the bits they were said to take", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(small, fc.nat(15))), (numbers) => {
      const writer = new Writer();
      for (const [n, order] of numbers) writer.golomb(n, order);
      const bytes = writer.finish();
      const bits = numbers.reduce((sum, [n, order]) => sum + golombLength(n, order), 0);
      expect(bytes.length).toBe(Math.ceil(bits / 8));
      const reader = new Reader(bytes);
      expect(numbers.map(([, order]) => reader.golomb(order))).toEqual(numbers.map(([n]) => n));
      expect(reader.failed).toBe(false);
    }),
  );
});

test("small numbers take few bits", () => {
  expect([0, -1, 1, -2, 2].map((n) => golombLength(n, 0))).toEqual([1, 3, 3, 5, 5]);
  expect([0, -1, 1, -2, 2].map((n) => golombLength(n, 2))).toEqual([3, 3, 3, 3, 5]);
});

test("only ones that fill the last byte are no content", () => {
  const ended = (...bytes: number[]) => {
    const reader = new Reader(Uint8Array.from(bytes));
    reader.bits(3);
    return reader.ended;
  };
  expect(ended(0b000_11111)).toBe(true);
  expect(ended(0b000_11110)).toBe(false);
  expect(ended(0b000_01111)).toBe(false);
  expect(ended(0b000_11111, 0xff)).toBe(false);
});

test("reading past the end fails, and ends", () => {
  const reader = new Reader(new Uint8Array());
  reader.golomb(15);
  expect(reader.failed).toBe(true);
  const endless = new Reader(new Uint8Array(1000).fill(255));
  endless.golomb(0);
  expect(endless.failed).toBe(true);
});
