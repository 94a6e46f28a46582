/**
 * What opens WebRTC paths. This module and all it needs, simple-peer above all, make the chunk that is
 * loaded beside the handshake; nothing that is needed before may import it but dynamically.
 */
import type { WebRtcImplementation } from "../room/types.ts";
import type { Seams } from "../seams.ts";
import type { IceServer } from "../signaling/events.ts";
import { isIceServer } from "../signaling/webrtc-guards.ts";
import { type ConnectionBudget, pageBudget } from "./budget.ts";
import { SimplePeer } from "./simple-peer.ts";
import { WebRtcPath, type WebRtcPathOptions } from "./webrtc-path.ts";

export { WebRtcPath, type WebRtcPathOptions };

export interface WebRtcFactory {
  /** Whether an ICE restart repairs a path here. */
  readonly canRestart: boolean;
  /** How many connections there may be. */
  readonly budget: ConnectionBudget;
  /** ICE servers of attempts from now on, and of open paths: a repair needs fresh credentials. */
  setIceServers(servers: readonly IceServer[]): void;
  /** Begins an attempt. Never throws: what goes wrong is told by `onClose`, later. */
  open(options: Omit<WebRtcPathOptions, "iceServers">): WebRtcPath;
}

/** What this browser, or `wrtc`, can do. Begins nothing. */
export function createWebRtc(
  wrtc?: WebRtcImplementation,
  seams: Seams = {},
  budget: ConnectionBudget = pageBudget,
): WebRtcFactory {
  const implementation = wrtc ?? {
    RTCPeerConnection: globalThis.RTCPeerConnection,
    RTCSessionDescription: globalThis.RTCSessionDescription,
    RTCIceCandidate: globalThis.RTCIceCandidate,
  };
  const canRestart = survivesRestart(implementation);
  const tools = { SimplePeer, wrtc: implementation, canRestart, budget, seams };
  const open = new Set<WebRtcPath>();
  let iceServers: readonly IceServer[] = [];
  return {
    canRestart,
    budget,
    setIceServers(servers) {
      // They are the server's word, and one that is none would make the constructor throw.
      iceServers = servers.filter(isIceServer);
      for (const path of open) path.setIceServers(iceServers);
    },
    open(options) {
      const onEnd = () => open.delete(path);
      const path: WebRtcPath = new WebRtcPath({ ...options, iceServers, onEnd }, tools);
      open.add(path);
      return path;
    },
  };
}

/**
 * Firefox has `restartIce` too, but closes both channels once ICE failed, whatever is done about it:
 * there is no feature to detect, so the engine is asked for. Elsewhere the method decides.
 */
function survivesRestart(wrtc: WebRtcImplementation): boolean {
  const engine = typeof navigator === "object" ? (navigator.userAgent ?? "") : "";
  const hasMethod = typeof wrtc.RTCPeerConnection.prototype.restartIce === "function";
  return hasMethod && !/\bGecko\/\d/.test(engine);
}
