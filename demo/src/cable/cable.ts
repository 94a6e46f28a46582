import type { WebRtcImplementation } from "skein";

/** The cable under this page's WebRTC: cut, nothing passes through it, in either direction. */
export interface Cable {
  /** For `joinRoom`. Absent where the browser has no WebRTC: there is no cable to cut then. */
  readonly wrtc?: WebRtcImplementation;
  setCut(cut: boolean): void;
}

/**
 * A cut cable says nothing: connections stay open and what is sent into them is gone. So the data
 * channels swallow everything both ways while cut, and Skein has to find out by itself.
 */
export function layCable(): Cable {
  let isCut = false;
  if (typeof RTCPeerConnection !== "function") return { setCut() {} };

  const lay = (channel: RTCDataChannel): void => {
    const send = channel.send.bind(channel);
    Object.defineProperty(channel, "send", {
      value: (...data: Parameters<RTCDataChannel["send"]>) => {
        if (!isCut) send(...data);
      },
    });
    // The first listener of the channel: nobody hears what it stops.
    channel.addEventListener("message", (event) => {
      if (isCut) event.stopImmediatePropagation();
    });
  };

  class CabledConnection extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("datachannel", ({ channel }) => lay(channel));
    }

    override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, options);
      lay(channel);
      return channel;
    }
  }

  return {
    wrtc: { RTCPeerConnection: CabledConnection, RTCSessionDescription, RTCIceCandidate },
    setCut(cut) {
      isCut = cut;
    },
  };
}
