import { expect, test } from "vitest";
import { MAX_DELAY_MS } from "../../lib/src/signaling/reconnection.ts";
import type { OutgoingEvent } from "./outgoing.ts";
import { MAX_SPREAD_MS, Sessions, spreadFor } from "./sessions.ts";

class Told {
  /** As its welcome says. */
  ms: number;
  times = 0;

  constructor(ms = 250) {
    this.ms = ms;
  }

  send(event: OutgoingEvent): void {
    expect(event.name).toBe("spread");
    this.ms = event.argument as number;
    this.times++;
  }
}

test("few come back at once, many over as long as it takes, and nobody after 20 s", () => {
  expect([0, 1, 50].map((members) => spreadFor(members))).toEqual([250, 250, 250]);
  expect([51, 500, 1_000].map((members) => spreadFor(members))).toEqual([500, 4_000, 8_000]);
  expect(spreadFor(1_000_000)).toBe(MAX_SPREAD_MS);
  expect(MAX_SPREAD_MS).toBeLessThanOrEqual(MAX_DELAY_MS);
});

test("all know it at all times, and are seldom told", () => {
  const sessions = new Sessions<Told>();
  const all: Told[] = [];
  const known = () => [...new Set([...sessions].map(({ ms }) => ms))];
  for (let i = 0; i < 1_000; i++) {
    const each = new Told(sessions.spread);
    all.push(each);
    sessions.add(each);
    expect(known()).toHaveLength(1);
  }
  expect(known()).toEqual([8_000]);
  expect(Math.max(...all.map(({ times }) => times))).toBe(5);
  for (const each of all.slice(1)) {
    sessions.delete(each);
    expect(known()).toHaveLength(1);
  }
  expect(known()).toEqual([250]);
});

test("it is not told to and fro at the edge of a step", () => {
  const sessions = new Sessions<Told>();
  const all = Array.from({ length: 51 }, () => new Told());
  const [last] = all.slice(-1) as [Told];
  for (const each of all) sessions.add(each);
  const { times } = all[0] as Told;
  for (let i = 0; i < 10; i++) {
    sessions.delete(last);
    sessions.add(last);
  }
  expect(all[0]?.times).toBe(times);
});
