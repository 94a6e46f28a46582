/** How a socket ended: by a client that comes back, or with its page. */
import type { Clock } from "../../lib/src/clock.ts";
import type { Line } from "./line.ts";

/**
 * Close codes of a page that goes away: "going away" and no code at all (RFC 6455, 7.4.1). Firefox
 * closes a page's WebSockets before it lets the page say goodbye. A killed browser sends neither.
 */
const TEAR_DOWN_CODES: readonly number[] = [1001, 1005];

/**
 * Whether the page of a socket that ended with this reason of socket.io's seems to be gone with it.
 * `silentAfterMs`: whoever answers pings is heard more often than that.
 */
export function isTornDown(
  reason: string,
  { closeCode, heardAt }: Pick<Line, "closeCode" | "heardAt">,
  clock: Clock,
  silentAfterMs: number,
): boolean {
  // A client that closes for a while says DISCONNECT first; a page that is torn down does not.
  // A client that gave up on a silent line closes with those codes too.
  return (
    reason === "transport close" &&
    TEAR_DOWN_CODES.includes(closeCode) &&
    clock.now() - heardAt < silentAfterMs
  );
}
