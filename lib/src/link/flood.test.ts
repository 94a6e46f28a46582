/** A peer that sends more than a tab can take, past the server: nothing waits, and the link goes on. */
import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { decodeFrame, encodeFrame, type Frame } from "../wire/index.ts";
import { FLOOD_REST_MS } from "./intake.ts";
import type { OpenablePath } from "./path-slot.ts";
import { standInLink } from "./stand-in.ts";
import { type AttemptOptions, Upgrade } from "./upgrade.ts";

/** A link whose peer this test plays, with a direct path; another attempt waits for what comes. */
function setup() {
  const clock = new FakeClock();
  const events: string[] = [];
  const overServer: Frame[] = [];
  const attempts: { readonly options: AttemptOptions; closed: boolean }[] = [];
  const server = {
    reachable: () => true,
    send: (bytes: Uint8Array) => overServer.push(decodeFrame(bytes) as Frame) > 0,
    upload: () => false,
    rtt: 40,
  };
  const open = (options: AttemptOptions): OpenablePath => {
    const attempt = { options, closed: false };
    attempts.push(attempt);
    const answer = (n: number) => {
      const probed = encodeFrame({ kind: "probed", n, flags: 0 });
      clock.after(10, () => !attempt.closed && options.events.onFrame(probed, "latest"));
    };
    return {
      ...{ kind: "direct", relayOnly: false, relayFailure: null, buffered: 0, queued: 0 },
      send(bytes) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "probe") answer(frame.n);
        return true;
      },
      signal() {},
      restartIce: () => false,
      close() {
        attempt.closed = true;
      },
    };
  };
  let numbers = 0;
  const link = standInLink({
    ...{ peerId: "p", clock, server },
    events: {
      onEntry: () => events.push("entry") > 0,
      onState: ({ kind }) => events.push(kind),
      onRefused: (kind) => events.push(`refused ${kind}`),
      onReason: (reason) => events.push(`${reason}`),
      onPath: (path) => events.push(path),
    },
    options: {
      upgrade: {
        create: (options) => new Upgrade(options),
        ...{ random: () => 0.5, initiator: () => true, nextAttempt: () => ++numbers },
        ...{ reachable: () => true, sendSignal() {}, open },
      },
    },
  });
  link.allow(null);
  const direct = () => {
    const attempt = attempts.at(-1);
    attempt?.options.events.onKind("direct");
    attempt?.options.events.onOpen();
    clock.advance(200);
  };
  direct();
  expect(link.path).toBe("direct");
  const send = (frame: Uint8Array, count: number, from = attempts.at(-1)) => {
    for (let i = 0; i < count && from?.closed === false; i++) {
      from.options.events.onFrame(frame, "latest");
    }
    const counts = new Map<string, number>();
    for (const event of events.splice(0)) counts.set(event, (counts.get(event) ?? 0) + 1);
    return Object.fromEntries(counts);
  };
  events.length = 0;
  return { attempts, clock, direct, link, overServer, send };
}

const cursor = encodeFrame({
  ...{ kind: "cursor", pressed: false, pointerType: "mouse", number: 1, frame: "" },
  samples: [{ x: 1, y: 2, time: 5 }],
});
const probe = encodeFrame({ kind: "probe", n: 1 });

test("what an honest peer sends at its most is all taken", () => {
  const { clock, link, send } = setup();
  for (let second = 0; second < 60; second++) {
    expect(send(cursor, 300)).toEqual({ cursor: 300 });
    clock.advance(1_000);
  }
  // Everything that it may have under way, in the smallest messages there are.
  send(probe, 130_000);
  expect(link.path).toBe("direct");
});

test("a million tiny frames: cursors go first, then the path; the link goes on over the server", () => {
  const { attempts, clock, direct, link, overServer, send } = setup();
  const { cursor: taken = 0, "refused rate": shed = 0, ...rest } = send(cursor, 1_000_000);
  expect(taken).toBeLessThanOrEqual(40_000);
  expect(taken + shed).toBeLessThan(171_000);
  expect(rest).toEqual({ "refused flood": 1, flooded: 1, server: 1 });
  expect(attempts.map(({ closed }) => closed)).toEqual([true]);
  expect([link.path, link.reason]).toEqual(["server", "flooded"]);

  overServer.length = 0;
  link.queueTo(Uint8Array.of(1), () => {});
  link.pump();
  expect(overServer.map(({ kind }) => kind)).toContain("to");
  link.receiveFromServer(cursor);
  expect(send(cursor, 0)).toEqual({ cursor: 1 });

  // For a minute no seat, network or signal brings it back; then it is tried again.
  clock.advance(FLOOD_REST_MS - 1_000);
  link.retryNow();
  link.allow("no-seat");
  expect(link.reason).toBe("no-seat");
  link.allow(null);
  link.signal({ attempt: 9, index: 0, data: { type: "retry" } });
  expect([link.reason, attempts.length]).toEqual(["flooded", 1]);
  clock.advance(1_000);
  expect(attempts).toHaveLength(2);
  direct();
  expect([link.path, link.reason]).toEqual(["direct", null]);
});

test("few frames of many bytes are as much", () => {
  const { link, send } = setup();
  const large = new Uint8Array(32 * 1024).fill(7);
  send(large, 10_000);
  expect(link.reason).toBe("flooded");
});

test("of a room that was left nothing is tried again", () => {
  const { attempts, clock, link, send } = setup();
  send(cursor, 1_000_000);
  link.close();
  clock.advance(2 * FLOOD_REST_MS);
  expect(attempts).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
