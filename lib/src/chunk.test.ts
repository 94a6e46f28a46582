import { expect, test, vi } from "vitest";
import { Chunk } from "./chunk.ts";
import { FakeClock } from "./fake-clock.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("whoever needs it gets it when it is there, in the order of asking, and at once from then on", async () => {
  const chunk = new Chunk(new FakeClock(), async () => "part");
  const got: string[] = [];
  chunk.with((part) => void got.push(`first ${part}`));
  const undo = chunk.with((part) => void got.push(`never ${part}`));
  chunk.with((part) => void got.push(`second ${part}`));
  undo();
  expect(chunk.part).toBeNull();
  chunk.load();
  chunk.load();
  await settled();
  expect(got).toEqual(["first part", "second part"]);
  expect(chunk.part).toBe("part");
  chunk.with((part) => void got.push(`third ${part}`));
  expect(got.at(-1)).toBe("third part");
});

test("the undo ends what was begun with it, once", async () => {
  const chunk = new Chunk(new FakeClock(), async () => "part");
  const end = vi.fn();
  const undo = chunk.with(() => end);
  chunk.load();
  await settled();
  expect(end).not.toHaveBeenCalled();
  undo();
  undo();
  expect(end).toHaveBeenCalledTimes(1);
});

test("what could not be fetched is fetched again, more and more seldom, until nobody wants it", async () => {
  const clock = new FakeClock();
  const fetch = vi.fn(() => Promise.reject<string>(new TypeError("Failed to fetch")));
  const failed = vi.fn();
  const chunk = new Chunk(clock, fetch, failed);
  const used = vi.fn();
  chunk.with(used);
  chunk.load();
  await settled();
  expect([chunk.failed, failed.mock.calls.length]).toEqual([true, 1]);
  for (const [ms, tries] of [
    [2_000, 2],
    [3_999, 2],
    [1, 3],
  ] as const) {
    clock.advance(ms);
    await settled();
    expect(fetch).toHaveBeenCalledTimes(tries);
  }
  chunk.stop();
  clock.advance(120_000);
  await settled();
  expect(fetch).toHaveBeenCalledTimes(3);
  fetch.mockResolvedValueOnce("part");
  chunk.load();
  await settled();
  expect(used).toHaveBeenCalledWith("part");
  expect([chunk.failed, clock.pending]).toEqual([false, 0]);
});
