import { expect, test } from "vitest";
import { addressOf, hostOf, isPrivate } from "./address.ts";

const request = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
});

test.each([
  ["the socket's own, whatever the header says", 0, "198.51.100.7", "203.0.113.9", "198.51.100.7"],
  ["IPv4 on an IPv6 socket", 0, "::ffff:198.51.100.7", undefined, "198.51.100.7"],
  ["what one proxy says", 1, "10.0.0.1", "203.0.113.9", "203.0.113.9"],
  ["nothing that its client wrote", 1, "10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"],
  [
    "what the first of two proxies says",
    2,
    "10.0.0.1",
    "1.1.1.1, 203.0.113.9, 10.0.0.2",
    "203.0.113.9",
  ],
  ["past the proxies", 2, "198.51.100.7", "203.0.113.9", "198.51.100.7"],
  ["past the proxy", 1, "198.51.100.7", undefined, "198.51.100.7"],
  ["nonsense", 1, "198.51.100.7", "unknown", "198.51.100.7"],
  ["with a port", 1, "10.0.0.1", "203.0.113.9:1234", "203.0.113.9"],
  ["IPv6 with a port", 1, "10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"],
  ["IPv6", 1, "10.0.0.1", "2001:db8::1", "2001:db8::1"],
])("%s", (_what, proxies, own, forwarded, address) => {
  expect(addressOf(request(own, forwarded), proxies)).toBe(address);
});

test("addresses that are most often a proxy's", () => {
  const all = [
    "127.0.0.1",
    "::1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd00::1",
  ];
  for (const each of all) expect(isPrivate(each)).toBe(true);
  for (const each of ["198.51.100.7", "172.32.0.1", "2001:db8::1", "11.0.0.1"]) {
    expect(isPrivate(each)).toBe(false);
  }
});

test("one host is one host: all addresses of a /64 are", () => {
  expect(hostOf("198.51.100.7")).toBe("198.51.100.7");
  expect(hostOf("2001:db8:1:2::1")).toBe("2001:db8:1:2::");
  expect(hostOf("2001:0db8:0001:0002:aaaa:bbbb:cccc:dddd")).toBe("2001:db8:1:2::");
  expect(hostOf("2001:db8::1")).toBe(hostOf("2001:db8::ffff:1"));
  expect(hostOf("fe80::1%eth0")).toBe("fe80:0:0:0::");
  expect(hostOf("2001:db8:1:3::1")).not.toBe(hostOf("2001:db8:1:2::1"));
});
