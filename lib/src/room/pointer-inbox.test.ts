import { describe, expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { PathKind } from "../path/path.ts";
import type { CursorBatch, CursorHiddenEntry } from "../wire/index.ts";
import { PointerInbox } from "./pointer-inbox.ts";

const batch = (number: number, ...samples: [x: number, time: number][]): CursorBatch => ({
  number,
  pressed: false,
  pointerType: "pen",
  frame: "board",
  samples: samples.map(([x, time]) => ({ x, y: 0, time })),
});
const hidden = (number: number, time: number) => ({ kind: "cursorHidden", number, time }) as const;

function setup() {
  const clock = new FakeClock(10_000);
  const inbox = new PointerInbox(clock);
  let path: PathKind = "server";
  return {
    clock,
    inbox: {
      accept: (batch: CursorBatch) => inbox.accept(batch, path),
      hide: (entry: CursorHiddenEntry) => inbox.hide(entry),
      get last() {
        return inbox.last;
      },
      onPath(next: PathKind) {
        path = next;
      },
    },
  };
}

test("samples come with all that a batch says of them, and the newest is kept", () => {
  const { inbox } = setup();
  const samples = inbox.accept(batch(0, [1, 500], [2, 510]));
  expect(samples).toEqual([
    { x: 1, y: 0, time: 9_990, pressed: false, pointerType: "pen", frame: "board" },
    { x: 2, y: 0, time: 10_000, pressed: false, pointerType: "pen", frame: "board" },
  ]);
  expect(inbox.last).toBe(samples[1]);
  expect(Object.isFrozen(inbox.last)).toBe(true);
});

test("what is not newer is left out: doubled, late, and half of a batch", () => {
  const { inbox } = setup();
  inbox.accept(batch(4, [4, 540], [5, 550]));
  expect(inbox.accept(batch(4, [4, 540], [5, 550]))).toEqual([]);
  expect(inbox.accept(batch(0, [0, 500], [1, 510]))).toEqual([]);
  expect(inbox.accept(batch(5, [5, 550], [6, 560])).map(({ x }) => x)).toEqual([6]);
  expect(inbox.last?.x).toBe(6);
});

test("time is on this page's clock, by the least delayed sample so far", () => {
  const { clock, inbox } = setup();
  inbox.accept(batch(0, [0, 1_000]));
  clock.advance(100);
  // 30 ms late: its time says when it was made, not when it came.
  expect(inbox.accept(batch(1, [1, 1_070]))[0]?.time).toBe(10_070);
  clock.advance(10);
  // Less delayed than the first: its offset counts from here on, and comes in slowly.
  expect(inbox.accept(batch(2, [2, 1_115]))[0]?.time).toBeCloseTo(10_114.5);
  clock.advance(100);
  expect(inbox.accept(batch(3, [3, 1_200]))[0]?.time).toBe(10_195);
});

describe.each([
  ["a quicker", 40, 5],
  ["a slower", 5, 40],
])("on %s path", (_, before, after) => {
  test("times go on as the hand did, and fit the new path within half a second", () => {
    const { clock, inbox } = setup();
    let number = 0;
    /** A sample of now, `late` milliseconds on the way. */
    const arrive = (late: number): number | undefined => {
      clock.advance(16);
      const time = (clock.now() - 5_000 - late) % 65_536;
      return inbox.accept(batch(number++ % 256, [0, time]))[0]?.time;
    };
    let last = 0;
    for (let i = 0; i < 20; i++) last = arrive(before) ?? last;
    inbox.onPath("direct");
    for (let i = 0; i < 32; i++) {
      // On the slower path the first ones were made before the last on the quicker one: old news.
      const time = arrive(after);
      if (time === undefined) continue;
      expect(time - last).toBeGreaterThan(0);
      last = time;
    }
    expect(clock.now() - last).toBeLessThan(2);
  });
});

test("a clock that was set anew is believed at once", () => {
  const { clock, inbox } = setup();
  inbox.accept(batch(0, [0, 1_000]));
  clock.advance(20_000);
  expect(inbox.accept(batch(1, [0, 500]))[0]?.time).toBe(30_000);
});

test("an offset that is 30 s old gives way, as clocks drift", () => {
  const { clock, inbox } = setup();
  inbox.accept(batch(0, [0, 1_000]));
  for (let i = 1; i <= 4; i++) {
    clock.advance(8_000);
    inbox.accept(batch(i, [i, (1_000 + i * 7_990) % 65_536]));
  }
  expect(inbox.last?.time).toBe(42_000);
});

test("hidden: nothing is left, told once, and older samples do not bring it back", () => {
  const { inbox } = setup();
  inbox.accept(batch(3, [1, 530]));
  expect(inbox.hide(hidden(3, 530))).toBe(true);
  expect(inbox.last).toBeNull();
  expect(inbox.hide(hidden(3, 530))).toBe(false);
  expect(inbox.accept(batch(2, [0, 520]))).toEqual([]);
  expect(inbox.accept(batch(3, [1, 530]))).toEqual([]);
  expect(inbox.accept(batch(4, [2, 540]))).toHaveLength(1);
});

test("hidden by what is older than the newest sample is old news", () => {
  const { inbox } = setup();
  inbox.accept(batch(9, [1, 590]));
  expect(inbox.hide(hidden(3, 530))).toBe(false);
  expect(inbox.last?.x).toBe(1);
});

test("hidden before anything came says nothing", () => {
  expect(setup().inbox.hide(hidden(0, 0))).toBe(false);
});
