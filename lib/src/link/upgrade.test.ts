import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { Path } from "../path/path.ts";
import type { PathReason } from "../room/types.ts";
import type { Signal } from "../signaling/events.ts";
import { MAX_EARLY_SIGNALS, Standby } from "./standby.ts";
import { type AttemptOptions, type OpenablePath, Upgrade } from "./upgrade.ts";

interface Attempt {
  readonly options: AttemptOptions;
  readonly at: number;
  readonly signals: string[];
  closed: boolean;
  restarts: number;
  /** Whether probes are answered. */
  answers: boolean;
}

/** An upgrade whose paths this test plays; probes are answered after 10 ms where it says so. */
function open({ initiator = true, restarts = false, random = 0.5 } = {}) {
  const clock = new FakeClock();
  const attempts: Attempt[] = [];
  const sent: Signal[] = [];
  const net = { reachable: true, refuse: null as PathReason | null, random, relayOnly: false };
  const role = { initiator };
  const byPath = new Map<Path, Attempt>();
  let numbers = 0;
  const upgrade: Upgrade = new Upgrade({
    clock,
    random: () => net.random,
    initiator: () => role.initiator,
    nextAttempt: () => ++numbers,
    reachable: () => net.reachable,
    sendSignal: (signal) => sent.push(signal),
    hidden: () => false,
    onRefused() {},
    onFrame: ([n = 0], _, slot) => slot.health?.answered(n),
    onChange: () => {},
    sendProbe: (path, n) => {
      const attempt = byPath.get(path);
      if (attempt?.answers) {
        clock.after(10, () => {
          if (attempt.answers && !attempt.closed) {
            attempt.options.events.onFrame(Uint8Array.of(n), "latest");
          }
        });
      }
      return true;
    },
    open: (options) => {
      if (net.refuse !== null) return net.refuse;
      const attempt: Attempt = {
        options,
        at: clock.now() - 1000,
        signals: [],
        closed: false,
        restarts: 0,
        answers: true,
      };
      const path: OpenablePath = {
        kind: "direct",
        relayOnly: net.relayOnly,
        relayFailure: null,
        buffered: 0,
        queued: 0,
        send: () => true,
        signal: ({ type }) => void attempt.signals.push(type),
        restartIce: () => {
          if (restarts) attempt.restarts += 1;
          return restarts;
        },
        close: () => {
          attempt.closed = true;
        },
      };
      attempts.push(attempt);
      byPath.set(path, attempt);
      return path;
    },
  });
  const last = () => attempts.at(-1) as Attempt;
  return {
    clock,
    upgrade,
    attempts,
    sent,
    net,
    role,
    last,
    succeed: () => {
      last().options.events.onOpen();
      clock.advance(100);
    },
    offer: (attempt: number, index = 0) =>
      upgrade.signal({ attempt, index, data: { type: "offer", sdp: "v=0" } }),
    retry: (attempt: number) => upgrade.signal({ attempt, index: 0, data: { type: "retry" } }),
  };
}

test("the initiator begins when it may, the other waits for it and then asks", () => {
  const initiator = open();
  expect(initiator.upgrade.state).toBe("off");
  initiator.upgrade.allow(null);
  expect(initiator.upgrade.state).toBe("opening");
  expect(initiator.upgrade.attempt).toBe(1);

  const responder = open({ initiator: false });
  responder.upgrade.allow(null);
  expect(responder.attempts).toHaveLength(0);
  responder.clock.advance(2_499);
  expect(responder.sent).toEqual([]);
  responder.clock.advance(1_000);
  expect(responder.sent).toEqual([{ attempt: 0, index: 0, data: { type: "retry" } }]);
  expect(responder.attempts).toHaveLength(0);
});

test("the responder joins the newest attempt only, and each signal once", () => {
  const { upgrade, attempts, offer, last } = open({ initiator: false });
  upgrade.allow(null);
  offer(3);
  offer(3);
  expect(last().signals).toEqual(["offer"]);
  offer(2, 5);
  expect(attempts).toHaveLength(1);
  expect(last().signals).toEqual(["offer"]);
  offer(4);
  expect(attempts).toHaveLength(2);
  expect(attempts[0]?.closed).toBe(true);
});

test("signals that come before WebRTC is allowed are kept for when it is, bounded", () => {
  const { upgrade, offer, last } = open({ initiator: false });
  for (let index = 0; index < MAX_EARLY_SIGNALS; index++) expect(offer(1, index)).toBeNull();
  expect(offer(1, MAX_EARLY_SIGNALS)).toBe("signal-early");
  upgrade.allow(null);
  expect(last().signals).toHaveLength(MAX_EARLY_SIGNALS);
});

