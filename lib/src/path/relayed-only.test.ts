import { expect, it } from "vitest";
import type { SignalData } from "../signaling/events.ts";
import { relayedOnly } from "./relayed-only.ts";

const RELAY =
  "candidate:1 1 udp 41885439 203.0.113.7 50000 typ relay raddr 198.51.100.4 rport 4242 generation 0";
const candidate = (line: string): SignalData => ({
  type: "candidate",
  candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "abcd" },
});

it("lets relayed candidates through, without this host's address", () => {
  expect(relayedOnly(candidate(RELAY))).toEqual(
    candidate(
      "candidate:1 1 udp 41885439 203.0.113.7 50000 typ relay raddr 0.0.0.0 rport 9 generation 0",
    ),
  );
});

it("holds every other candidate back", () => {
  for (const line of [
    "candidate:1 1 udp 2122265343 192.0.2.1 42501 typ host",
    "candidate:1 1 udp 1677729535 198.51.100.4 4242 typ srflx raddr 192.0.2.1 rport 42501",
    "candidate:1 1 udp 1677729535 198.51.100.4 4242 typ prflx raddr 192.0.2.1 rport 42501",
    "candidate:1 1 tcp 1518280447 6f1c.local 9 typ host tcptype active",
  ]) {
    expect(relayedOnly(candidate(line))).toBeNull();
  }
});

it("takes every address but the relay's out of a description", () => {
  const sdp = [
    "v=0",
    "o=- 1 2 IN IP6 2001:db8::9",
    "s=-",
    "m=application 42501 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 192.0.2.1",
    "a=candidate:1 1 udp 2122265343 192.0.2.1 42501 typ host",
    "a=candidate:2 1 udp 1677729535 198.51.100.4 4242 typ srflx raddr 192.0.2.1 rport 42501",
    `a=${RELAY}`,
    "a=ice-ufrag:abcd",
    "",
  ].join("\r\n");
  expect(relayedOnly({ type: "offer", sdp })).toEqual({
    type: "offer",
    sdp: [
      "v=0",
      "o=- 1 2 IN IP4 0.0.0.0",
      "s=-",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "c=IN IP4 0.0.0.0",
      "a=candidate:1 1 udp 41885439 203.0.113.7 50000 typ relay raddr 0.0.0.0 rport 9 generation 0",
      "a=ice-ufrag:abcd",
      "",
    ].join("\r\n"),
  });
});
