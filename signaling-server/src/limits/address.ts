/** Whose request it is, on the network: the socket's own address, or what trusted proxies say. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";

/** IPv4 on an IPv6 socket (RFC 4291, section 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;
/** Groups of an IPv6 address that one host has to itself: a /64 (RFC 4291, section 2.5.4). */
const HOST_GROUPS = 4;
const GROUPS = 8;

/** Loopback, private and link-local addresses (RFC 1122, 1918, 3927, 4193, 4291, 6598). */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
] as const) {
  PRIVATE.addSubnet(net, prefix, "ipv4");
}
PRIVATE.addAddress("::1", "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/**
 * The address that a request comes from. `proxies`: how many stand before this server, each of which
 * adds to `X-Forwarded-For` whom it was asked by. What is further left in that header anybody can have
 * written. Where it says too little, the request came past the proxies: then it is the socket's own.
 */
export function addressOf(
  {
    socket,
    headers,
  }: Pick<IncomingMessage, "headers"> & {
    readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
  },
  proxies: number,
): string | undefined {
  const own = socket.remoteAddress?.replace(MAPPED, "");
  if (proxies === 0) return own;
  // Node joins several of them.
  const hops = String(headers["x-forwarded-for"] ?? "").split(",");
  const named = withoutPort(hops[hops.length - proxies] ?? "").replace(MAPPED, "");
  return isIP(named) === 0 ? own : named;
}

/** Most often a proxy's, or of somebody on the same machine or network. */
export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** What one host cannot change at will: an IPv4 address, or the first half of an IPv6 one. */
export function hostOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [plain = ""] = address.split("%");
  const [left = "", right] = plain.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  const shortest = (group: string) => Number.parseInt(group, 16).toString(16);
  return `${groups.slice(0, HOST_GROUPS).map(shortest).join(":")}::`;
}

/** Some proxies add the port: `192.0.2.1:443`, `[2001:db8::1]:443`. */
function withoutPort(text: string): string {
  const trimmed = text.trim();
  const [, inBrackets, before] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(trimmed) ?? [];
  return inBrackets ?? before ?? trimmed;
}