test("of what came before WebRTC is allowed only the newest attempt counts, and costs one connection", () => {
  for (const initiator of [true, false]) {
    const real = open({ initiator });
    const standby = new Standby(
      () => real.upgrade,
      () => {},
    );
    for (const early of [real.upgrade, standby]) {
      for (let attempt = 1; attempt <= 14; attempt++) {
        for (let index = 0; index < 10; index++) {
          const data = { type: "offer" as const, sdp: `${attempt}` };
          expect(early.signal({ attempt, index, data })).toBeNull();
        }
      }
      early.signal({ attempt: 3, index: 0, data: { type: "offer", sdp: "late" } });
    }
    standby.allow(null);
    expect(real.attempts).toHaveLength(1);
    expect(real.upgrade.attempt).toBe(initiator ? 15 : 14);
    expect(real.last().signals).toHaveLength(initiator ? 0 : 10);
  }
});

test("says whose wish a connection is", () => {
  const responder = open({ initiator: false });
  responder.upgrade.allow(null);
  responder.offer(1);
  responder.offer(2);
  const [first, second] = responder.attempts;
  expect(first?.options.forcedBy).toBeTruthy();
  expect(second?.options.forcedBy).toBe(first?.options.forcedBy);

  const initiator = open();
  initiator.upgrade.allow(null);
  expect(initiator.last().options.forcedBy).toBeNull();
  initiator.succeed();
  initiator.clock.advance(10_000);
  initiator.retry(1);
  expect(initiator.last().options.forcedBy).toBeTruthy();
});

test("an initiator joins nobody's attempts", () => {
  const { upgrade, attempts, offer } = open();
  upgrade.allow(null);
  expect(offer(7)).toBe("signal-attempt");
  expect(attempts).toHaveLength(1);
});

test("failures are followed by new attempts after a full jitter back-off", () => {
  for (const random of [0, 0.5, 0.999]) {
    const { upgrade, clock, attempts, last } = open({ random });
    upgrade.allow(null);
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      const failedAt = clock.now();
      const before = attempts.length;
      last().options.events.onClose("ice-failed");
      expect(upgrade.reason).toBe("ice-failed");
      while (attempts.length === before) clock.advance(1);
      waits.push(clock.now() - failedAt);
    }
    const most = [1_000, 2_000, 4_000, 4_000, 4_000, 4_000];
    waits.forEach((wait, n) => {
      expect(Math.abs(wait - random * (most[n] ?? 0))).toBeLessThanOrEqual(1);
    });
  }
});

test("a link that keeps failing is tried now and then only", () => {
  const { upgrade, clock, net, last, attempts } = open({ random: 0.999 });
  upgrade.allow(null);
  net.refuse = "too-many-connections";
  last().options.events.onClose("ice-failed");
  clock.advance(70_000);
  expect(upgrade.reason).toBe("too-many-connections");
  const tried = upgrade.attempts;
  clock.advance(60_000);
  expect(upgrade.attempts - tried).toBe(2);
  expect(attempts).toHaveLength(1);
  upgrade.retryNow();
  expect(upgrade.attempts - tried).toBe(3);
});

test("a path is open when it is verified, not before", () => {
  const { upgrade, last, succeed, clock } = open();
  upgrade.allow(null);
  last().answers = false;
  succeed();
  expect(upgrade.state).toBe("opening");
  clock.advance(5_000);
  expect(last().closed).toBe(true);
  expect(upgrade.reason).toBe("timeout");
});

test("asked for a retry, the initiator begins anew, unless it just did", () => {
  const { upgrade, clock, attempts, retry, last } = open({ random: 0.999 });
  upgrade.allow(null);
  clock.advance(1_500);
  // The peer knows this attempt and sees how it goes.
  retry(1);
  expect(attempts).toHaveLength(1);
  // The peer never saw it.
  clock.advance(1_000);
  retry(0);
  retry(0);
  expect(attempts).toHaveLength(2);
  expect(attempts[0]?.closed).toBe(true);
  expect(last().closed).toBe(false);
});

test("a peer that only ever asks, or only ever offers, costs few connections", () => {
  const asked = open();
  asked.upgrade.allow(null);
  for (let n = 0; n < 120; n++) {
    asked.clock.advance(500);
    asked.retry(0);
  }
  expect(asked.attempts.length).toBeLessThanOrEqual(18);

  const offered = open({ initiator: false });
  offered.upgrade.allow(null);
  for (let n = 1; n <= 500; n++) offered.offer(n);
  expect(offered.attempts).toHaveLength(16);
  expect(offered.offer(501)).toBe("signal-rate");
});

test("attempt numbers beyond reason are refused, and remembered by nobody", () => {
  const { upgrade, offer, retry } = open({ initiator: false });
  upgrade.allow(null);
  expect(offer(Number.MAX_SAFE_INTEGER)).toBe("signal-attempt");
  expect(retry(2 ** 41)).toBe("signal-attempt");
  upgrade.heardOf(2 ** 41);
  expect(upgrade.attempt).toBe(0);
});

