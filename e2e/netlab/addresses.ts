/**
 * The lab's addresses, all from ranges reserved for documentation (RFC 5737, RFC 3849) or private
 * use (RFC 1918), and all inside namespaces: nothing here reaches a real network.
 */

/** Which version of IP a scenario runs on. */
export type Family = 4 | 6;

/** The internet's router, as every site on it sees it. */
export const router = { 4: "203.0.113.1", 6: "fe80::1" } as const;

/** A site's end of its line to the router, beside its public address. IPv6 routes by it. */
export const siteLinkLocal = "fe80::2";

/** Everything that a TURN server in the lab must be allowed to relay to. */
export const internetRange = {
  4: "203.0.113.0-203.0.113.255",
  6: "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
} as const;

/** The address of the nth machine on the internet. */
export function publicAddress(family: Family, number: number): string {
  return family === 4 ? `203.0.113.${number}` : `2001:db8::${number}`;
}

/** Addresses behind the nth gateway. On IPv6 they are public, as at home. */
export function localNetwork(family: Family, number: number) {
  const prefix = family === 4 ? `192.168.${number}.` : `2001:db8:0:${number}::`;
  const length = family === 4 ? 24 : 64;
  return { range: `${prefix}0/${length}`, length, gateway: `${prefix}1`, host: `${prefix}2` };
}

/** The address as it stands in a URL. */
export function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Numbers of the machines that every lab has. Hosts follow from `firstHost`. */
export const numbers = { signaling: 10, turn: 20, turnSecond: 21, firstHost: 50 } as const;

export const ports = { signaling: 4600, turn: 3478 } as const;
