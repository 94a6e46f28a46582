/**
 * Where `skein/testing` reaches into a room: everything between it and the network. No app gets to see
 * these, and a room that nobody tests has none of them.
 */
import type { Clock } from "./clock.ts";
import type { Lane } from "./path/path.ts";
import type {
  Connection,
  ConnectionOutcome,
  ConnectionTarget,
  SocketHandlers,
} from "./signaling/connection.ts";
import type { ConnectRequest } from "./signaling/events.ts";

/** One direction of the socket, or of all WebRTC paths of a room. */
export type Wire = "socket-in" | "socket-out" | "webrtc-in" | "webrtc-out";

/** What a signaling client needs of a connection. */
export type SignalingConnection = Pick<
  Connection,
  "joined" | "buffered" | "rtt" | "emit" | "send" | "check" | "lose" | "close"
>;

export interface Seams {
  /** In place of a socket to the server. */
  connect?: (
    target: ConnectionTarget,
    request: ConnectRequest,
    clock: Clock,
    handlers: SocketHandlers,
    outcome: ConnectionOutcome,
    seams: Seams,
  ) => SignalingConnection;
  /** In place of the chunk that opens WebRTC paths. */
  fetchWebRtc?: () => Promise<Pick<typeof import("./room/webrtc.ts"), "createWebRtc" | "Upgrade">>;
  /** Something travels along a wire: `deliver` lets it through, in this call, later or never. */
  pass?: (wire: Wire, lane: Lane, deliver: () => void) => void;
}