test("who comes to initiate begins above what the peer has seen", () => {
  const { upgrade, role, offer, clock, last } = open({ initiator: false });
  upgrade.allow(null);
  offer(8);
  role.initiator = true;
  last().options.events.onClose("ice-failed");
  clock.advance(5_000);
  expect(upgrade.attempt).toBe(9);
  const other = open();
  other.upgrade.heardOf(20);
  other.upgrade.allow(null);
  expect(other.upgrade.attempt).toBe(21);
});

test("without signaling nothing is begun; when it is back, at once", () => {
  const { upgrade, net, attempts, clock } = open();
  net.reachable = false;
  upgrade.allow(null);
  clock.advance(60_000);
  expect(attempts).toHaveLength(0);
  net.reachable = true;
  upgrade.retryNow();
  expect(attempts).toHaveLength(1);
  upgrade.retryNow();
  expect(attempts).toHaveLength(1);
});

test("disallowed, it lets everything go and says why; allowed again, it begins anew", () => {
  const { upgrade, clock, attempts } = open();
  upgrade.allow(null);
  upgrade.allow("no-seat");
  expect(attempts[0]?.closed).toBe(true);
  expect(upgrade.state).toBe("off");
  expect(upgrade.reason).toBe("no-seat");
  expect(clock.pending).toBe(0);
  upgrade.allow(null);
  expect(attempts).toHaveLength(2);
});

test("verified, it is open; the path before it is let go only then", () => {
  const { upgrade, attempts, succeed, clock, retry, last } = open();
  upgrade.allow(null);
  succeed();
  expect(upgrade.state).toBe("open");
  expect(upgrade.reason).toBeNull();
  clock.advance(10_000);
  // The peer sees it dead where this side does not.
  retry(1);
  expect(attempts).toHaveLength(2);
  expect(attempts[0]?.closed).toBe(false);
  expect(upgrade.current?.attempt).toBe(1);
  expect(upgrade.state).toBe("open");
  succeed();
  expect(upgrade.current?.attempt).toBe(2);
  // The peer may not have verified it yet, and still use the old one.
  expect(attempts[0]?.closed).toBe(false);
  clock.advance(2_000);
  expect(attempts[0]?.closed).toBe(true);
  expect(last().closed).toBe(false);
});

test("an attempt that fails beside a path that works is not repeated", () => {
  const { upgrade, attempts, succeed, clock, retry, last } = open();
  upgrade.allow(null);
  succeed();
  clock.advance(10_000);
  retry(1);
  last().options.events.onClose("ice-failed");
  clock.advance(30_000);
  expect(attempts).toHaveLength(2);
  expect(upgrade.state).toBe("open");
  expect(upgrade.reason).toBeNull();
});

test("a dead path is restarted first, and replaced when that does not help within 3 s", () => {
  const { upgrade, attempts, succeed, clock, last } = open({ restarts: true });
  upgrade.allow(null);
  succeed();
  last().answers = false;
  clock.advance(5_000 + 2_500);
  expect(upgrade.state).toBe("repairing");
  expect(upgrade.reason).toBe("path-lost");
  expect(attempts[0]?.restarts).toBe(1);
  expect(attempts).toHaveLength(1);
  clock.advance(3_000);
  expect(attempts).toHaveLength(2);
  expect(attempts[0]?.closed).toBe(false);
});

test("an ICE restart that helps ends the repair", () => {
  const { upgrade, attempts, succeed, clock, last } = open({ restarts: true });
  upgrade.allow(null);
  succeed();
  last().answers = false;
  clock.advance(5_000 + 2_500);
  last().answers = true;
  clock.advance(1_100);
  expect(upgrade.state).toBe("open");
  clock.advance(30_000);
  expect(attempts).toHaveLength(1);
  expect(attempts[0]?.restarts).toBe(1);
});

test("a dead path that cannot be restarted is replaced at once", () => {
  const { upgrade, attempts, succeed, clock, last } = open();
  upgrade.allow(null);
  succeed();
  last().answers = false;
  clock.advance(5_000 + 2_500);
  expect(attempts).toHaveLength(2);
});

test("a path that is gone after a while is replaced at once, one that just opened after a back-off", () => {
  const { upgrade, attempts, succeed, clock, last } = open({ random: 0.999 });
  upgrade.allow(null);
  succeed();
  clock.advance(10_000);
  last().options.events.onClose("path-lost");
  expect(attempts).toHaveLength(2);
  succeed();
  last().options.events.onClose("path-lost");
  expect(attempts).toHaveLength(2);
  expect(upgrade.reason).toBe("path-lost");
  clock.advance(1_000);
  expect(attempts).toHaveLength(3);
});

test("closed, it leaves no timer", () => {
  const { upgrade, clock, succeed } = open();
  upgrade.allow(null);
  succeed();
  upgrade.close();
  clock.advance(20);
  expect(clock.pending).toBe(0);
});
