import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { SeatWatch } from "./seat-watch.ts";

function setup() {
  const clock = new FakeClock();
  const state = { wasted: true, givenBack: 0 };
  const watch = new SeatWatch(clock, {
    isWasted: () => state.wasted,
    giveBack: () => {
      state.givenBack += 1;
    },
  });
  return { clock, state, watch };
}

test("a seat of no use for a minute is given back, once", () => {
  const { clock, state, watch } = setup();
  watch.look();
  clock.advance(30_000);
  watch.look();
  clock.advance(29_999);
  expect(state.givenBack).toBe(0);
  clock.advance(1);
  expect(state.givenBack).toBe(1);
  expect(clock.pending).toBe(0);
});

test("use in between begins the minute anew", () => {
  const { clock, state, watch } = setup();
  watch.look();
  clock.advance(59_000);
  state.wasted = false;
  watch.look();
  state.wasted = true;
  watch.look();
  clock.advance(59_999);
  expect(state.givenBack).toBe(0);
  clock.advance(1);
  expect(state.givenBack).toBe(1);
});

test("a seat that is useful again when the minute is over stays", () => {
  const { clock, state, watch } = setup();
  watch.look();
  state.wasted = false;
  clock.advance(60_000);
  expect(state.givenBack).toBe(0);
});

test("stopped, it leaves no timer", () => {
  const { clock, watch } = setup();
  watch.look();
  watch.stop();
  expect(clock.pending).toBe(0);
});
