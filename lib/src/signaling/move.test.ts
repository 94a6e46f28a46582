import { beforeEach, expect, it, vi } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, SocketHandlers } from "./connection.ts";
import { FENCE_MS, Move, SETTLE_MS } from "./move.ts";
import { CONNECT_TIMEOUT_MS } from "./reconnection.ts";

/** One connection that the move opened, and what becomes of it. */
interface Opened {
  readonly handlers: SocketHandlers;
  readonly outcome: ConnectionOutcome;
  readonly connection: SignalingConnection;
  readonly close: ReturnType<typeof vi.fn>;
}

const unreachable = new SkeinError("server-unreachable", "Gone.");

let clock: FakeClock;
let opened: Opened[];
let told: string[];
let fenced: () => void;
let move: Move;

beforeEach(() => {
  clock = new FakeClock();
  opened = [];
  told = [];
  fenced = () => {};
  const tell = (name: string) => (value: unknown) => told.push(`${name} ${JSON.stringify(value)}`);
  const handlers = {
    welcome: tell("welcome"),
    joined: tell("joined"),
    frame: (handle: number) => told.push(`frame of ${handle}`),
    credited: () => told.push("credited"),
  } as unknown as SocketHandlers;
  move = new Move(clock, () => 1, handlers, {
    open: (held, outcome) => {
      const close = vi.fn();
      const connection = { joined: true, close } as unknown as SignalingConnection;
      opened.push({ handlers: held, outcome, connection, close });
      return connection;
    },
    fence: (done) => {
      told.push("fence");
      fenced = done;
    },
    changeOver: (_, join) => told.push(`change over, join ${join}`),
    resume: () => told.push("resume"),
    drainingToo: () => told.push("draining too"),
    lost: (error, final) => told.push(`lost: ${error.code}, ${final ? "final" : "again"}`),
  });
});

const newest = (): Opened => {
  const last = opened.at(-1);
  if (!last) throw new Error("nothing was opened");
  return last;
};
const connect = vi.fn();

/** The new server's socket stands, the old one's last word is confirmed, and CONNECT is sent. */
function join(): Opened {
  const one = newest();
  one.outcome.opened?.(connect);
  fenced();
  return one;
}

/** The new server's welcome, with what follows it. */
function welcome({ handlers, outcome }: Opened): void {
  handlers.welcome({} as never);
  outcome.welcomed(7);
  handlers.frame(3, new Uint8Array());
}

it("keeps to the order: confirm the old, join the new, hear the old out, change over", () => {
  connect.mockClear();
  move.start();
  expect(move.holds).toBe(false);
  newest().outcome.opened?.(connect);
  expect(move.holds).toBe(true);
  expect(connect).not.toHaveBeenCalled();
  fenced();
  expect(connect).toHaveBeenCalledTimes(1);
  welcome(newest());
  // The old server still speaks: its handles are good until it has ended.
  expect(told).toEqual(["fence"]);
  expect(move.orphan(unreachable)).toBe(true);
  expect(told).toEqual(["fence", "change over, join 7", "welcome {}", "frame of 3", "resume"]);
  expect(move.holds).toBe(false);
  // From now on it is an ordinary connection.
  newest().handlers.frame(4, new Uint8Array());
  newest().outcome.draining(5);
  newest().outcome.lost(unreachable, false);
  expect(told.slice(-3)).toEqual(["frame of 4", "draining too", "lost: server-unreachable, again"]);
  expect(clock.pending).toBe(0);
});

it("moves on when the new server stops soon as well, though it said so before the change-over", () => {
  move.start();
  const { handlers, outcome } = join();
  handlers.welcome({} as never);
  outcome.welcomed(7);
  outcome.draining(900);
  // There is nothing to move on from yet.
  expect(told).toEqual(["fence"]);
  move.orphan(unreachable);
  expect(told).toEqual(["fence", "change over, join 7", "welcome {}", "draining too", "resume"]);
});

it("forgets that a new server stops soon when that one is lost before the change-over", () => {
  move.start();
  const { outcome } = join();
  outcome.welcomed(7);
  outcome.draining(900);
  outcome.lost(unreachable, false);
  clock.advance(500);
  welcome(join());
  move.orphan(unreachable);
  expect(told).not.toContain("draining too");
});

it("waits neither for ever for a confirmation nor for the old server's end", () => {
  connect.mockClear();
  move.start();
  newest().outcome.opened?.(connect);
  clock.advance(FENCE_MS);
  expect(connect).toHaveBeenCalledTimes(1);
  fenced();
  expect(connect).toHaveBeenCalledTimes(1);
  welcome(newest());
  clock.advance(SETTLE_MS);
  expect(told).toContain("change over, join 7");
  expect(clock.pending).toBe(0);
});

it("stays where it is when the new server cannot be had, and tries again", () => {
  move.start();
  newest().outcome.lost(unreachable, false);
  expect(move.holds).toBe(false);
  clock.advance(500);
  expect(opened).toHaveLength(2);
  clock.advance(CONNECT_TIMEOUT_MS);
  expect(newest().close).toHaveBeenCalled();
  clock.advance(1_000);
  expect(opened).toHaveLength(3);
  // What had to wait goes over the old socket again.
  join().outcome.lost(unreachable, false);
  expect(told).toEqual(["fence", "resume"]);
  clock.advance(2_000);
  welcome(join());
  move.orphan(unreachable);
  expect(told.at(-1)).toBe("resume");
});

it("does not ask again for what is refused for good", () => {
  move.start();
  newest().outcome.lost(new SkeinError("unauthorized", "No."), true);
  expect(clock.pending).toBe(0);
  expect(move.orphan(unreachable)).toBe(false);
});

it("leaves the end of the old socket to others unless it is being admitted", () => {
  move.start();
  expect(move.orphan(unreachable)).toBe(false);
  const joining = join();
  expect(move.orphan(new SkeinError("replaced", "Newer."))).toBe(true);
  // Admitted already: there is nothing more to wait for.
  welcome(joining);
  expect(told).toContain("change over, join 7");
});

it.each([
  ["fails", () => newest().outcome.lost(unreachable, false), "lost: server-unreachable, again"],
  [
    "is refused",
    () => newest().outcome.lost(new SkeinError("removed", "R."), true),
    "lost: removed, final",
  ],
  ["says nothing", () => clock.advance(CONNECT_TIMEOUT_MS), "lost: replaced, again"],
] as const)("is lost when the new server %s after the old one ended", (_, end, what) => {
  move.start();
  join();
  expect(move.orphan(new SkeinError("replaced", "Newer."))).toBe(true);
  end();
  expect(told.at(-1)).toBe(what);
  expect(clock.pending).toBe(0);
});

it("says goodbye to a server that may know of us, and leaves nothing behind", () => {
  move.start();
  join();
  const { close } = newest();
  move.cancel(true);
  expect(close).toHaveBeenCalledWith(true);
  expect(clock.pending).toBe(0);

  move.start();
  move.cancel(true);
  // It had asked before: the first server may have admitted it.
  expect(newest().close).toHaveBeenCalledWith(true);
});
