import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { SEAT_REST_MS, Seats } from "./seats.ts";

function table(limit: number) {
  const clock = new FakeClock();
  const seated: string[] = [];
  return { clock, seated, seats: new Seats(clock, limit, (id, seat) => seat && seated.push(id)) };
}

test("a freed seat rests, then goes to whoever is first in join order", () => {
  const { clock, seated, seats } = table(1);
  expect(seats.apply("a", 1)).toBe(true);
  expect(seats.apply("c", 3)).toBe(false);
  expect(seats.apply("b", 2)).toBe(false);
  expect(seats.release("a")).toBe(true);
  clock.advance(SEAT_REST_MS - 1);
  expect(seats.apply("d", 4)).toBe(false);
  expect(seated).toEqual([]);
  clock.advance(1);
  expect(seated).toEqual(["b"]);
  expect([seats.has("a"), seats.has("b"), seats.has("c")]).toEqual([false, true, false]);
});

test("a seat that nobody waits for is there for the next at once", () => {
  const { clock, seats } = table(1);
  seats.apply("a", 1);
  seats.release("a");
  clock.advance(SEAT_REST_MS);
  expect(seats.apply("b", 2)).toBe(true);
});

test("never more seats than the limit, and no timer is left behind", () => {
  const step = fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    what: fc.constantFrom("apply", "release", "wait"),
    ms: fc.integer({ min: 0, max: 2 * SEAT_REST_MS }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 }),
      fc.array(step, { maxLength: 60 }),
      (limit, steps) => {
        const { clock, seats } = table(limit);
        let join = 0;
        for (const { id, what, ms } of steps) {
          if (what === "apply") seats.apply(id, ++join);
          else if (what === "release") seats.release(id);
          else clock.advance(ms);
          expect(
            ["a", "b", "c", "d", "e"].filter((each) => seats.has(each)).length,
          ).toBeLessThanOrEqual(limit);
        }
        seats.close();
        expect(clock.pending).toBe(0);
      },
    ),
  );
});
