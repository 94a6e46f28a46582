/** simple-peer as far as it is used here. */
import Implementation from "simple-peer/simplepeer.min.js";
import type { WebRtcImplementation } from "../room/types.ts";

export interface SimplePeerOptions {
  readonly initiator: boolean;
  readonly trickle: boolean;
  readonly objectMode: boolean;
  readonly channelName: string;
  readonly iceCompleteTimeout: number;
  /** Always with `iceServers`: without, simple-peer asks public STUN servers. */
  readonly config: RTCConfiguration & { iceServers: RTCIceServer[] };
  readonly wrtc: WebRtcImplementation;
}

export interface SimplePeer {
  signal(data: object): void;
  destroy(): void;
  resume(): void;
  removeAllListeners(): void;
  on(event: "signal", run: (data: { type?: unknown; sdp?: unknown }) => void): void;
  on(event: "error", run: (error: Error) => void): void;
  on(event: "close" | "connect", run: () => void): void;
}

export type SimplePeerConstructor = new (options: SimplePeerOptions) => SimplePeer;

export const SimplePeer: SimplePeerConstructor = Implementation;
