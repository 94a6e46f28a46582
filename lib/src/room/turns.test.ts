import { describe, expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { paceAt } from "./moving-outlet.ts";
import { SLOWEST_PACE } from "./pace.ts";
import { Turns } from "./turns.ts";

interface Told {
  readonly name: string;
  pace: number;
}

function setup(count: number, clock = new FakeClock()) {
  const receivers: Told[] = Array.from({ length: count }, (_, i) => ({ name: `${i}`, pace: 0 }));
  const log: { readonly at: number; readonly names: readonly string[]; readonly lack: number }[] =
    [];
  const start = clock.now();
  const turns = new Turns<Told>(
    clock,
    { receivers: () => receivers, pace: ({ pace }) => pace },
    (some, lack) => {
      log.push({ at: clock.now() - start, names: some.map(({ name }) => name), lack });
    },
  );
  /** A thing each millisecond. */
  const run = (ms: number) => {
    for (let i = 0; i < ms; i++) {
      turns.next();
      clock.advance(1);
    }
  };
  const turnsOf = (name: string) => log.filter(({ names }) => names.includes(name));
  const lacked = (name: string) => turnsOf(name).reduce((sum, { lack }) => sum + lack, 0);
  return { clock, receivers, turns, log, run, turnsOf, lacked };
}

describe("how often", () => {
  test.each([
    [1, 16],
    [16, 16],
    [40, 40],
    [99, 99],
    [100, 100],
    [300, 100],
  ])("with %i receivers every %i ms", (count, interval) => {
    const { run, log } = setup(count);
    run(2_000);
    const steps = log.slice(1).map(({ at }, i) => at - (log[i]?.at ?? 0));
    expect(new Set(steps)).toEqual(new Set([interval]));
    // All at once: one upload.
    expect(log.every(({ names }) => names.length === count)).toBe(true);
  });

  test("who asks for less has its turn more rarely, and then all that it lacks", () => {
    const { run, receivers, turnsOf, lacked, turns } = setup(3);
    const [, slow, hidden] = receivers as [Told, Told, Told];
    slow.pace = 3;
    hidden.pace = 6;
    run(4_095);
    expect(turnsOf("0")).toHaveLength(256);
    expect(turnsOf("1")).toHaveLength(32);
    expect(turnsOf("2")).toHaveLength(4);
    turns.flush();
    expect(["0", "1", "2"].map(lacked)).toEqual([4_095, 4_095, 4_095]);
  });

  test("an ask for more than the room allows changes nothing", () => {
    const { run, receivers, turnsOf } = setup(100);
    (receivers[0] as Told).pace = 2;
    run(999);
    expect(turnsOf("0")).toHaveLength(10);
    expect(turnsOf("0").every(({ names }) => names.length === 100)).toBe(true);
  });

  test("whoever changes its mind, or finds more people here, loses nothing and gets nothing twice", () => {
    const { run, receivers, lacked, turns } = setup(2);
    const [a] = receivers as [Told, Told];
    for (let round = 0; round < 40; round++) {
      a.pace = round % 7;
      run(37);
      if (round % 5 === 0) receivers.push({ name: "more", pace: 0 });
    }
    turns.flush();
    expect([lacked("0"), lacked("1")]).toEqual([40 * 37, 40 * 37]);
  });
});

test("a path that fills is spared, whatever its receiver asked for", () => {
  const paces = (asked: number) =>
    [0, 0.5, 0.56, 0.6, 0.75, 0.9, 1, 4].map((l) => paceAt(asked, l));
  expect(paces(0)).toEqual([0, 0, 1, 2, 4, 6, 6, 6]);
  expect(paces(3)).toEqual([3, 3, 3, 3, 4, 6, 6, 6]);
  expect(paceAt(SLOWEST_PACE, 0)).toBe(SLOWEST_PACE);
});

test("the first thing goes at once, and who comes later begins with the newest", () => {
  const { turns, receivers, log, clock } = setup(1);
  turns.next();
  expect(log).toEqual([{ at: 0, names: ["0"], lack: 1 }]);
  clock.advance(500);
  receivers.push({ name: "late", pace: 0 });
  turns.next();
  expect(log.at(-1)).toEqual({ at: 500, names: ["0", "late"], lack: 1 });
  turns.flush();
  expect(log).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test("the first thing goes at once in a page just opened too, to whoever asks for few", () => {
  const { receivers, turns, log } = setup(1, new FakeClock(0));
  for (const receiver of receivers) receiver.pace = SLOWEST_PACE;
  turns.next();
  expect(log).toEqual([{ at: 0, names: ["0"], lack: 1 }]);
});

test("stopped, it leaves no timer; alone, it has none", () => {
  const { turns, receivers, clock } = setup(1);
  turns.next();
  turns.next();
  expect(clock.pending).toBe(1);
  turns.stop();
  expect(clock.pending).toBe(0);
  receivers.length = 0;
  turns.next();
  expect(clock.pending).toBe(0);
});
