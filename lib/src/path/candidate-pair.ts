/**
 * Which pair of addresses a WebRTC connection uses, from `getStats()`: the only place where a
 * browser says whether it goes through TURN. See W3C "Identifiers for WebRTC's Statistics API".
 */

/** The pair in use. */
export interface CandidatePair {
  /** `relay` when either side goes through TURN. */
  readonly kind: "direct" | "relay";
  readonly localType: string;
  readonly remoteType: string;
  /** `udp` or `tcp`, between the two candidates. */
  readonly protocol: string;
  /** How this side speaks to its TURN server; null when it does not. */
  readonly relayProtocol: string | null;
  /** Round-trip time measured by ICE, in milliseconds; null until measured. */
  readonly rtt: number | null;
}

/** The fields read of any report. What a browser puts in them is not relied on. */
interface Stats {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly selectedCandidatePairId?: unknown;
  readonly localCandidateId?: unknown;
  readonly remoteCandidateId?: unknown;
  readonly selected?: unknown;
  readonly nominated?: unknown;
  readonly state?: unknown;
  readonly bytesReceived?: unknown;
  readonly currentRoundTripTime?: unknown;
  readonly candidateType?: unknown;
  readonly protocol?: unknown;
  readonly relayProtocol?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
}

/** The selected pair of a report; null while there is none. `remoteRelays`: see RelayAddresses. */
export function selectedPair(
  report: RTCStatsReport,
  remoteRelays: RelayAddresses,
): CandidatePair | null {
  const byId = new Map<string, Stats>();
  report.forEach((each: Stats) => {
    byId.set(String(each.id), each);
  });
  const pair = findPair(byId);
  if (pair === undefined) return null;
  const local = byId.get(String(pair.localCandidateId)) ?? {};
  const remote = byId.get(String(pair.remoteCandidateId)) ?? {};
  const relayProtocol = textOf(local.relayProtocol);
  const rtt = pair.currentRoundTripTime;
  // Chromium can call a relayed local candidate `prflx`, but still gives its `relayProtocol`.
  const relayed =
    relayProtocol !== null ||
    local.candidateType === "relay" ||
    remote.candidateType === "relay" ||
    remoteRelays.include(remote);
  return {
    kind: relayed ? "relay" : "direct",
    localType: textOf(local.candidateType) ?? "unknown",
    remoteType: textOf(remote.candidateType) ?? "unknown",
    protocol: textOf(local.protocol) ?? "unknown",
    relayProtocol,
    rtt: typeof rtt === "number" ? rtt * 1000 : null,
  };
}

function findPair(byId: ReadonlyMap<string, Stats>): Stats | undefined {
  const all = [...byId.values()];
  for (const each of all) {
    if (each.type !== "transport") continue;
    const pair = byId.get(String(each.selectedCandidatePairId));
    if (pair !== undefined) return pair;
  }
  const pairs = all.filter((each) => each.type === "candidate-pair");
  return (
    // Firefox before it had transport statistics.
    pairs.find((each) => each.selected === true) ??
    pairs
      .filter((each) => each.nominated === true && each.state === "succeeded")
      .sort((a, b) => Number(b.bytesReceived ?? 0) - Number(a.bytesReceived ?? 0))[0]
  );
}

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

/** Far more relayed candidates than any peer has; a hostile one's go no further. */
const MAX_ADDRESSES = 256;
/** RFC 8839, 5.1: `candidate:foundation component transport priority address port typ type`. */
const RELAY_CANDIDATE = /candidate:\S+ \d+ \S+ \d+ (\S+) (\d+) typ relay\b/g;

/**
 * The remote side's relayed addresses as it signalled them. A check that arrives from one before
 * the candidate itself did makes a peer-reflexive candidate, which says nothing of TURN, and whose
 * address Chromium hides.
 */
export class RelayAddresses {
  readonly #addresses = new Set<string>();
  readonly #ports = new Set<number>();

  /** Takes a candidate line or a whole SDP; true when there was a relayed candidate in it. */
  learn(text: string): boolean {
    let found = false;
    for (const [, address, port] of text.matchAll(RELAY_CANDIDATE)) {
      found = true;
      if (this.#addresses.size >= MAX_ADDRESSES) break;
      this.#addresses.add(`${address} ${port}`);
      this.#ports.add(Number(port));
    }
    return found;
  }

  /** Whether any was signalled. */
  get any(): boolean {
    return this.#addresses.size > 0;
  }

  include(candidate: Stats): boolean {
    if (candidate.candidateType !== "prflx") return false;
    const address = textOf(candidate.address);
    const port = Number(candidate.port);
    return address === null ? this.#ports.has(port) : this.#addresses.has(`${address} ${port}`);
  }
}
