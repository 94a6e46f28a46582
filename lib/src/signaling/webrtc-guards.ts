/** What only WebRTC paths are made of, as strangers send it: loaded with what opens them. */
import { type CandidateInit, type IceServer, MAX_SIGNAL_BYTES, type SignalData } from "./events.ts";
import {
  both,
  count,
  either,
  type Guard,
  like,
  list,
  MAX_LINE,
  MAX_TOKEN,
  nullable,
  object,
  one,
  optional,
  text,
} from "./guards.ts";

const MAX_URLS_PER_SERVER = 16;
/** Characters of one candidate; real ones have some 150. */
const MAX_CANDIDATE = 2048;

// A URL of another scheme would make the RTCPeerConnection constructor throw.
const iceUrl = both(text(MAX_LINE), like(/^(stun|turn)s?:[^\s]+$/i));

export const isIceServer: Guard<IceServer> = object<IceServer>({
  urls: either(iceUrl, list(MAX_URLS_PER_SERVER, iceUrl)),
  username: optional(text(MAX_LINE)),
  credential: optional(text(MAX_LINE)),
});

const candidate = object<CandidateInit>({
  candidate: text(MAX_CANDIDATE),
  sdpMid: nullable(text(MAX_TOKEN)),
  sdpMLineIndex: nullable(count),
  usernameFragment: optional(nullable(text(MAX_TOKEN))),
});

export const isSignalData: Guard<SignalData> = either(
  object<{ type: "offer" | "answer"; sdp: string }>({
    type: one("offer", "answer"),
    sdp: text(MAX_SIGNAL_BYTES),
  }),
  either(
    object<{ type: "candidate"; candidate: CandidateInit }>({ type: one("candidate"), candidate }),
    object<{ type: "renegotiate" | "retry" }>({ type: one("renegotiate", "retry") }),
  ),
) as Guard<SignalData>;
