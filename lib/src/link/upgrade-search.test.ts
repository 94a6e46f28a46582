/** A relay in use, and attempts beside it that look for a direct path. */
import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { Path } from "../path/path.ts";
import type { Signal } from "../signaling/events.ts";
import { type AttemptOptions, type OpenablePath, Upgrade } from "./upgrade.ts";

class Attempt {
  readonly options: AttemptOptions;
  readonly path: OpenablePath;
  readonly signals: string[] = [];
  closed = false;
  /** Whether probes are answered, after 10 ms. */
  answers = true;

  constructor(options: AttemptOptions, relayOnly: boolean) {
    this.options = options;
    this.path = {
      kind: null,
      relayOnly,
      relayFailure: null,
      buffered: 0,
      queued: 0,
      send: () => true,
      signal: ({ type }) => void this.signals.push(type),
      restartIce: () => false,
      close: () => {
        this.closed = true;
      },
    };
  }

  opens(kind: "direct" | "relay"): void {
    this.options.events.onKind(kind);
    this.options.events.onOpen();
  }
}

function open({ initiator = true, relayOnly = false } = {}) {
  const clock = new FakeClock();
  const attempts: Attempt[] = [];
  const sent: Signal[] = [];
  /** What is in use, each time that changes; null: nothing. */
  const used: (number | null)[] = [];
  let numbers = 0;
  const upgrade: Upgrade = new Upgrade({
    clock,
    random: () => 0.5,
    initiator: () => initiator,
    nextAttempt: () => ++numbers,
    reachable: () => true,
    sendSignal: (signal) => sent.push(signal),
    hidden: () => false,
    onRefused() {},
    onFrame: (frame, _, slot) => slot.health?.answered(new DataView(frame.buffer).getUint32(0)),
    onChange: () => {
      const now = upgrade.state === "open" ? (upgrade.current?.attempt ?? null) : null;
      if (used.at(-1) !== now) used.push(now);
    },
    sendProbe: (path: Path, n) => {
      const attempt = attempts.find((each) => each.path === path);
      clock.after(10, () => {
        if (attempt?.answers && !attempt.closed) {
          const answer = new Uint8Array(4);
          new DataView(answer.buffer).setUint32(0, n);
          attempt.options.events.onFrame(answer, "latest");
        }
      });
      return true;
    },
    open: (options) => {
      const attempt = new Attempt(options, relayOnly);
      attempts.push(attempt);
      return attempt.path;
    },
  });
  upgrade.allow(null);
  const attempt = (n: number) => attempts[n - 1] as Attempt;
  const offer = (n: number, index = 0) =>
    upgrade.signal({ attempt: n, index, data: { type: "offer", sdp: "v=0" } });
  /** On a relay, after a direct path that was lost. */
  const relayed = () => {
    if (!initiator) offer(1);
    attempt(1).opens("direct");
    clock.advance(10_000);
    attempt(1).options.events.onKind("relay");
    used.splice(0, used.length, 1);
  };
  return { clock, upgrade, attempts, attempt, sent, used, offer, relayed };
}

test("a link that fell back to a relay is direct again without a moment on the server", () => {
  const { clock, upgrade, attempt, attempts, used, relayed } = open();
  relayed();
  clock.advance(3_000);
  expect(attempts).toHaveLength(2);
  expect(attempt(2).options.optional).toBe(true);
  expect(upgrade.current?.attempt).toBe(1);
  attempt(2).opens("direct");
  clock.advance(100);
  expect(upgrade.current?.attempt).toBe(2);
  expect(attempt(1).closed).toBe(false);
  clock.advance(2_000);
  expect(attempt(1).closed).toBe(true);
  expect(used).toEqual([1, 2]);
  clock.advance(3_600_000);
  expect(attempts).toHaveLength(2);
});

test("an attempt that ends on a relay too is thrown away, and nobody notices", () => {
  const { clock, upgrade, attempt, attempts, used, relayed } = open();
  relayed();
  clock.advance(3_000);
  attempt(2).opens("relay");
  clock.advance(1_500);
  expect(attempt(2).closed).toBe(false);
  clock.advance(1_000);
  expect(attempt(2).closed).toBe(true);
  expect(attempt(1).closed).toBe(false);
  expect(upgrade.reason).toBeNull();
  expect(used).toEqual([1]);
  // And on it goes.
  clock.advance(3_000);
  expect(attempts).toHaveLength(3);
});

