/** HMAC-SHA-256 wants a key no shorter than its output (RFC 7518, 3.2), in bytes. */
export const MIN_SECRET_BYTES = 32;

/** What such a secret is, in words. */
export const SECRET_WORDS = `at least ${MIN_SECRET_BYTES} bytes, such as \`openssl rand -base64 48\` prints`;

/** The key's bytes. Throws a TypeError that does not show it. */
export function secretBytes(secret: unknown): Uint8Array {
  const bytes =
    typeof secret === "string"
      ? new TextEncoder().encode(secret)
      : secret instanceof Uint8Array
        ? secret
        : undefined;
  if (bytes === undefined || bytes.length < MIN_SECRET_BYTES) {
    throw new TypeError(
      `The token secret has ${bytes?.length ?? 0} bytes; allowed: ${SECRET_WORDS}`,
    );
  }
  return bytes;
}
