import { describe, expect, it } from "vitest";
import { RelayAddresses, selectedPair } from "./candidate-pair.ts";

type Candidate = { [key: string]: unknown };

function report(
  local: Candidate,
  remote: Candidate,
  pair: Candidate = {},
  transport: Candidate | null = { selectedCandidatePairId: "pair" },
): RTCStatsReport {
  const stats = [
    { id: "pair", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r", ...pair },
    { id: "idle", type: "candidate-pair", localCandidateId: "x", remoteCandidateId: "y" },
    { id: "l", type: "local-candidate", candidateType: "host", protocol: "udp", ...local },
    { id: "r", type: "remote-candidate", candidateType: "host", protocol: "udp", ...remote },
    { id: "x", type: "local-candidate", candidateType: "relay", relayProtocol: "udp" },
    { id: "y", type: "remote-candidate", candidateType: "relay" },
    ...(transport === null ? [] : [{ id: "t", type: "transport", ...transport }]),
  ];
  return new Map(stats.map((each) => [each.id, each])) as unknown as RTCStatsReport;
}

const none = new RelayAddresses();
const kind = (...args: Parameters<typeof report>) => selectedPair(report(...args), none)?.kind;

describe("a selected pair", () => {
  it("is direct between any addresses that are no relay's", () => {
    expect(kind({}, {})).toBe("direct");
    expect(kind({ candidateType: "srflx" }, { candidateType: "prflx" })).toBe("direct");
    expect(kind({ candidateType: "prflx" }, { candidateType: "srflx" })).toBe("direct");
  });

  it("is a relay when either side is one, under whatever name", () => {
    expect(kind({ candidateType: "relay", relayProtocol: "tls" }, {})).toBe("relay");
    expect(kind({}, { candidateType: "relay" })).toBe("relay");
    expect(kind({ candidateType: "prflx", relayProtocol: "udp" }, {})).toBe("relay");
  });

  it("is found without transport statistics, by `selected` or by what carried most", () => {
    expect(kind({}, {}, {}, null)).toBeUndefined();
    expect(kind({ candidateType: "relay" }, {}, { selected: true }, null)).toBe("relay");
    const used = { nominated: true, state: "succeeded", bytesReceived: 10 };
    expect(kind({}, { candidateType: "relay" }, used, null)).toBe("relay");
    expect(kind({}, {}, {}, { selectedCandidatePairId: "no such" })).toBeUndefined();
  });

  it("tells protocol and round-trip time in milliseconds", () => {
    const pair = selectedPair(
      report({ candidateType: "relay", relayProtocol: "tcp" }, {}, { currentRoundTripTime: 0.042 }),
      none,
    );
    expect(pair).toEqual({
      kind: "relay",
      localType: "relay",
      remoteType: "host",
      protocol: "udp",
      relayProtocol: "tcp",
      rtt: 42,
    });
    expect(selectedPair(report({}, {}), none)?.rtt).toBeNull();
  });
});

describe("a peer-reflexive remote candidate", () => {
  const relays = new RelayAddresses();
  relays.learn(
    "v=0\r\na=candidate:1 1 udp 41885439 203.0.113.7 50000 typ relay raddr 0.0.0.0 rport 0",
  );

  it("is a relay when it was signalled as one, or its address is hidden and the port is one's", () => {
    const of = (remote: Candidate) =>
      selectedPair(report({}, { candidateType: "prflx", ...remote }), relays)?.kind;
    expect(of({ address: "203.0.113.7", port: 50000 })).toBe("relay");
    expect(of({ port: 50000 })).toBe("relay");
    expect(of({ address: "203.0.113.8", port: 50000 })).toBe("direct");
    expect(of({ address: "203.0.113.7", port: 50001 })).toBe("direct");
    expect(of({ port: 50001 })).toBe("direct");
  });

  it("is not learnt from candidates of other types", () => {
    const other = new RelayAddresses();
    expect(other.learn("candidate:1 1 udp 2122265343 192.0.2.1 42501 typ host")).toBe(false);
    expect(other.any).toBe(false);
    expect(relays.any).toBe(true);
  });
});