test("a new relay that becomes direct a moment later is taken", () => {
  const { clock, upgrade, attempt, used, relayed } = open();
  relayed();
  clock.advance(3_000);
  attempt(2).opens("relay");
  clock.advance(1_000);
  attempt(2).options.events.onKind("direct");
  clock.advance(5_000);
  expect(upgrade.current?.attempt).toBe(2);
  expect([attempt(1).closed, attempt(2).closed]).toEqual([true, false]);
  expect(used).toEqual([1, 2]);
});

test("the relay is gone while a new one waits: that one is used at once", () => {
  const { clock, upgrade, attempt, used, relayed } = open();
  relayed();
  clock.advance(3_000);
  attempt(2).opens("relay");
  clock.advance(100);
  attempt(1).options.events.onClose("path-lost");
  expect(upgrade.current?.attempt).toBe(2);
  expect(used).toEqual([1, 2]);
  clock.advance(5_000);
  expect(attempt(2).closed).toBe(false);
});

test("the relay dies while a new one opens: it is used, whatever it is", () => {
  const { clock, upgrade, attempt, attempts, relayed } = open();
  relayed();
  clock.advance(3_000);
  attempt(1).options.events.onClose("path-lost");
  expect(attempts).toHaveLength(2);
  attempt(2).opens("relay");
  clock.advance(100);
  expect(upgrade.current?.attempt).toBe(2);
  expect(upgrade.state).toBe("open");
});

test("the responder keeps the relay until the initiator lets it go", () => {
  const { clock, upgrade, attempt, offer, used, relayed } = open({ initiator: false });
  relayed();
  offer(2);
  attempt(2).opens("relay");
  clock.advance(100);
  expect(upgrade.current?.attempt).toBe(1);
  // Candidates come for both.
  upgrade.signal({ attempt: 2, index: 1, data: { type: "answer", sdp: "v=0" } });
  upgrade.signal({ attempt: 1, index: 1, data: { type: "answer", sdp: "v=0" } });
  expect(attempt(2).signals).toEqual(["offer", "answer"]);
  expect(attempt(1).signals).toEqual(["offer", "answer"]);
  // It meant to replace it.
  attempt(1).options.events.onClose("path-lost");
  expect(upgrade.current?.attempt).toBe(2);
  expect(upgrade.closedAt).toBe(Number.NEGATIVE_INFINITY);
  expect(used).toEqual([1, 2]);
});

test("two ends that disagree about the kind do not lose their path", () => {
  const { clock, upgrade, attempt, offer, used, relayed } = open({ initiator: false });
  relayed();
  offer(2);
  // Direct, says this end; a relay, says the initiator, and throws it away.
  attempt(2).opens("direct");
  clock.advance(2_000);
  expect(upgrade.current?.attempt).toBe(2);
  attempt(2).options.events.onClose("path-lost");
  expect(upgrade.current?.attempt).toBe(1);
  expect(used).toEqual([1, 2, 1]);
  expect(upgrade.state).toBe("open");
});

test("only relays allowed: nothing is looked for", () => {
  const { clock, attempts, attempt } = open({ relayOnly: true });
  attempt(1).opens("relay");
  clock.advance(3_600_000);
  expect(attempts).toHaveLength(1);
});

test("the responder never looks by itself", () => {
  const { clock, attempts, relayed, upgrade } = open({ initiator: false });
  relayed();
  upgrade.retryNow();
  clock.advance(3_600_000);
  expect(attempts).toHaveLength(1);
});

test("a link that never was direct looks rarely, but when the network changes", () => {
  const { clock, attempts, attempt, upgrade } = open();
  attempt(1).opens("relay");
  clock.advance(40_000);
  expect(attempts).toHaveLength(1);
  upgrade.retryNow();
  clock.advance(1_000);
  expect(attempts).toHaveLength(2);
});

test("an attempt beside a relay that fails leaves no trace but a longer wait", () => {
  const { clock, upgrade, attempts, attempt, used, relayed } = open();
  relayed();
  for (let n = 2; n < 20; n++) {
    while (attempts.length < n) clock.advance(1_000);
    attempt(n).options.events.onClose("too-many-connections");
  }
  expect(upgrade.state).toBe("open");
  expect(upgrade.reason).toBeNull();
  expect(used).toEqual([1]);
});

test("closed, it leaves neither timer nor path", () => {
  for (const kind of ["direct", "relay"] as const) {
    const { clock, upgrade, attempts, attempt, relayed } = open();
    relayed();
    clock.advance(3_000);
    attempt(2).opens(kind);
    clock.advance(100);
    upgrade.close();
    clock.advance(20);
    expect(attempts.map(({ closed }) => closed)).toEqual([true, true]);
    expect(clock.pending).toBe(0);
  }
});
