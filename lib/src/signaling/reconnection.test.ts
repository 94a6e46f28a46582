import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { SkeinError } from "../room/errors.ts";
import {
  CONNECT_TIMEOUT_MS,
  FIRST_DELAY_MS,
  MAX_DELAY_MS,
  Reconnection,
  STABLE_AFTER_MS,
} from "./reconnection.ts";

const gone = new SkeinError("server-unreachable", "gone");

function setUp(random: () => number = () => 1) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const world = { open: 0, opened: 0 };
  const reconnection = new Reconnection(
    {
      open() {
        world.open++;
        world.opened++;
      },
      close() {
        world.open = 0;
      },
      onState: (state, error) => seen.push(error ? `${state}: ${error.code}` : state),
    },
    clock,
    random,
  );
  return { clock, seen, world, reconnection };
}

describe("Reconnection", () => {
  it("does nothing before it is started", () => {
    const { clock, world, reconnection } = setUp();
    reconnection.retryNow();
    reconnection.welcomed();
    reconnection.lost(gone, false);
    reconnection.stop();
    clock.advance(60_000);
    expect(reconnection.state).toBe("idle");
    expect(world.opened).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("connects once, however often it is started", () => {
    const { seen, world, reconnection } = setUp();
    reconnection.start();
    reconnection.start();
    reconnection.welcomed();
    reconnection.start();
    expect(world.opened).toBe(1);
    expect(seen).toEqual(["connecting", "connected"]);
  });

  it("waits longer after each failure, at most 10 s, and says why", () => {
    const { clock, seen, reconnection } = setUp();
    reconnection.start();
    const delays: number[] = [];
    for (let i = 0; i < 9; i++) {
      reconnection.lost(gone, false);
      const before = clock.now();
      while (reconnection.state === "waiting") clock.advance(1);
      delays.push(clock.now() - before);
    }
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
    expect(seen[1]).toBe("waiting: server-unreachable");
  });

  it("spreads the retries over the whole delay (full jitter)", () => {
    const { clock, reconnection } = setUp(() => 0.1);
    reconnection.start();
    reconnection.lost(gone, false);
    clock.advance(FIRST_DELAY_MS * 0.1);
    expect(reconnection.state).toBe("connecting");
  });

  it("waits longer before the first retry where a server with many clients asks for it", () => {
    const { clock, reconnection } = setUp();
    reconnection.start();
    reconnection.welcomed();
    clock.advance(STABLE_AFTER_MS);
    reconnection.firstDelayMs = 4_000;
    const delays = [1, 2, 3].map(() => {
      reconnection.lost(gone, false);
      const before = clock.now();
      while (reconnection.state === "waiting") clock.advance(1);
      return clock.now() - before;
    });
    expect(delays).toEqual([4_000, 8_000, MAX_DELAY_MS]);
  });

  it("gives up on a connection that is not welcomed in time", () => {
    const { clock, seen, world, reconnection } = setUp();
    reconnection.start();
    clock.advance(CONNECT_TIMEOUT_MS - 1);
    expect(world.open).toBe(1);
    clock.advance(1);
    expect(world.open).toBe(0);
    expect(seen.at(-1)).toBe("waiting: server-unreachable");
    clock.advance(FIRST_DELAY_MS);
    expect(world.open).toBe(1);
  });

  it("is back within 20 s of whatever the server does, once it answers", () => {
    expect(MAX_DELAY_MS + CONNECT_TIMEOUT_MS).toBeLessThanOrEqual(20_000);
  });

  it("leaves no time-out behind once welcomed", () => {
    const { clock, reconnection } = setUp();
    reconnection.start();
    reconnection.welcomed();
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    expect(reconnection.state).toBe("connected");
  });

  it("is quick again only after a connection that lasted", () => {
    const { clock, reconnection } = setUp();
    const loseAfter = (ms: number) => {
      reconnection.welcomed();
      clock.advance(ms);
      reconnection.lost(gone, false);
      const before = clock.now();
      while (reconnection.state === "waiting") clock.advance(1);
      return clock.now() - before;
    };
    reconnection.start();
    expect(loseAfter(10)).toBe(250);
    expect(loseAfter(10)).toBe(500);
    expect(loseAfter(10)).toBe(1000);
    expect(loseAfter(STABLE_AFTER_MS)).toBe(250);
  });

  it("does not wait longer when told that things changed", () => {
    const { clock, world, reconnection } = setUp();
    reconnection.start();
    reconnection.lost(gone, false);
    reconnection.retryNow();
    expect(reconnection.state).toBe("connecting");
    reconnection.retryNow();
    clock.advance(FIRST_DELAY_MS);
    expect(world.opened).toBe(2);
  });

  it("stops for good, with the reason, when trying again is no use; and starts again when asked", () => {
    const { clock, seen, world, reconnection } = setUp();
    reconnection.start();
    reconnection.lost(new SkeinError("unauthorized", "no"), true);
    clock.advance(60_000);
    expect(seen).toEqual(["connecting", "stopped: unauthorized"]);
    expect(world).toEqual({ open: 0, opened: 1 });
    reconnection.retryNow();
    expect(world.opened).toBe(1);
    reconnection.start();
    expect(world.opened).toBe(2);
  });

  it("obeys a listener that stops it, or stops and starts it, from within", () => {
    for (const again of [false, true]) {
      const clock = new FakeClock();
      let open = 0;
      let once = true;
      const reconnection: Reconnection = new Reconnection(
        {
          open: () => open++,
          close: () => {
            open = 0;
          },
          onState(state) {
            if (state !== "connecting" || !once) return;
            once = false;
            reconnection.stop();
            if (again) reconnection.start();
          },
        },
        clock,
      );
      reconnection.start();
      expect(open).toBe(again ? 1 : 0);
      expect(clock.pending).toBe(again ? 1 : 0);
    }
  });

  it("never has two connections or two timers, and ends with none (any history)", () => {
    const step = fc.oneof(
      fc.constantFrom("start", "stop", "retryNow", "welcomed", "lost", "lost for good" as const),
      fc.integer({ min: 0, max: 12_000 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (steps, dice) => {
          const { clock, seen, world, reconnection } = setUp(() => dice.next().value);
          for (const each of steps) {
            if (typeof each === "number") clock.advance(each);
            else if (each === "lost") reconnection.lost(gone, false);
            else if (each === "lost for good") reconnection.lost(gone, true);
            else if (each === "start") reconnection.start();
            else if (each === "stop") reconnection.stop();
            else if (each === "retryNow") reconnection.retryNow();
            else reconnection.welcomed();
            const { state } = reconnection;
            expect(world.open).toBe(state === "connecting" || state === "connected" ? 1 : 0);
            expect(clock.pending).toBe(state === "connecting" || state === "waiting" ? 1 : 0);
          }
          reconnection.stop();
          expect(world.open).toBe(0);
          expect(clock.pending).toBe(0);
          expect(seen.at(-1)?.startsWith("stopped") ?? true).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
