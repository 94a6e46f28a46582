import { afterEach, expect, test, vi } from "vitest";
import { Store } from "./store.ts";

const store = () => new Store({ n: 0, s: "a", list: [] as readonly number[] });

afterEach(() => vi.unstubAllGlobals());

test("the snapshot is the same object until something in it changes, and frozen after", () => {
  const it = store();
  const before = it.snapshot;
  it.set({ n: 0, list: before.list });
  expect(it.snapshot).toBe(before);
  it.set({ n: 1 });
  expect(it.snapshot).toEqual({ n: 1, s: "a", list: [] });
  expect(before.n).toBe(0);
  expect(Object.isFrozen(it.snapshot)).toBe(true);
});

test("watch tells of what is selected, with what it was before", () => {
  const it = store();
  const seen: unknown[] = [];
  const undo = it.watch(
    (s) => s.n,
    (now, before) => seen.push([now, before]),
  );
  it.set({ s: "b" });
  it.set({ n: 1 });
  it.set({ n: 2, s: "c" });
  undo();
  it.set({ n: 3 });
  expect(seen).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test("watch compares with `equal` where it is given", () => {
  const it = store();
  const seen: unknown[] = [];
  it.watch(
    (s) => s.list.map((n) => n),
    (now) => seen.push(now),
    { equal: (a, b) => a.join() === b.join() },
  );
  it.set({ list: [] });
  it.set({ list: [1] });
  it.set({ list: [1] });
  expect(seen).toEqual([[1]]);
});

test("watch ends with its signal", () => {
  const it = store();
  const controller = new AbortController();
  const seen: number[] = [];
  it.watch(
    (s) => s.n,
    (now) => seen.push(now),
    { signal: controller.signal },
  );
  it.set({ n: 1 });
  controller.abort();
  it.set({ n: 2 });
  expect(seen).toEqual([1]);
});

test("a watcher may change the store: everybody ends at the newest", () => {
  const it = store();
  const seen: number[] = [];
  it.watch(
    (s) => s.n,
    (now) => {
      if (now === 1) it.set({ n: 2 });
    },
  );
  it.watch(
    (s) => s.n,
    (now) => seen.push(now),
  );
  it.set({ n: 1 });
  expect(seen).toEqual([2]);
});

test("an exception in one watcher is reported and stops no other", () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  const it = store();
  const seen: number[] = [];
  it.watch(
    (s) => s.n,
    () => {
      throw new Error("the app's");
    },
  );
  it.watch(
    (s) => s.n,
    (now) => seen.push(now),
  );
  it.set({ n: 1 });
  expect(seen).toEqual([1]);
  expect(report).toHaveBeenCalledOnce();
});

test("waitFor resolves at once with what is there, or with the first that comes", async () => {
  const it = store();
  await expect(it.waitFor((s) => s.s)).resolves.toBe("a");
  const later = it.waitFor((s) => s.list.find((n) => n > 1));
  it.set({ list: [1] });
  it.set({ list: [1, 2] });
  it.set({ list: [3] });
  await expect(later).resolves.toBe(2);
});

test("waitFor rejects with the reason of its signal, before and after", async () => {
  const it = store();
  const reason = new Error("no longer");
  await expect(it.waitFor((s) => s.n, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = it.waitFor((s) => s.n, { signal: controller.signal });
  controller.abort(reason);
  it.set({ n: 1 });
  await expect(waiting).rejects.toBe(reason);
});

test("waitFor rejects with what its selector throws, at once or later", async () => {
  const it = store();
  const at = (n: number) =>
    it.waitFor((s) => {
      if (s.n === n) throw new Error(`at ${n}`);
      return null;
    });
  await expect(at(0)).rejects.toThrow("at 0");
  const later = at(1);
  it.set({ n: 1 });
  await expect(later).rejects.toThrow("at 1");
});

test("waitFor calls its selector no more once it is settled, and lets go of its signal", async () => {
  const it = store();
  const { signal } = new AbortController();
  const removed = vi.spyOn(signal, "removeEventListener");
  const select = vi.fn((s: { n: number }) => s.n);
  const waiting = it.waitFor(select, { signal });
  it.set({ n: 1 });
  await waiting;
  select.mockClear();
  it.set({ n: 2 });
  expect(select).not.toHaveBeenCalled();
  expect(removed).toHaveBeenCalled();
});

test("a wait that nobody listens to raises no unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const controller = new AbortController();
  void store().waitFor((s) => s.n, { signal: controller.signal });
  controller.abort();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
