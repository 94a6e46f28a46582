/** What a room object brings along: its key, and where its server is when nobody says. */
import { KEY_BYTES } from "../signaling/events.ts";

/** KEY_BYTES random bytes as base64url. `getRandomValues` exists on plain http too. */
export function makeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The page's own origin; null where there is no page, or none with an origin. */
export function pageOrigin(): string | null {
  const origin = globalThis.location?.origin;
  return origin === undefined || origin === "null" ? null : origin;
}
