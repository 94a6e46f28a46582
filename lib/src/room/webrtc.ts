/**
 * All that only WebRTC needs, as one chunk: loaded beside the handshake, never before it. Nothing else
 * may import these modules but for their types.
 */
export { Upgrade } from "../link/upgrade.ts";
export { createWebRtc } from "../path/webrtc.ts";
