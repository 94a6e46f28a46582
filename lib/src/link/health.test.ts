import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { seededRandom } from "../path/memory.ts";
import type { Lane } from "../path/path.ts";
import { type HealthState, PathHealth } from "./health.ts";

/** A path whose other end answers probes after `rtt` ms, unless it is cut. */
function open(rtt: () => number = () => 20) {
  const clock = new FakeClock();
  const now = () => Math.round(clock.now() - 1000);
  const states: [HealthState, number][] = [];
  const probes: { at: number; lane: Lane }[] = [];
  const way = { cut: false, hidden: false, deaf: false };
  let lastHeard = 0;
  const health = new PathHealth({
    clock,
    hidden: () => way.hidden,
    send: (n, lane) => {
      probes.push({ at: now(), lane });
      if (way.cut) return true;
      clock.after(rtt(), () => {
        if (way.cut) return;
        lastHeard = now();
        health.heard();
        if (!way.deaf) health.answered(n);
      });
      return true;
    },
    onChange: (state) => states.push([state, now()]),
  });
  /** A frame each 16 ms. */
  const stream = (ms: number) => {
    for (let t = 0; t < ms; t += 16) {
      health.streamed();
      clock.advance(16);
    }
  };
  return {
    clock,
    now,
    states,
    probes,
    way,
    health,
    stream,
    names: () => states.map(([state]) => state),
    lastHeard: () => lastHeard,
  };
}

test("three answers make a path live, asked for on both lanes", () => {
  const { clock, states, probes } = open();
  clock.advance(59);
  expect(states).toEqual([]);
  clock.advance(1);
  expect(states).toEqual([["live", 60]]);
  expect(new Set(probes.map(({ lane }) => lane))).toEqual(new Set(["reliable", "latest"]));
});

test("while something streams it is asked every 100 ms, idle every 5 s", () => {
  const { clock, now, probes, stream } = open();
  clock.advance(60);
  stream(1_008);
  const busy = probes.filter(({ at }) => at > 60).length;
  expect(busy).toBeGreaterThanOrEqual(9);
  expect(busy).toBeLessThanOrEqual(11);
  clock.advance(1_000);
  const idleFrom = now();
  clock.advance(30_000);
  expect(probes.filter(({ at }) => at > idleFrom)).toHaveLength(6);
});

test("streaming that begins just after an idle probe is watched at once", () => {
  const { clock, probes, stream, states, way } = open();
  clock.advance(5_060 + 30);
  expect(probes.at(-1)?.at).toBeGreaterThan(4_900);
  stream(48);
  way.cut = true;
  stream(400);
  expect(states.at(-1)?.[0]).toBe("suspect");
});

test("a streaming path that is cut is suspect within 200 ms of its last sign of life", () => {
  for (let offset = 0; offset < 200; offset += 7) {
    const { clock, states, stream, way, lastHeard } = open();
    clock.advance(60);
    stream(2_000 + offset);
    way.cut = true;
    stream(300);
    const [state, at] = states.at(-1) ?? [];
    expect(state).toBe("suspect");
    expect((at ?? 0) - lastHeard()).toBeLessThanOrEqual(201);
  }
});

test("two seconds later it is dead, and is asked once a second from then on", () => {
  const { clock, states, stream, way, probes } = open();
  clock.advance(60);
  stream(1_000);
  way.cut = true;
  stream(2_500);
  const [[, suspectAt], [, deadAt]] = states.slice(-2) as [[string, number], [string, number]];
  expect(states.slice(-2).map(([state]) => state)).toEqual(["suspect", "dead"]);
  expect(deadAt - suspectAt).toBeGreaterThanOrEqual(2_000);
  expect(deadAt - suspectAt).toBeLessThanOrEqual(2_110);
  const asked = probes.length;
  clock.advance(10_000);
  expect(probes.length - asked).toBe(10);
});

test("answers for a second make a suspect path live again", () => {
  const { clock, states, stream, way, now } = open();
  clock.advance(60);
  stream(1_000);
  way.cut = true;
  stream(320);
  expect(states.at(-1)?.[0]).toBe("suspect");
  way.cut = false;
  const back = now();
  stream(2_000);
  const [state, at] = states.at(-1) ?? ["", 0];
  expect(state).toBe("live");
  expect(at - back).toBeGreaterThanOrEqual(1_000);
  expect(at - back).toBeLessThanOrEqual(1_250);
});

test("a dead path that answers again is verified anew", () => {
  const { clock, way, names } = open();
  clock.advance(60);
  way.cut = true;
  clock.advance(10_000);
  expect(names()).toEqual(["live", "suspect", "dead"]);
  way.cut = false;
  clock.advance(1_200);
  expect(names()).toEqual(["live", "suspect", "dead", "verifying", "live"]);
});

test("a path that is open towards us only is suspect, then dead, whatever arrives on it", () => {
  const { clock, names, stream, way, health, states } = open();
  clock.advance(60);
  stream(500);
  way.deaf = true;
  for (let n = 0; n < 200; n++) {
    health.heard();
    stream(16);
  }
  expect(names()).toEqual(["live", "suspect", "dead"]);
  expect(states[1]?.[1]).toBeLessThan(560 + 700);
});

test("a path that opens and never answers is given up after 5 s, whatever arrives on it", () => {
  const { clock, states, way, health } = open();
  way.deaf = true;
  for (let n = 0; n < 60; n++) {
    health.heard();
    clock.advance(100);
  }
  expect(states).toEqual([["dead", 5_000]]);
});

test("when either tab is hidden, three seconds of silence are nothing", () => {
  const { clock, names, stream, way } = open();
  clock.advance(60);
  way.hidden = true;
  stream(1_000);
  way.cut = true;
  stream(2_800);
  expect(names()).toEqual(["live"]);
  stream(400);
  expect(names()).toEqual(["live", "suspect"]);
});

test("a page that was held up itself suspects nobody", () => {
  const { clock, names, stream } = open();
  clock.advance(60);
  stream(1_000);
  clock.jump(60_000);
  stream(1_000);
  expect(names()).toEqual(["live"]);
});

test("300 ms of round trip with jitter never look like silence", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const { clock, names, stream } = open(() => 300 + random() * 100);
    clock.advance(3_000);
    for (let n = 0; n < 10; n++) {
      stream(2_000 * random());
      clock.advance(7_000 * random());
    }
    expect(names()).toEqual(["live"]);
  }
});

test("a probe for which there is no room is not waited for", () => {
  const clock = new FakeClock();
  const states: HealthState[] = [];
  let full = false;
  const health: PathHealth = new PathHealth({
    clock,
    hidden: () => false,
    send: (n) => {
      if (!full) {
        clock.after(10, () => {
          health.heard();
          health.answered(n);
        });
      }
      return !full;
    },
    onChange: (state) => states.push(state),
  });
  clock.advance(1_000);
  full = true;
  for (let n = 0; n < 100; n++) {
    health.streamed();
    clock.advance(16);
  }
  expect(states).toEqual(["live"]);
});

test("answers to probes that were never sent, or twice, mean nothing", () => {
  const { health, names, way } = open();
  way.cut = true;
  for (const n of [0, 99, 2 ** 50]) health.answered(n);
  for (let n = 0; n < 5; n++) health.answered(1);
  expect(names()).toEqual([]);
  expect(health.roundTrip.smoothed).toBe(0);
});

test("a stopped one leaves no timer and says nothing", () => {
  const { clock, health, states } = open();
  health.stop();
  health.heard();
  health.streamed();
  health.answered(1);
  clock.advance(1_000);
  expect(clock.pending).toBe(0);
  expect(states).toEqual([]);
});
