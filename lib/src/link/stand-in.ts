/** Links whose network and peers a test plays. */
import type { Clock } from "../clock.ts";
import { Link, NEW_PEER } from "./link.ts";
import type { LinkEvents, LinkOptions, ServerCarrier } from "./options.ts";
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
