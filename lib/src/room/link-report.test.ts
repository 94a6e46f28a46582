import { beforeEach, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { PathKind } from "../path/path.ts";
import type { LinkReport } from "../signaling/events.ts";
import { FIRST_REPORT_MS, LinkReporter, REPORT_INTERVAL_MS } from "./link-report.ts";

let clock: FakeClock;
let paths: PathKind[];
let sent: LinkReport[];
let joined: boolean;
let reporter: LinkReporter;

beforeEach(() => {
  clock = new FakeClock();
  paths = ["server", "server"];
  sent = [];
  joined = true;
  reporter = new LinkReporter(clock, {
    paths: () => paths,
    send: (report) => {
      if (joined) sent.push(report);
      return joined;
    },
  });
});

it("reports how many links are on which path, and once how long the first direct one took", () => {
  reporter.welcomed();
  clock.advance(800);
  paths = ["direct", "server"];
  reporter.changed();
  expect(sent).toEqual([]);
  clock.advance(FIRST_REPORT_MS - 800);
  expect(sent).toEqual([{ links: { direct: 1, relay: 0, server: 1 }, directMs: 800 }]);
  paths = ["direct", "relay"];
  reporter.changed();
  paths = ["direct", "direct"];
  reporter.changed();
  clock.advance(REPORT_INTERVAL_MS);
  expect(sent.slice(1)).toEqual([{ links: { direct: 2, relay: 0, server: 0 } }]);
});

it("says nothing twice, and no more than one thing in its interval", () => {
  reporter.welcomed();
  clock.advance(FIRST_REPORT_MS);
  for (let i = 0; i < 120; i++) {
    paths = i % 2 === 0 ? ["relay"] : ["server"];
    reporter.changed();
    clock.advance(1_000);
  }
  expect(sent.length).toBeLessThanOrEqual(5);
  const before = sent.length;
  reporter.changed();
  clock.advance(2 * REPORT_INTERVAL_MS);
  reporter.changed();
  clock.advance(2 * REPORT_INTERVAL_MS);
  expect(sent.length).toBeLessThanOrEqual(before + 1);
});

it("tells a new server everything again, but for the time, which it told", () => {
  paths = ["direct"];
  reporter.welcomed();
  reporter.changed();
  clock.advance(FIRST_REPORT_MS);
  joined = false;
  clock.advance(REPORT_INTERVAL_MS);
  joined = true;
  reporter.welcomed();
  clock.advance(REPORT_INTERVAL_MS);
  expect(sent).toEqual([
    { links: { direct: 1, relay: 0, server: 0 }, directMs: 0 },
    { links: { direct: 1, relay: 0, server: 0 } },
  ]);
});

it("leaves no timer behind", () => {
  reporter.changed();
  expect(clock.pending).toBe(0);
  reporter.welcomed();
  reporter.stop();
  expect(clock.pending).toBe(0);
});
