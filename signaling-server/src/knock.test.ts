import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { HELD_BYTES, HELD_FRAMES, KnockLimit, Reservation } from "./knock.ts";

test("a reservation holds copies, in order, up to its bounds", () => {
  const reservation = new Reservation(5);
  const frame = Uint8Array.of(4, 0, 1);
  expect(reservation.hold(1, frame)).toBe(true);
  frame.fill(9);
  expect(reservation.hold(2, frame)).toBe(true);
  expect(reservation.take()).toEqual([
    { sender: 1, frame: Uint8Array.of(4, 0, 1) },
    { sender: 2, frame: Uint8Array.of(9, 9, 9) },
  ]);
  for (let i = 0; i < HELD_FRAMES; i++) expect(reservation.hold(1, frame)).toBe(true);
  expect(reservation.hold(1, frame)).toBe(false);
  reservation.take();
  expect(reservation.hold(1, new Uint8Array(HELD_BYTES))).toBe(true);
  expect(reservation.hold(1, frame)).toBe(false);
});

test("one address cannot knock on and on; others still can", () => {
  const clock = new FakeClock();
  const limit = new KnockLimit(clock);
  let allowed = 0;
  while (limit.allows("192.0.2.1")) allowed++;
  expect(allowed).toBeGreaterThan(0);
  expect(limit.allows("192.0.2.2")).toBe(true);
  clock.advance(1_000);
  expect(limit.allows("192.0.2.1")).toBe(true);
});

test("addresses without end are no memory without end: those at rest are forgotten", () => {
  const clock = new FakeClock();
  const limit = new KnockLimit(clock);
  for (let i = 0; i < 10_000; i++) expect(limit.allows(`a${i}`)).toBe(true);
  expect(limit.allows("one more")).toBe(false);
  clock.advance(10_000);
  expect(limit.allows("one more")).toBe(true);
});
