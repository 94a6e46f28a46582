import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { FakeClock } from "../../../lib/src/fake-clock.ts";
import { createStats } from "../stats.ts";
import { checkLimits, type LimitOptions } from "./limits.ts";
import { Places, TOLD_WHY } from "./places.ts";

function setup(given: LimitOptions, trustProxy = 0) {
  const clock = new FakeClock();
  const stats = createStats();
  const limits = checkLimits(given, () => {});
  const lines: string[] = [];
  const log = { warn: (_: object, line: string) => void lines.push(line) };
  const places = new Places({ clock, stats, limits, trustProxy, log });
  const ask = (remoteAddress: string, headers = {}) => {
    const socket = Object.assign(new EventEmitter(), { destroyed: false, remoteAddress });
    const request = { socket, headers } as unknown as IncomingMessage;
    const turned = places.take(request, socket);
    const code = turned?.refusal.code ?? places.refusalOf(request)?.code ?? "in";
    return { code: turned ? `${turned.status} ${code}` : code, leave: () => socket.emit("close") };
  };
  return { ask, clock, lines, places, stats };
}

test("one address has so many sockets; some more are told why, the others get a status", () => {
  const { ask, stats } = setup({ addressSockets: 2 });
  const first = ask("198.51.100.7");
  expect(first.code).toBe("in");
  expect(ask("198.51.100.7").code).toBe("in");
  expect(ask("198.51.100.7").code).toBe("too-many-sockets");
  expect(ask("203.0.113.9").code).toBe("in");
  for (let i = 1; i < TOLD_WHY; i++) ask("198.51.100.7");
  expect(ask("198.51.100.7").code).toBe("429 too-many-sockets");
  expect(stats.limited).toEqual({ "address-sockets": TOLD_WHY + 1 });
});

test("10,000 joins of one address are so many as it may have, and the others are counted", () => {
  const { ask, stats } = setup({});
  const codes = Array.from({ length: 10_000 }, () => ask("198.51.100.7").code);
  expect(codes.filter((code) => code === "in")).toHaveLength(1_000);
  expect(stats.limited).toEqual({ "address-sockets": 9_000 });
});

test("a place is free again when its socket has closed, and come and go has a limit of its own", () => {
  const { ask, clock, stats } = setup({ addressSockets: 2 });
  const codes = new Set<string>();
  for (let i = 0; i < 2 + TOLD_WHY; i++) {
    const { code, leave } = ask("198.51.100.7");
    codes.add(code);
    leave();
  }
  expect([...codes]).toEqual(["in"]);
  expect(ask("198.51.100.7").code).toBe("429 rate-limited");
  clock.advance(60_000);
  expect(ask("198.51.100.7").code).toBe("in");
  expect(stats.limited).toEqual({ "address-joins": 1 });
});

test("a private address, which may be a proxy's, counts where it was asked for", () => {
  const many = (limits: LimitOptions) => {
    const { ask } = setup(limits);
    return Array.from({ length: 1_200 }, () => ask("127.0.0.1").code);
  };
  expect(new Set(many({}))).toEqual(new Set(["in"]));
  expect(many({ addressSockets: 1_000 }).filter((code) => code === "in")).toHaveLength(1_000);
});

test("behind a proxy each client counts for itself", () => {
  const { ask } = setup({ addressSockets: 1 }, 1);
  const from = (address: string) => ask("10.0.0.1", { "x-forwarded-for": address }).code;
  expect(["203.0.113.1", "203.0.113.2", "203.0.113.1"].map(from)).toEqual([
    "in",
    "in",
    "too-many-sockets",
  ]);
});

test("a proxy that nobody spoke of is spoken of once", () => {
  const { ask, lines } = setup({});
  const headers = { "x-forwarded-for": "203.0.113.1" };
  ask("203.0.113.9", headers);
  ask("10.0.0.1");
  expect(lines).toEqual([]);
  for (let i = 0; i < 3; i++) ask("10.0.0.1", headers);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("--trust-proxy");
});

test("a full server says so in a way that balancers understand", () => {
  const { ask } = setup({ sockets: 1 });
  const { leave } = ask("198.51.100.7");
  expect(ask("198.51.100.8").code).toBe("503 too-many-sockets");
  leave();
  expect(ask("198.51.100.8").code).toBe("in");
});

test("addresses without end are no memory without end, and those who stay are counted on", () => {
  const { ask } = setup({ addressSockets: 1 });
  expect(ask("198.51.100.7").code).toBe("in");
  for (let i = 0; i < 30_000; i++) ask(`11.0.${i >> 8}.${i & 255}`).leave();
  expect(ask("198.51.100.7").code).toBe("too-many-sockets");
});

test("a user has so many sockets, wherever they are", () => {
  const { places, stats } = setup({ userSockets: 2 });
  const sockets = [1, 2, 3].map(() => new EventEmitter());
  const codes = sockets.map((socket) => places.takeOf("ada", socket)?.code);
  expect(codes).toEqual([undefined, undefined, "too-many-sockets"]);
  expect(places.takeOf("bob", new EventEmitter())).toBeUndefined();
  sockets[0]?.emit("close");
  const resumed = new EventEmitter();
  expect(places.takeOf("ada", resumed, true)).toBeUndefined();
  expect(places.takeOf("ada", new EventEmitter())?.code).toBe("too-many-sockets");
  sockets[1]?.emit("close");
  expect(places.takeOf("ada", new EventEmitter())).toBeUndefined();
  expect(stats.limited).toEqual({ "user-sockets": 2 });
});
