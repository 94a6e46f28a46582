import { expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome, SocketHandlers } from "./connection.ts";
import { FENCE_MS } from "./move.ts";
import { Moving } from "./moving.ts";

it("goes on to a third server when the second said with its welcome that it stops as well", () => {
  const clock = new FakeClock();
  const connectionOf = () =>
    ({ joined: true, check() {}, close() {} }) as unknown as SignalingConnection;
  const opened: { outcome: ConnectionOutcome; connection: SignalingConnection }[] = [];
  let carries = connectionOf();
  const moving = new Moving({
    clock,
    random: () => 1,
    handlers: { credited() {} } as unknown as SocketHandlers,
    connection: () => carries,
    open: (_, outcome) => {
      const connection = connectionOf();
      opened.push({ outcome, connection });
      return connection;
    },
    changeOver: (connection) => {
      carries = connection;
    },
    lost() {},
  });
  moving.begin();
  // Asked twice by the first: that is one move.
  moving.begin();
  opened[0]?.outcome.opened?.(() => {});
  clock.advance(FENCE_MS);
  opened[0]?.outcome.welcomed(7);
  opened[0]?.outcome.draining(900);
  expect(opened).toHaveLength(1);
  expect(moving.lost(new SkeinError("replaced", "Newer."), true)).toBe(null);
  expect(carries).toBe(opened[0]?.connection);
  expect(opened).toHaveLength(2);
  moving.end(false);
  expect(clock.pending).toBe(0);
});
