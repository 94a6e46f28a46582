import type { PathReason } from "skein";
import type { Family } from "./addresses.ts";
import { type BrowserKind, BrowserPool } from "./browsers.ts";
import { Coturn } from "./coturn.ts";
import { LAB_TURN, type LinkDriver, type Settled } from "./drivers.ts";
import type { ExpectedPath } from "./expectedPath.ts";
import { Lab } from "./lab.ts";
import type { SiteKind } from "./networks.ts";
import type { HostPlan } from "./topology.ts";

/** A situation to put two people into. */
export interface Scenario {
  /** What it stands for, in a line. */
  about: string;
  a: HostPlan;
  b: HostPlan;
  /** Default: 4. */
  family?: Family;
  /** `down`: nobody answers; `wrong`: it refuses the credentials it is given. Default: `up`. */
  turn?: "up" | "down" | "wrong";
  /** Where the TURN server stands. Default: `open`. */
  turnNetwork?: SiteKind;
  expected: ExpectedPath;
  /** Why `a` and `b` have no better path, as each of them sees it. Default: they have one. */
  reasons?: readonly [PathReason, PathReason];
}

const open = { network: "open" } as const;
const cone = { network: "cone" } as const;
const symmetric = { network: "symmetric" } as const;
const udpBlocked = { network: "udp-blocked" } as const;
const signalingOnly = { network: "signaling-only" } as const;
const farAway = { ...cone, link: { rttMs: 80, jitterMs: 30, lossPercent: 2 } };

export const scenarios: Readonly<Record<string, Scenario>> = {
  open: { about: "two public addresses", a: open, b: open, expected: "direct" },
  cone: { about: "two homes", a: cone, b: cone, expected: "direct" },
  symmetric: { about: "two phones", a: symmetric, b: symmetric, expected: "relay" },
  "udp-blocked": {
    about: "a company that lets out TCP only, and a home",
    a: udpBlocked,
    b: cone,
    expected: "relay",
  },
  "signaling-only": {
    about: "a company that lets out only the app, and a home",
    a: signalingOnly,
    b: cone,
    expected: "server",
    // The home's own TURN server works; it is only that nobody comes.
    reasons: ["turn-unreachable", "ice-failed"],
  },
  "turn-cloud": {
    about: "two phones, and a TURN server with a private address behind a cloud's NAT",
    a: symmetric,
    b: symmetric,
    turnNetwork: "cloud",
    expected: "relay",
  },
  "turn-down": {
    about: "two phones, and the TURN server does not answer",
    a: symmetric,
    b: symmetric,
    turn: "down",
    expected: "server",
    reasons: ["turn-unreachable", "turn-unreachable"],
  },
  "turn-wrong": {
    about: "two phones, and the TURN server refuses the credentials",
    a: symmetric,
    b: symmetric,
    turn: "wrong",
    expected: "server",
    reasons: ["turn-unauthorized", "turn-unauthorized"],
  },
  "ipv6-only": { about: "two homes without IPv4", a: cone, b: cone, family: 6, expected: "direct" },
  far: {
    about: "two homes, 80 ms round trip with 30 ms jitter and 2 % loss between them",
    a: farAway,
    b: cone,
    expected: "direct",
  },
};

/** A scenario that has been built, with its servers running. */
export interface RunningScenario {
  readonly lab: Lab;
  readonly coturn: Coturn | undefined;
  /** Links two new pages, in the browsers given, and says where they settled. */
  link(a: BrowserKind, b: BrowserKind): Promise<Settled>;
  close(): Promise<void>;
}

/** Builds a scenario. The caller must `close()` it. */
export async function startScenario(
  { a, b, family, turn = "up", turnNetwork }: Scenario,
  driver: LinkDriver,
): Promise<RunningScenario> {
  const lab = await Lab.create({ a, b }, family, turnNetwork);
  try {
    const coturn = turn === "down" ? undefined : await Coturn.start(lab);
    await driver.serve(lab, {
      ...LAB_TURN,
      ...(turn === "wrong" ? { secret: "another secret" } : {}),
    });
    // A machine that is down does not even say that nobody listens.
    if (turn === "down")
      for (const host of lab.hosts.values()) await lab.faults.blackhole(host, "turn");
    const browsers = new BrowserPool(lab);
    let rooms = 0;
    return {
      lab,
      coturn,
      async link(kindA, kindB) {
        const [one, two] = await Promise.all([
          browsers.get(lab.host("a"), kindA),
          browsers.get(lab.host("b"), kindB),
        ]);
        const contexts = await Promise.all([one.newContext(), two.newContext()]);
        try {
          const [left, right] = [await contexts[0].newPage(), await contexts[1].newPage()];
          rooms += 1;
          return await driver.link(lab, left, right, `room-${rooms}`);
        } finally {
          await Promise.all(contexts.map((context) => context.close()));
        }
      },
      async close() {
        await browsers.close();
        await lab.close();
      },
    };
  } catch (error) {
    await lab.close();
    throw error;
  }
}
