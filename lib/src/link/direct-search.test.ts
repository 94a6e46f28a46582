import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { DirectSearch } from "./direct-search.ts";

/** A search that finds nothing, each try over at once. */
function open(random = 0) {
  const clock = new FakeClock();
  const begun: number[] = [];
  const start = clock.now();
  const search: DirectSearch = new DirectSearch(
    clock,
    () => random,
    () => {
      begun.push(clock.now() - start);
      search.want(false);
      search.want(true);
    },
  );
  return { clock, search, begun };
}

const seconds = (times: readonly number[]) => times.map((ms) => ms / 1000);
const waits = (times: readonly number[]) => times.map((at, n) => at - (times[n - 1] ?? 0));

test("a lost direct path is looked for often at first, then ever more rarely", () => {
  const { clock, search, begun } = open();
  search.found();
  search.want(true);
  clock.advance(3_600_000);
  expect(seconds(waits(begun)).slice(0, 22)).toEqual([
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 6, 12, 24, 48, 96, 192, 384, 600, 600, 600,
  ]);
});

test("where there never was one it is looked for rarely from the beginning", () => {
  const { clock, search, begun } = open();
  search.want(true);
  clock.advance(3_600_000);
  expect(seconds(waits(begun)).slice(0, 6)).toEqual([60, 120, 240, 480, 600, 600]);
});

test("links do not search at the same moments", () => {
  const { clock, search, begun } = open(0.999);
  search.found();
  search.want(true);
  clock.advance(3_000);
  expect(begun[0]).toBeCloseTo(1_500, -1);
});

test("nothing is looked for while nothing is wanted", () => {
  const { clock, search, begun } = open();
  search.want(true);
  search.want(false);
  search.hurry();
  expect(clock.pending).toBe(0);
  clock.advance(3_600_000);
  expect(begun).toEqual([]);
});

test("a change of the network is followed by a look, however often the peer's socket changes", () => {
  const { clock, search, begun } = open(0.5);
  search.want(true);
  for (let n = 0; n < 40; n++) {
    search.hurry();
    clock.advance(500);
  }
  expect(seconds(begun)).toEqual([0.5, 10.5]);
});

test("what cannot begin now is tried again", () => {
  const clock = new FakeClock();
  let tries = 0;
  const search = new DirectSearch(
    clock,
    () => 0,
    () => {
      tries += 1;
    },
  );
  search.found();
  search.want(true);
  clock.advance(9_000);
  expect(tries).toBe(3);
});
