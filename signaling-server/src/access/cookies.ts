import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { parse } from "cookie";
import { isOriginAllowed } from "../origin.ts";

/**
 * What of a WebSocket request says who its user is. Browsers send cookies with it whatever page
 * makes it (RFC 6455, 10.2), so those of pages that nobody named count only under the own host.
 */
export function credentialsOf(
  request: IncomingMessage,
  origins: readonly string[] | undefined,
): { cookies: { [name: string]: string }; headers: IncomingHttpHeaders } {
  const { cookie, ...headers } = request.headers;
  if (cookie === undefined || !isOriginAllowed(request, origins ?? ["same-origin"])) {
    return { cookies: {}, headers };
  }
  return { cookies: parse(cookie), headers: request.headers };
}
