import { expect, test, vi } from "vitest";
import { mintToken } from "../access/mint.ts";
import { roomTokens } from "../access/room-tokens.ts";
import { urlOf, withServer } from "../test-client.ts";
import { runLoad } from "./command.ts";
import { load } from "./load.ts";
import { Ear, Mover, spread, Tally } from "./tally.ts";

const SMALL = { rooms: 2, members: 4, moving: 2, seconds: 1, rate: 20, messages: 10 };

test("rooms of members that move and talk: what is sent arrives, once", () =>
  withServer({}, async (server) => {
    const report = await load({ ...SMALL, server: urlOf(server) });
    expect(report.members).toBe(8);
    expect(report.joinMs.count).toBe(8);
    expect(report.messages.sent).toBeGreaterThan(0);
    expect(report.messages.deliverable).toBe(3 * report.messages.sent);
    expect(report.messages).toMatchObject({ lost: 0, doubled: 0 });
    expect(report.messages.delivered).toBe(report.messages.latencyMs.count);
    expect(report.cursors.delivered).toBeGreaterThan(0);
    expect(report.cursors.delivered).toBeLessThanOrEqual(report.cursors.deliverable);
    expect(report).toMatchObject({ leaves: 0, interruptions: 0, notes: {} });
    expect(report.reconnections.count).toBe(0);
    await vi.waitFor(() => expect(server.rooms()).toEqual([]));
  }));

test("a room so large that its members are sockets alone", () =>
  withServer({}, async (server) => {
    const options = { ...SMALL, rooms: 1, members: 70, moving: 3 };
    const report = await load({ ...options, server: urlOf(server) });
    expect(report.members).toBe(70);
    expect(report.messages.sent).toBe(0);
    expect(report.cursors.sent).toBeGreaterThan(0);
    expect(report.cursors.deliverable).toBe(69 * report.cursors.sent);
    expect(report.cursors.delivered).toBeGreaterThan(0);
    expect(report.leaves).toBe(0);
  }));

test("a server that asks for tokens gets one", async () => {
  const secret = "x".repeat(32);
  const token = await mintToken({ secret, room: "load-*" });
  await withServer({ authenticate: roomTokens({ secret }) }, async (server) => {
    for (const members of [2, 70]) {
      const small = { ...SMALL, rooms: 1, members, seconds: 1 };
      const report = await load({ ...small, server: urlOf(server), token });
      expect(report).toMatchObject({ members, leaves: 0, notes: {} });
    }
  });
});

test("doubled and lost messages are told apart", () => {
  const tally = new Tally();
  tally.movers.set("a", new Mover(1));
  const ear = new Ear(tally);
  for (const number of [0, 1, 1, 3]) ear.message("a", number, 5);
  expect(tally).toMatchObject({ messagesHeard: 3, doubled: 1 });
  expect(tally.messageLatency.percentiles).toMatchObject({ count: 3, max: expect.closeTo(5, 1) });
});

test("reconnections are spread over bars", () => {
  expect(spread([])).toMatchObject({ count: 0, seconds: 0 });
  const tally = new Tally();
  for (let i = 0; i <= 100; i++) tally.welcomedAgain(5_000 + i * 200);
  const { count, seconds, bars } = spread(tally.counts.welcomes);
  expect({ count, seconds }).toEqual({ count: 101, seconds: 20 });
  expect(bars.reduce((sum, bar) => sum + bar)).toBe(101);
  expect(Math.max(...bars)).toBeLessThanOrEqual(6);
});

test("the command says what it cannot take, in one line", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  for (const [args, message] of [
    [[], "load needs the address"],
    [["127.0.0.1:4600"], "load needs the address"],
    [["http://a", "--rooms", "0"], '--rooms is "0"; allowed: a whole number from 1 to 100000'],
    [["http://a", "--nonsense"], "--nonsense"],
  ] as const) {
    expect(await runLoad(args)).toBe(1);
    expect(said.mock.lastCall?.[0]).toMatch(/^skein-server: [^\n]*$/);
    expect(said.mock.lastCall?.[0]).toContain(message);
  }
  said.mockRestore();
});
