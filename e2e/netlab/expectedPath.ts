import type { PathReason } from "skein";
import { type NetworkKind, networkKinds } from "./networks.ts";

/** Where a link settles: see the words in the design notes. */
export type ExpectedPath = "direct" | "relay" | "server";

/**
 * The path that each pair of networks allows: `direct` wherever both ends can, `relay` where only
 * TURN can, `server` where nothing else can. The matrix test is driven by this table.
 *
 * Why not better: a symmetric NAT shows each destination another port, so that a cone's filter
 * never lets its packets in; only an open host answers to whatever port they come from. Browsers
 * do not listen on TCP, so that a host without UDP reaches even an open one through TURN only.
 */
const table: Record<NetworkKind, readonly ExpectedPath[]> = {
  //                 open      cone      symmetric udp-blocked signaling-only
  open: /*        */ ["direct", "direct", "direct", "relay", "server"],
  cone: /*        */ ["direct", "direct", "relay", "relay", "server"],
  symmetric: /*   */ ["direct", "relay", "relay", "relay", "server"],
  "udp-blocked": /**/ ["relay", "relay", "relay", "relay", "server"],
  "signaling-only": ["server", "server", "server", "server", "server"],
};

/** The path on which a link between hosts in these networks has to settle. */
export function expectedPath(a: NetworkKind, b: NetworkKind): ExpectedPath {
  const expected = table[a][networkKinds.indexOf(b)];
  if (expected === undefined) throw new Error(`no expected path for ${a} with ${b}`);
  return expected;
}

/**
 * Why each end of such a link has no better path, as it sees that itself: who reaches no TURN server
 * can say so; to the other it is only that nobody came. `null`: there is no better one to be had.
 */
export function expectedReasons(a: NetworkKind, b: NetworkKind): readonly (PathReason | null)[] {
  if (expectedPath(a, b) !== "server") return [null, null];
  return [a, b].map((own) => (own === "signaling-only" ? "turn-unreachable" : "ice-failed"));
}

/** Every unordered pair of networks, 15 in all. */
export const networkPairs: readonly (readonly [NetworkKind, NetworkKind])[] = networkKinds.flatMap(
  (a, index) => networkKinds.slice(index).map((b) => [a, b] as const),
);
