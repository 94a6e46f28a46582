/** What goes wrong with STUN and TURN, in words, and what to do about it. */

/** The codes of RFC 8489 and RFC 8656 that a client meets, and 701, the browsers' "no answer at all". */
const CODES: { readonly [code: number]: readonly [detail: string, advice: string] } = {
  300: ["sends us to another server", "Announce the other server's URL instead of this one."],
  400: ["did not understand the request", "Is it a TURN server, and a current version of it?"],
  401: [
    "refused the credentials",
    "The signaling server's SKEIN_TURN_SECRET must equal coturn's static-auth-secret, and both clocks must be right: the user name carries the time when it ends.",
  ],
  403: [
    "forbids it",
    "The TURN server is set up to refuse this client: look at its allowed and denied addresses.",
  ],
  437: [
    "sees a conflict with an earlier allocation from the same port",
    "Run the doctor once more.",
  ],
  438: [
    "finds every nonce stale",
    "Does a load balancer spread one client over several TURN servers? They would need to share one.",
  ],
  440: [
    "has no addresses of this family",
    "Give the TURN server a relay address for IPv6 as well, or announce it by its IPv4 address.",
  ],
  441: [
    "sees credentials other than those of the allocation",
    "Run the doctor once more; if it stays, look at the TURN server's log.",
  ],
  442: ["relays no UDP", "Allow UDP relaying on the TURN server; WebRTC needs it."],
  486: [
    "says that the quota is used up",
    "Raise user-quota or total-quota in turnserver.conf, or find out who uses so many allocations.",
  ],
  508: [
    "is out of capacity",
    "Raise total-quota, or widen min-port to max-port in turnserver.conf.",
  ],
  701: [
    "did not answer",
    "Check that it runs, that its name is right, and that no firewall on the way blocks the port.",
  ],
};

export interface Explanation {
  /** What the server did, to follow its name: "refused the credentials (401)". */
  readonly detail: string;
  readonly advice: string;
}

export function explainCode(code: number): Explanation {
  const [detail, advice] = CODES[code] ?? ["refused", "Look at the TURN server's log."];
  return { detail: `${detail} (${code})`, advice };
}

/** The network said that there is no way there, from here. */
const NO_WAY: readonly string[] = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"];

/** Whether this host lacks what it takes, such as an IPv6 address: the server may be well. */
export function isOurLack(error: unknown): boolean {
  return NO_WAY.includes((error as { code?: string }).code ?? "");
}

const CERTIFICATE = /CERT|SIGNATURE|ISSUER|ALTNAME|SELF_SIGNED/;

/** One of Node's network errors, or ours. */
export function explainError(error: unknown): Explanation {
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return { detail: "has a name that DNS does not know", advice: "Check the host name." };
  }
  if (code === "ECONNREFUSED") {
    return {
      detail: "refused the connection: nothing listens on this port",
      advice: "Check that the server runs and that host, port and transport are the right ones.",
    };
  }
  if (isOurLack(error)) {
    return {
      detail: "cannot be reached from this network",
      advice: "Has this host an address of the same family (IPv4 or IPv6) as the server?",
    };
  }
  if (CERTIFICATE.test(code)) {
    return {
      detail: `has a certificate that is not trusted (${code})`,
      advice: "It needs one for this very name, with its whole chain, from a public authority.",
    };
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return {
      detail: "does not speak TLS on this port",
      advice: "Is the port the one of tls-listening-port, and are cert and pkey set?",
    };
  }
  if (code === "ETIMEDOUT" || message === "no answer") {
    const [detail, advice] = CODES[701] ?? ["", ""];
    return { detail, advice };
  }
  return { detail: `could not be asked: ${message}`, advice: "Check host, port and transport." };
}
