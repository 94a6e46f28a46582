import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { PathReason } from "../room/types.ts";
import { type OpenablePath, Upgrade } from "./upgrade.ts";

const offer = (attempt: number) =>
  ({ attempt, index: 0, data: { type: "offer", sdp: "v=0" } }) as const;

function responder(relayFailure: PathReason | null = null): { upgrade: Upgrade; told: unknown[] } {
  const told: unknown[] = [];
  const neverOpens: OpenablePath = {
    kind: null,
    relayOnly: false,
    relayFailure,
    buffered: 0,
    queued: 0,
    signal() {},
    restartIce: () => false,
    send: () => false,
    close() {},
  };
  const upgrade: Upgrade = new Upgrade({
    clock: new FakeClock(),
    random: () => 0.5,
    initiator: () => false,
    nextAttempt: () => 1,
    open: () => neverOpens,
    reachable: () => true,
    sendSignal() {},
    sendProbe: () => false,
    hidden: () => false,
    onRefused() {},
    onFrame() {},
    onChange: () => told.push(upgrade.reason),
  });
  upgrade.allow(null);
  return { upgrade, told };
}

test("a responder learns from the next attempt that the one before has failed", () => {
  const { upgrade, told } = responder();
  upgrade.signal(offer(1));
  expect(upgrade.reason).toBe("connecting");
  // Long before its own time limit: browsers give up after 5 or 15 s, each on its own.
  upgrade.signal(offer(2));
  expect(upgrade.reason).toBe("ice-failed");
  expect(told.at(-1)).toBe("ice-failed");
});

test("and that it was for want of a relay", () => {
  const { upgrade } = responder("turn-unreachable");
  upgrade.signal(offer(1));
  upgrade.signal(offer(2));
  expect(upgrade.reason).toBe("turn-unreachable");
});

test("an attempt that is repeated in part is no new one", () => {
  const { upgrade } = responder();
  upgrade.signal(offer(1));
  upgrade.signal({ ...offer(1), index: 1 });
  expect(upgrade.reason).toBe("connecting");
});
