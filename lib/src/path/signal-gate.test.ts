import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import type { CandidateInit, SignalData } from "../signaling/events.ts";
import { MAX_CANDIDATES, MAX_OFFERS, OFFER_INTERVAL_MS, SignalGate } from "./signal-gate.ts";

const SDP = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n";
const offer: SignalData = { type: "offer", sdp: SDP };
const answer: SignalData = { type: "answer", sdp: SDP };
const candidate = (more: Partial<CandidateInit> = {}): SignalData => ({
  type: "candidate",
  candidate: {
    candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host",
    sdpMid: "0",
    sdpMLineIndex: 0,
    ...more,
  },
});

describe("an initiator", () => {
  it("takes one answer to each of its offers, and never an offer", () => {
    const gate = new SignalGate(true, new FakeClock());
    expect(gate.incoming(answer)).toBeNull();
    expect(gate.incoming(offer)).toBeNull();
    gate.sent("offer");
    expect(gate.incoming(offer)).toBeNull();
    expect(gate.incoming(answer)).toBe(answer);
    expect(gate.incoming(answer)).toBeNull();
    gate.settled(true);
    expect(gate.incoming(answer)).toBeNull();
    gate.sent("offer");
    expect(gate.incoming(answer)).toBe(answer);
    expect(gate.refused).toBe(5);
  });

  it("waits on for a good answer when WebRTC refuses one", () => {
    const gate = new SignalGate(true, new FakeClock());
    gate.sent("offer");
    gate.incoming(answer);
    gate.settled(false);
    expect(gate.refused).toBe(1);
    expect(gate.incoming(answer)).toBe(answer);
  });
});

describe("a responder", () => {
  it("takes an offer when the one before is answered or refused, and never an answer", () => {
    const gate = new SignalGate(false, new FakeClock());
    expect(gate.incoming(answer)).toBeNull();
    expect(gate.incoming(offer)).toBe(offer);
    expect(gate.incoming(offer)).toBeNull();
    gate.settled(true);
    expect(gate.incoming(offer)).toBeNull();
    gate.sent("answer");
    expect(gate.incoming(offer)).toBe(offer);
    gate.settled(false);
    expect(gate.incoming(offer)).toBe(offer);
  });

  it("takes a burst of offers, then one in a while", () => {
    const clock = new FakeClock();
    const gate = new SignalGate(false, clock);
    const answered = () => {
      const taken = gate.incoming(offer) !== null;
      if (taken) gate.sent("answer");
      return taken;
    };
    for (let n = 0; n < MAX_OFFERS; n++) expect(answered()).toBe(true);
    expect(answered()).toBe(false);
    clock.advance(OFFER_INTERVAL_MS);
    expect(answered()).toBe(true);
    expect(answered()).toBe(false);
    clock.advance(100 * OFFER_INTERVAL_MS);
    for (let n = 0; n < MAX_OFFERS; n++) expect(answered()).toBe(true);
    expect(answered()).toBe(false);
  });
});

it("takes a bounded number of candidates between two descriptions", () => {
  const gate = new SignalGate(false, new FakeClock());
  for (let n = 0; n < MAX_CANDIDATES; n++) expect(gate.incoming(candidate())).not.toBeNull();
  expect(gate.incoming(candidate())).toBeNull();
  gate.incoming(offer);
  expect(gate.incoming(candidate())).not.toBeNull();
});

it("passes candidates only in a form that nothing throws over", () => {
  const gate = new SignalGate(false, new FakeClock());
  expect(gate.incoming(candidate({ sdpMid: null }))).not.toBeNull();
  expect(gate.incoming(candidate({ usernameFragment: null }))).not.toBeNull();
  const bad = [
    { sdpMid: null, sdpMLineIndex: null },
    { candidate: "x".repeat(10) },
    { candidate: `candidate:${"x".repeat(2048)}` },
    { sdpMid: "x".repeat(257) },
    { sdpMLineIndex: -1 },
    { usernameFragment: "x".repeat(257) },
  ];
  for (const each of bad) expect(gate.incoming(candidate(each))).toBeNull();
  expect(gate.refused).toBe(bad.length);
});

it("takes the end of candidates and retries in silence: they are no fault, and not simple-peer's", () => {
  const gate = new SignalGate(true, new FakeClock());
  expect(gate.incoming(candidate({ candidate: "" }))).toBeNull();
  expect(gate.incoming({ type: "retry" })).toBeNull();
  expect(gate.incoming({ type: "renegotiate" })).toBeNull();
  expect(gate.refused).toBe(0);
});

it("refuses descriptions of anything but one data section", () => {
  const bad = [
    "",
    "v=0\r\n",
    `${SDP}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`,
    `${SDP}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`,
    "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
    SDP + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(MAX_CANDIDATES + 1),
    SDP + "a=x\r\n".repeat(20_000),
  ];
  for (const sdp of bad) {
    expect(new SignalGate(false, new FakeClock()).incoming({ type: "offer", sdp })).toBeNull();
  }
});
