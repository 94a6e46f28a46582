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
  readonly options?: Partial<LinkOptions>;
}

/** A link on the server path, where WebRTC is not supported. */
export function standInLink({ peerId, clock, server, events, options }: StandIn): Link {
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
      create: (upgrade) => new Upgrade(upgrade),
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
