/** Links whose network and peers a test plays. */
import type { Clock } from "../clock.ts";
import { Link, NEW_PEER } from "./link.ts";
import type { LinkEvents, LinkOptions, ServerCarrier } from "./options.ts";
import type { PathSlot } from "./path-slot.ts";
import type { LinkUpgrade } from "./standby.ts";
import { Upgrade } from "./upgrade.ts";

export interface StandIn {
  readonly peerId: string;
  readonly clock: Clock;
  readonly server: ServerCarrier;
  readonly events?: Partial<LinkEvents>;
  /** What stands for WebRTC; by default it is not supported. */
  readonly upgrade?: LinkOptions["upgrade"]["create"];
  readonly options?: Partial<LinkOptions>;
}

/** A link, on the server path unless its upgrade has another. */
export function standInLink({ peerId, clock, server, events, options, upgrade }: StandIn): Link {
  let incarnations = 0;
  return new Link({
    peerId,
    clock,
    server,
    hidden: () => false,
    nextIncarnation: () => ++incarnations,
    nextAll: () => 1,
    bookmark: NEW_PEER,
    presenceVersion: () => 1,
    upgrade: {
      create: upgrade ?? ((given) => new Upgrade(given)),
      random: () => 0.5,
      initiator: () => true,
      nextAttempt: () => 1,
      reachable: server.reachable,
      sendSignal: () => {},
      open: () => "unsupported",
    },
    events: {
      onEntry: () => true,
      onState: () => {},
      onPath: () => {},
      onReason: () => {},
      onReset: () => {},
      onGoodbye: () => {},
      onRefused: () => {},
      ...events,
    },
    ...options,
  });
}

/** What a test's direct path has of a path in use. */
export interface StandInSlot {
  readonly path: object;
  readonly health: object;
}

/** An upgrade that has its direct path already, and is told of it by `allow`. */
export function openUpgrade({ path, health }: StandInSlot, onChange: () => void): LinkUpgrade {
  return {
    attempt: 1,
    attempts: 1,
    reason: null,
    current: { kind: "direct", path, health } as unknown as PathSlot,
    closedAt: 0,
    allow: onChange,
    retryNow() {},
    heardOf() {},
    signal: () => null,
    close() {},
  };
}
