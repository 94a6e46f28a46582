/** A socket that cannot be opened. */
import type { Clock } from "../clock.ts";
import { SkeinError } from "../room/errors.ts";
import type { SignalingConnection } from "../seams.ts";
import type { ConnectionOutcome } from "../signaling/connection.ts";

/** Says so a moment later, as sockets do. */
export function refusedConnection(clock: Clock, outcome: ConnectionOutcome): SignalingConnection {
  const lose = (message: string) => {
    cancel();
    outcome.lost(new SkeinError("server-unreachable", message), false);
  };
  const cancel = clock.after(1, () => lose("The server is cut off by the test."));
  return {
    joined: false,
    buffered: 0,
    rtt: null,
    emit: () => false,
    send: () => false,
    check() {},
    lose,
    close: cancel,
  };
}
