/**
 * simple-peer's own RTCPeerConnection, through its public `wrtc` option. simple-peer negotiates; the
 * subclass adds what it lacks: a second channel, sight of both channels as soon as they exist, a
 * connection that outlives ICE failure, and a deaf ear for descriptions and candidates that WebRTC
 * itself refuses (simple-peer would destroy itself over them).
 */
import type { WebRtcImplementation } from "../room/types.ts";
import type { Lane } from "./path.ts";

/** The `latest` lane: the same stream at both ends, so that nothing is negotiated for it. */
const LATEST = { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 } as const;

/** What the subclass reports, and asks. */
export interface Seam {
  onConnection(connection: RTCPeerConnection): void;
  /** A channel exists; not open yet. */
  onChannel(channel: RTCDataChannel, lane: Lane): void;
  /** What became of a remote description. */
  onDescription(applied: boolean): void;
  onRefusedCandidate(): void;
  /** The true state, hidden or not. */
  onIceState(state: RTCIceConnectionState): void;
  /** Whether ICE failure is ours to repair and to be hidden from simple-peer. */
  hidesFailure(): boolean;
}

/** simple-peer's `wrtc` option with the seam in its RTCPeerConnection. */
export function withSeam(wrtc: WebRtcImplementation, seam: Seam): WebRtcImplementation {
  const { RTCPeerConnection: Base, RTCSessionDescription, RTCIceCandidate } = wrtc;

  class SeamConnection extends Base {
    #reliable = false;

    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      seam.onConnection(this);
      // Before simple-peer sets its own handler, so that what is not expected never reaches it.
      this.addEventListener("datachannel", (event) => {
        if (!this.#reliable && isReliable(event.channel)) {
          this.#reliable = true;
          seam.onChannel(event.channel, "reliable");
        } else {
          // Implementations outside browsers may lack it.
          event.stopImmediatePropagation?.();
          event.channel.close();
        }
      });
      this.addEventListener("iceconnectionstatechange", () => {
        // Outside browsers it can be an own property, which is nobody's to override.
        seam.onIceState(super.iceConnectionState ?? this.iceConnectionState);
      });
      try {
        seam.onChannel(super.createDataChannel("latest", LATEST), "latest");
      } catch (error) {
        // simple-peer would not get to hold it, and so never close it.
        this.close();
        throw error;
      }
    }

    /** Called by simple-peer at the initiator, once. */
    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, init);
      this.#reliable = true;
      seam.onChannel(channel, "reliable");
      return channel;
    }

    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      return super.setRemoteDescription(description).then(
        () => seam.onDescription(true),
        () => {
          seam.onDescription(false);
          // As if it had never arrived: simple-peer goes on waiting.
          return new Promise<void>(() => {});
        },
      );
    }

    override addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      return super.addIceCandidate(candidate).catch(() => seam.onRefusedCandidate());
    }

    override get iceConnectionState(): RTCIceConnectionState {
      const state = super.iceConnectionState;
      return state === "failed" && seam.hidesFailure() ? "disconnected" : state;
    }

    override get connectionState(): RTCPeerConnectionState {
      const state = super.connectionState;
      return state === "failed" && seam.hidesFailure() ? "disconnected" : state;
    }
  }

  return { RTCPeerConnection: SeamConnection, RTCSessionDescription, RTCIceCandidate };
}

/** A peer that opens its channel otherwise than simple-peer does is not one of ours. */
const isReliable = (channel: RTCDataChannel) =>
  channel.ordered && isUnlimited(channel.maxRetransmits) && isUnlimited(channel.maxPacketLifeTime);

/** Implementations outside browsers say 65,535 where the specification says null. */
const isUnlimited = (limit: number | null) => limit === null || limit === 0xffff;
