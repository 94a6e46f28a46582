import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { MAX_RELIABLE_BUFFERED } from "./channels.ts";
import { MemoryNetwork, type MemoryNetworkOptions, type Side } from "./memory.ts";
import type { Lane } from "./path.ts";
import { MAX_LATEST_BUFFERED } from "./path.ts";

function setUp(options: Partial<MemoryNetworkOptions> = {}) {
  const clock = new FakeClock(0);
  const network = new MemoryNetwork({ clock, seed: 1, ...options });
  const log: string[] = [];
  const arrived: { [to in Side]: { [lane in Lane]: number[] } } = {
    a: { reliable: [], latest: [] },
    b: { reliable: [], latest: [] },
  };
  const join = (side: Side) =>
    network.path(side, {
      onOpen: () => log.push(`${side} open at ${clock.now()}`),
      onClose: (reason) => log.push(`${side} closed: ${reason}`),
      onFrame: (frame, lane) => arrived[side][lane].push(frame[0] ?? -1),
    });
  const [a, b] = [join("a"), join("b")];
  return { clock, network, log, arrived, a, b };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

it("opens both ends after the delay, and carries frames there after it too", () => {
  const { clock, log, arrived, a, b } = setUp({ delayMs: 20, openMs: 100 });
  expect(a.send(Uint8Array.of(1), "reliable")).toBe(false);
  clock.advance(119);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual(["b open at 120", "a open at 120"]);
  const frame = Uint8Array.of(7);
  expect(a.send(frame, "reliable")).toBe(true);
  expect(b.send(Uint8Array.of(8), "latest")).toBe(true);
  frame[0] = 0;
  clock.advance(19);
  expect(arrived).toEqual({ a: { reliable: [], latest: [] }, b: { reliable: [], latest: [] } });
  clock.advance(1);
  expect(arrived).toEqual({ a: { reliable: [], latest: [8] }, b: { reliable: [7], latest: [] } });
});

it("keeps the reliable lane in order through loss and jitter, and spoils the latest lane", () => {
  const { clock, arrived, a } = setUp({
    delayMs: 30,
    jitterMs: 40,
    loss: 0.2,
    duplication: 0.2,
    reordering: 0.2,
  });
  clock.advance(2_000);
  for (const n of numbers(200)) {
    expect(a.send(Uint8Array.of(n), "reliable")).toBe(true);
    expect(a.send(Uint8Array.of(n), "latest")).toBe(true);
    clock.advance(10);
  }
  clock.advance(60_000);
  expect(arrived.b.reliable).toEqual(numbers(200));
  const { latest } = arrived.b;
  const distinct = new Set(latest).size;
  expect(distinct).toBeLessThan(190);
  expect(distinct).toBeGreaterThan(120);
  expect(latest.length).toBeGreaterThan(distinct);
  expect(latest).not.toEqual(latest.toSorted((x, y) => x - y));
});

it("is the same run for the same seed, and another for another", () => {
  const run = (seed: number) => {
    const { clock, arrived, a } = setUp({ seed, jitterMs: 50, loss: 0.3, duplication: 0.3 });
    clock.advance(2_000);
    for (const n of numbers(100)) a.send(Uint8Array.of(n), "latest");
    clock.advance(1_000);
    return arrived.b.latest;
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

describe("a cut", () => {
  it("holds reliable frames back, loses the latest ones, and tells nobody", () => {
    const { clock, network, log, arrived, a } = setUp({ delayMs: 10 });
    clock.advance(10);
    log.length = 0;
    a.send(Uint8Array.of(1), "reliable");
    a.send(Uint8Array.of(1), "latest");
    network.cut();
    a.send(Uint8Array.of(2), "reliable");
    a.send(Uint8Array.of(2), "latest");
    clock.advance(10_000);
    expect(arrived.b).toEqual({ reliable: [], latest: [] });
    expect(a.queued).toBe(2);
    network.restore();
    a.send(Uint8Array.of(3), "reliable");
    clock.advance(10);
    expect(arrived.b).toEqual({ reliable: [1, 2, 3], latest: [] });
    expect(a.queued).toBe(0);
    expect(log).toEqual([]);
  });

  it("can be one-way", () => {
    const { clock, network, arrived, a, b } = setUp();
    clock.advance(0);
    network.cut("a");
    a.send(Uint8Array.of(1), "reliable");
    b.send(Uint8Array.of(2), "reliable");
    clock.advance(1_000);
    expect(arrived.a.reliable).toEqual([2]);
    expect(arrived.b.reliable).toEqual([]);
  });

  it("fills the queue, which then refuses, as a data channel's does", () => {
    const { clock, network, a } = setUp();
    clock.advance(0);
    network.cut();
    expect(a.send(new Uint8Array(MAX_RELIABLE_BUFFERED - MAX_LATEST_BUFFERED), "reliable")).toBe(
      true,
    );
    expect(a.send(Uint8Array.of(1), "latest")).toBe(false);
    expect(a.send(new Uint8Array(MAX_LATEST_BUFFERED + 1), "reliable")).toBe(false);
    expect(a.send(new Uint8Array(MAX_LATEST_BUFFERED), "reliable")).toBe(true);
  });

  it("keeps a path from opening until its time is up", () => {
    const { clock, network, log } = setUp({ delayMs: 10, connectTimeoutMs: 500 });
    network.cut();
    clock.advance(499);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(["a closed: timeout", "b closed: timeout"]);
  });
});

describe("the end", () => {
  it("is told to the other side, behind what was sent", () => {
    const { clock, log, arrived, a, b } = setUp({ delayMs: 10, jitterMs: 50 });
    clock.advance(100);
    log.length = 0;
    for (const n of numbers(10)) a.send(Uint8Array.of(n), "reliable");
    a.close();
    a.close();
    clock.advance(1_000);
    expect(arrived.b.reliable).toEqual(numbers(10));
    expect(log).toEqual(["b closed: path-lost"]);
    expect(a.send(Uint8Array.of(1), "reliable")).toBe(false);
    expect(b.send(Uint8Array.of(1), "latest")).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it("goes unnoticed across a cut: the other path is half open", () => {
    const { clock, network, log, a, b } = setUp();
    clock.advance(0);
    log.length = 0;
    network.cut();
    a.close();
    network.restore();
    clock.advance(100_000);
    expect(log).toEqual([]);
    expect(b.send(Uint8Array.of(1), "reliable")).toBe(true);
  });

  it("takes what was under way with it when the network fails", () => {
    const { clock, network, log, arrived, a } = setUp({ delayMs: 10 });
    clock.advance(10);
    log.length = 0;
    a.send(Uint8Array.of(1), "reliable");
    a.send(Uint8Array.of(1), "latest");
    network.fail("ice-failed");
    clock.advance(1_000);
    expect(log).toEqual(["a closed: ice-failed", "b closed: ice-failed"]);
    expect(arrived.b).toEqual({ reliable: [], latest: [] });
    expect(clock.pending).toBe(0);
  });
});

it("carries what it has the bandwidth for, each lane behind its own queue only", () => {
  const { clock, arrived, a } = setUp({ delayMs: 10, bytesPerSecond: 10_000 });
  clock.advance(10);
  const frame = (n: number, bytes: number) => Uint8Array.of(n, ...new Uint8Array(bytes - 1));
  for (const n of numbers(4)) expect(a.send(frame(n, 1_000), "reliable")).toBe(true);
  expect(a.queued).toBe(4_000);
  expect(a.buffered).toBe(0);
  clock.advance(110);
  expect(arrived.b.reliable).toEqual([0]);
  expect(a.queued).toBe(3_000);
  expect(a.send(frame(9, 100), "latest")).toBe(true);
  expect(a.buffered).toBe(100);
  clock.advance(20);
  expect(arrived.b.latest).toEqual([9]);
  a.send(frame(4, 1_000), "reliable");
  clock.advance(380);
  expect(arrived.b.reliable).toEqual([0, 1, 2, 3]);
  clock.advance(10);
  expect(arrived.b.reliable).toEqual([0, 1, 2, 3, 4]);
  expect([a.queued, a.buffered]).toEqual([0, 0]);
  let taken = 0;
  while (a.send(frame(1, 16_384), "reliable")) taken += 1;
  expect(taken).toBe(MAX_RELIABLE_BUFFERED / 16_384);
  expect(a.send(frame(1, MAX_LATEST_BUFFERED), "latest")).toBe(true);
  expect(a.send(frame(1, 1), "latest")).toBe(false);
});
