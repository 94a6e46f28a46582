import { expect, test } from "vitest";
import { decodeKey, isPeerId, peerIdOf } from "./identity.ts";

test("an id is 16 bytes of SHA-256 over room, zero, key", () => {
  // printf 'caf\303\251\0' | cat - <(head -c 16 /dev/zero) | openssl dgst -sha256 -binary | head -c 16 | base64
  expect(peerIdOf("café", new Uint8Array(16))).toBe("iVXltjxX6Ix3RuYf0Cn1bQ");
  expect(isPeerId(peerIdOf("room", new Uint8Array(16)))).toBe(true);
});

test("a key is base64url of 16 bytes", () => {
  expect(decodeKey("AAAAAAAAAAAAAAAAAAAAAQ")).toEqual(Buffer.from([...Array(15).fill(0), 1]));
  for (const bad of [
    undefined,
    1,
    "",
    "AAAA",
    "AAAAAAAAAAAAAAAAAAAAAQ==",
    "AAAAAAAAAAAAAAAAAAAA/+",
  ]) {
    expect(decodeKey(bad)).toBeUndefined();
  }
});
