/**
 * Where `skein/testing` reaches into a room: everything between it and the network. No app gets to see
 * these, and a room that nobody tests has none of them.
 */
import type { Clock } from "./clock.ts";
import type { OpenablePath } from "./link/path-slot.ts";
import type { Upgrade } from "./link/upgrade.ts";
import type { Lane } from "./path/path.ts";
import type { WebRtcFactory } from "./path/webrtc.ts";
import type { WebRtcPathOptions } from "./path/webrtc-path.ts";
import type { Later } from "./room/later.ts";
import type { WebRtcImplementation } from "./room/types.ts";
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

/** One attempt to open a WebRTC path. */
export type WebRtcAttempt = Omit<WebRtcPathOptions, "iceServers">;

/** What a room asks of what opens its WebRTC paths. */
export type RoomWebRtc = Pick<WebRtcFactory, "budget" | "setIceServers"> & {
  open(attempt: WebRtcAttempt): OpenablePath;
};

/** What opens WebRTC paths, as it is loaded. */
export interface WebRtcChunk {
  readonly Upgrade: typeof Upgrade;
  readonly createWebRtc: (wrtc: WebRtcImplementation | undefined, seams: Seams) => RoomWebRtc;
}

export interface Seams {
  /** In place of `Date.now`: a clock that goes on while the machine sleeps. */
  readonly wallClock?: () => number;
  /** In place of a socket to the server; undefined leaves it at that. */
  connect?: (
    target: ConnectionTarget,
    request: ConnectRequest,
    clock: Clock,
    handlers: SocketHandlers,
    outcome: ConnectionOutcome,
    seams: Seams,
  ) => SignalingConnection | undefined;
  /** In place of the chunk that opens WebRTC paths. */
  fetchWebRtc?: () => Promise<WebRtcChunk>;
  /** In place of the chunk of what a room needs only once it is joined. */
  fetchLater?: () => Promise<{ readonly later: Later }>;
  /** Something travels along a wire: `deliver` lets it through, in this call, later or never. */
  pass?: (wire: Wire, lane: Lane, deliver: () => void) => void;
}
