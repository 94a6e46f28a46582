/**
 * Who a client is. The server derives the id from the client's secret key, so that any node can
 * verify a resume without remembering anything, and nobody who knows an id can take it.
 */
import { createHash } from "node:crypto";
import { KEY_BYTES } from "../../lib/src/signaling/events.ts";

/** Bytes of the digest that become the id: 128 bits, 22 characters. */
const ID_BYTES = 16;

/** base64url of KEY_BYTES bytes without padding. */
const KEY_PATTERN = /^[A-Za-z0-9_-]{22}$/;

/** What a peer id looks like. */
const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

/** The bytes of a client's key; undefined when it is not base64url of KEY_BYTES bytes. */
export function decodeKey(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || !KEY_PATTERN.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

/** base64url of the first 16 bytes of SHA-256(room ‖ 0 ‖ key), the room as UTF-8. */
export function peerIdOf(room: string, key: Uint8Array): string {
  const digest = createHash("sha256").update(room, "utf8").update(Uint8Array.of(0)).update(key);
  return digest.digest().subarray(0, ID_BYTES).toString("base64url");
}

/** Whether `value` can be a peer id at all. */
export function isPeerId(value: unknown): value is string {
  return typeof value === "string" && ID_PATTERN.test(value);
}
