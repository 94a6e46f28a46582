/** The bearer token of the admin API (RFC 6750). */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Allowed } from "../allowed.ts";

/** Shorter ones could be guessed. */
export const MIN_ADMIN_TOKEN_LENGTH = 16;
const MAX_ADMIN_TOKEN_LENGTH = 1024;

/** What can stand in a header as it is. */
export const ADMIN_TOKEN: Allowed<string> = {
  words: `one line of ${MIN_ADMIN_TOKEN_LENGTH} to ${MAX_ADMIN_TOKEN_LENGTH} ASCII characters without spaces`,
  test: (token) =>
    typeof token === "string" &&
    token.length >= MIN_ADMIN_TOKEN_LENGTH &&
    token.length <= MAX_ADMIN_TOKEN_LENGTH &&
    /^[\x21-\x7e]+$/.test(token),
};

/** Whether an Authorization header carries this token, in a time that tells nothing about it. */
export function bears(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "") ?? [];
  // Digests have one length, which timingSafeEqual wants.
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
