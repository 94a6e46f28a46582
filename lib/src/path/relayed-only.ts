/**
 * For `paths: "relay"`: what is said to the other side names no address but the TURN server's.
 * `iceTransportPolicy: "relay"` already keeps browsers from gathering anything else; this makes
 * sure of it, and takes out the related address, which is this host's as TURN sees it.
 */
import type { SignalData } from "../signaling/events.ts";

const RELAYED = / typ relay\b/;
/** RFC 8839, 5.1: an unspecified address and the discard port say that nothing is said. */
const RELATED = / raddr \S+ rport \d+/;
const HIDDEN = " raddr 0.0.0.0 rport 9";

/** The signal as it may be sent; null when none of it may. */
export function relayedOnly(data: SignalData): SignalData | null {
  if (data.type === "candidate") {
    const { candidate } = data.candidate;
    if (!RELAYED.test(candidate)) return null;
    return { ...data, candidate: { ...data.candidate, candidate: withoutRelated(candidate) } };
  }
  return "sdp" in data ? { ...data, sdp: withoutAddresses(data.sdp) } : data;
}

const withoutRelated = (line: string) => line.replace(RELATED, HIDDEN);

function withoutAddresses(sdp: string): string {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") || RELAYED.test(line))
    .map((line) => {
      if (line.startsWith("a=candidate:")) return withoutRelated(line);
      // The default destination (RFC 8866, 5.7 and 5.14) may repeat a candidate's address.
      if (line.startsWith("c=")) return "c=IN IP4 0.0.0.0";
      if (line.startsWith("m=")) return line.replace(/^(m=\S+) \d+/, "$1 9");
      if (line.startsWith("o=")) return line.replace(/ IN IP[46] \S+$/, " IN IP4 0.0.0.0");
      return line;
    })
    .join("\r\n");
}
