/** Loading of WebRTC, and what this browser's can do. The path itself is in webrtc-path.ts. */
import type { WebRtcImplementation } from "../room/types.ts";
import { type ConnectionBudget, pageBudget } from "./budget.ts";
import { loadSimplePeer } from "./simple-peer.ts";
import { WebRtcPath, type WebRtcPathOptions } from "./webrtc-path.ts";

export { WebRtcPath, type WebRtcPathOptions };

export interface WebRtcFactory {
  /** Whether an ICE restart repairs a path here. */
  readonly canRestart: boolean;
  /** Begins an attempt. Never throws: what goes wrong is told by `onClose`, later. */
  open(options: WebRtcPathOptions): WebRtcPath;
}

/** Whether there is WebRTC at all: in browsers (unless switched off), elsewhere where it is given. */
export function supported(wrtc?: WebRtcImplementation): boolean {
  return wrtc !== undefined || typeof globalThis.RTCPeerConnection === "function";
}

/**
 * Loads simple-peer, a chunk of its own: begin it beside the handshake. Rejects when the chunk cannot
 * be fetched or there is no WebRTC.
 */
export async function loadWebRtc(
  wrtc?: WebRtcImplementation,
  budget: ConnectionBudget = pageBudget,
): Promise<WebRtcFactory> {
  if (!supported(wrtc)) {
    throw new Error("No WebRTC here. Outside a browser pass an implementation as `wrtc`.");
  }
  const implementation = wrtc ?? {
    RTCPeerConnection: globalThis.RTCPeerConnection,
    RTCSessionDescription: globalThis.RTCSessionDescription,
    RTCIceCandidate: globalThis.RTCIceCandidate,
  };
  const SimplePeer = await loadSimplePeer();
  const canRestart = survivesRestart(implementation);
  return {
    canRestart,
    open: (options) =>
      new WebRtcPath(options, { SimplePeer, wrtc: implementation, canRestart, budget }),
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
