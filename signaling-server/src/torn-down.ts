/** How a socket ended: by a client that comes back, or with its page. */
import type { EventEmitter } from "node:events";
import type { Clock } from "../../lib/src/clock.ts";
import type { SkeinSocket } from "./sockets.ts";

/**
 * Close codes of a page that goes away: "going away" and no code at all (RFC 6455, 7.4.1). Firefox
 * closes a page's WebSockets before it lets the page say goodbye. A killed browser sends neither.
 */
const TEAR_DOWN_CODES: readonly number[] = [1001, 1005];

/**
 * Watches a socket; asked at its end with socket.io's reason, tells whether its page seems to be gone
 * with it. `silentAfterMs`: whoever answers pings is heard more often than that.
 */
export function watchTearDown(
  { conn }: SkeinSocket,
  clock: Clock,
  silentAfterMs: number,
): (reason: string) => boolean {
  const closeCode = watchCloseCode(conn);
  const heardAt = watchHeartbeat(conn, clock);
  // A client that closes for a while says DISCONNECT first; a page that is torn down does not.
  // A client that gave up on a silent line closes with those codes too.
  return (reason) =>
    reason === "transport close" &&
    TEAR_DOWN_CODES.includes(closeCode()) &&
    clock.now() - heardAt() < silentAfterMs;
}

/** What the WebSocket below was closed with, as soon as it is. */
function watchCloseCode(conn: SkeinSocket["conn"]): () => number {
  // engine.io's transport does not tell; its WebSocket is ws's.
  const { socket } = conn.transport as unknown as { readonly socket: EventEmitter };
  // 1006: closed without a close frame.
  let code = 1006;
  socket.prependListener("close", (closedWith: number) => {
    code = closedWith;
  });
  return () => code;
}

/** When the client last answered a ping. */
function watchHeartbeat(conn: SkeinSocket["conn"], clock: Clock): () => number {
  let at = clock.now();
  conn.on("heartbeat", () => {
    at = clock.now();
  });
  return () => at;
}
