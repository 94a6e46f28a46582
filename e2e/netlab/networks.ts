/** The kinds of network a host can stand in, best first. */
export const networkKinds = ["open", "cone", "symmetric", "udp-blocked", "signaling-only"] as const;

/**
 * - `open`: a public address and no firewall.
 * - `cone`: a home router. NAT that keeps one public port for one local port and lets in only
 *   answers from where something was sent ("port-restricted cone", RFC 3489 §5).
 * - `symmetric`: a carrier's or company's NAT: another public port for each destination.
 * - `udp-blocked`: a firewall that passes TCP only.
 * - `signaling-only`: a firewall that passes TCP to the signaling server and nothing else.
 *
 * On IPv6 nothing is translated: `cone` and `symmetric` are then the same stateful firewall.
 */
export type NetworkKind = (typeof networkKinds)[number];

/**
 * `cloud`: a rented machine. It has a private address only, and its public one is translated both
 * ways, one to one. For servers; people's machines do not stand so.
 */
export type SiteKind = NetworkKind | "cloud";

/** What a gateway of each kind does. `nat` takes effect on IPv4 only. */
const gateways: Record<Exclude<NetworkKind, "open">, { nat: string; passes: string[] }> = {
  cone: { nat: "masquerade", passes: ["accept"] },
  symmetric: { nat: "masquerade fully-random", passes: ["accept"] },
  "udp-blocked": { nat: "masquerade", passes: ["meta l4proto tcp accept"] },
  "signaling-only": { nat: "masquerade", passes: ["SIGNALING accept"] },
};

/** The rule set of a cloud's gateway, which translates one address, in and out. */
export function cloudRules(host: string, address: string): string {
  return `
  table inet gateway {
    chain arrive {
      type nat hook prerouting priority dstnat
      iifname "wan0" dnat ip to ${host}
    }
    chain translate {
      type nat hook postrouting priority srcnat
      oifname "wan0" snat ip to ${address}
    }
  }`;
}

/**
 * The gateway's nftables rule set: `lan0` faces the host, `wan0` the internet.
 * @param signaling matches packets to the signaling server, in nftables' words.
 */
export function gatewayRules(
  kind: Exclude<NetworkKind, "open">,
  family: 4 | 6,
  signaling: string,
): string {
  const { nat, passes } = gateways[kind];
  const translate = `
    chain translate {
      type nat hook postrouting priority srcnat
      oifname "wan0" ${nat}
    }`;
  return `
  table inet gateway {
    ${family === 4 ? translate : ""}
    chain pass {
      type filter hook forward priority filter; policy drop;
      iifname "wan0" ct state established,related accept
      iifname "wan0" drop
      ${passes.map((rule) => rule.replace("SIGNALING", signaling)).join("\n      ")}
    }
    chain input {
      type filter hook input priority filter
      # Without this, conntrack keeps the first packet of the other side's hole punching as a flow
      # of the router's own, our port is then taken, gets remapped, and hole punching always fails.
      iifname "wan0" ct state new drop
    }
  }`;
}
