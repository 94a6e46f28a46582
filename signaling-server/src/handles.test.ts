import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { HANDLE_REST_MS, Handles } from "./handles.ts";

test("handles are the lowest free ones, and rest before they are used again", () => {
  const clock = new FakeClock();
  const handles = new Handles(clock);
  expect([handles.take(), handles.take(), handles.take()]).toEqual([1, 2, 3]);
  handles.release(3);
  handles.release(1);
  clock.advance(HANDLE_REST_MS - 1);
  expect(handles.take()).toBe(4);
  clock.advance(1);
  expect([handles.take(), handles.take(), handles.take()]).toEqual([1, 3, 5]);
});

test("no handle has two holders, nor a holder while it rests", () => {
  const step = fc.oneof(
    fc.constant("take" as const),
    fc.constant("release" as const),
    fc.integer({ min: 1, max: HANDLE_REST_MS }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = new FakeClock();
      const handles = new Handles(clock);
      const held = new Set<number>();
      const released = new Map<number, number>();
      for (const each of steps) {
        if (typeof each === "number") clock.advance(each);
        else if (each === "take") {
          const handle = handles.take();
          expect(handle).toBeGreaterThan(0);
          expect(held.has(handle)).toBe(false);
          const since = released.get(handle);
          if (since !== undefined)
            expect(clock.now() - since).toBeGreaterThanOrEqual(HANDLE_REST_MS);
          held.add(handle);
        } else {
          for (const handle of held) {
            held.delete(handle);
            released.set(handle, clock.now());
            handles.release(handle);
            break;
          }
        }
      }
    }),
  );
});
