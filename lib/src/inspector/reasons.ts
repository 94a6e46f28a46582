import type { PathReason } from "../room/types.ts";

/** What a reason means, and what to do about it: as docs/troubleshooting.md has it, word for word. */
export interface Explanation {
  readonly meaning: string;
  readonly advice: string;
}

export const REASONS: Readonly<Record<PathReason, Explanation>> = {
  connecting: {
    meaning: "WebRTC is being opened. Frames travel over the server meanwhile.",
    advice: "Nothing: it takes from a tenth of a second to some seconds.",
  },
  disabled: {
    meaning: 'paths: "server" was asked for here, or the signaling server\'s policy says so.',
    advice: "If you did not mean it, take the option away, or ask the operator.",
  },
  unsupported: {
    meaning:
      'One of the two has no WebRTC: a program without { wrtc }, a browser in which it is switched off, a peer with paths: "server", or the part of Skein that opens WebRTC could not be loaded.',
    advice:
      "In Node pass { wrtc }. In a browser look for an extension or a policy that blocks WebRTC, and in the network panel for a script that failed to load.",
  },
  "no-seat": {
    meaning: "The room is larger than its mesh, and this link has no seat in it.",
    advice:
      "Nothing: large rooms are meant to be so. The operator can raise the mesh limit; each seat costs every other a connection.",
  },
  "ice-failed": {
    meaning:
      "No pair of addresses worked. It is tried again, at growing intervals and when the network changes.",
    advice: "If it stays, the networks allow no direct way: offer a TURN server (--turn-url).",
  },
  "turn-unreachable": {
    meaning: "It failed, and no TURN server answered.",
    advice:
      "Check that the TURN server runs, that its name resolves here, and that its ports are open in its firewall. Offer TCP and TLS on port 443 for networks that block UDP. The doctor tries each: npx skein-server doctor https://signal.example.com, or the demo's doctor.html in the browser where the trouble is.",
  },
  "turn-unauthorized": {
    meaning: "It failed, and the TURN server refused the credentials.",
    advice:
      "The shared secret of the signaling server and of the TURN server must be the same, and their clocks within the lifetime of the credentials. The doctor tells which server refuses.",
  },
  timeout: {
    meaning:
      "Nothing decided within the time limit: often the other tab sleeps or its signals did not arrive. It is tried again.",
    advice: "If it stays with one peer, have a look at that peer's network and browser.",
  },
  "too-many-connections": {
    meaning:
      "The browser makes no more RTCPeerConnections in this process for now; several tabs of a site share its limit.",
    advice:
      "It is tried again when one is freed. Close tabs, and look for other code in the page that opens connections and never drops them.",
  },
  "path-lost": {
    meaning:
      "An open WebRTC path stopped answering and is being repaired. The server path has everything meanwhile.",
    advice:
      "Nothing. If it happens again and again, the network between the two loses packets: compare stats() of both.",
  },
  flooded: {
    meaning:
      "The other one sent far more past the server than a tab can take. Its WebRTC path is closed for a minute; the server path goes on.",
    advice:
      "Send less at once: await what send returns. From a page that is not yours, block the peer.",
  },
};
