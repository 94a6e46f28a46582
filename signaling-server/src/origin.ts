import type { IncomingMessage } from "node:http";

/**
 * Whether the page that makes this request may connect. CORS does not protect WebSockets, so the
 * server must look. A request without an origin is not from a page.
 */
export function isOriginAllowed(
  { headers }: IncomingMessage,
  origins: readonly string[] | undefined,
): boolean {
  const { origin, host } = headers;
  if (origins === undefined || origin === undefined) return true;
  if (origins.includes(origin)) return true;
  return (
    origins.includes("same-origin") &&
    host !== undefined &&
    URL.canParse(origin) &&
    new URL(origin).host === host.toLowerCase()
  );
}
