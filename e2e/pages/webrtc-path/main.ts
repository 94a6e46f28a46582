/** Pairs of WebRTC paths in one page, for the tests to hold. */
import { systemClock } from "../../../lib/src/clock.ts";
import { ConnectionBudget } from "../../../lib/src/path/budget.ts";
import type { Lane } from "../../../lib/src/path/path.ts";
import { SimplePeer } from "../../../lib/src/path/simple-peer.ts";
import { createWebRtc } from "../../../lib/src/path/webrtc.ts";
import { WebRtcPath, type WebRtcPathOptions } from "../../../lib/src/path/webrtc-path.ts";
import type { SignalData } from "../../../lib/src/signaling/events.ts";

export interface End {
  readonly path: WebRtcPath;
  readonly sent: readonly SignalData[];
  /** What happened, in order, each with the milliseconds since the pair was begun. */
  readonly log: readonly { readonly what: string; readonly ms: number }[];
  readonly frames: readonly { readonly frame: Uint8Array; readonly lane: Lane }[];
  until(condition: () => boolean): Promise<void>;
  happened(what: string): Promise<void>;
}

const budget = new ConnectionBudget({ clock: systemClock, maxPerMinute: Number.MAX_SAFE_INTEGER });
const { canRestart } = createWebRtc(undefined, {}, budget);
const wrtc = { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate };

function openPair(more: Partial<WebRtcPathOptions> = {}): { readonly a: End; readonly b: End } {
  const start = performance.now();
  const b: End = end(false, (data) => a.path.signal(data));
  const a: End = end(true, (data) => b.path.signal(data));
  return { a, b };

  function end(initiator: boolean, deliver: (data: SignalData) => void): End {
    const sent: SignalData[] = [];
    const log: { what: string; ms: number }[] = [];
    const frames: { frame: Uint8Array; lane: Lane }[] = [];
    let waiting: { condition: () => boolean; done: () => void }[] = [];
    const changed = () => {
      waiting = waiting.filter(({ condition, done }) => {
        if (!condition()) return true;
        done();
        return false;
      });
    };
    const happened = (what: string) => {
      log.push({ what, ms: performance.now() - start });
      changed();
    };
    class Observed extends SimplePeer {
      constructor(options: ConstructorParameters<typeof SimplePeer>[0]) {
        super(options);
        this.on("connect", () => happened("simple-peer connect"));
      }
    }
    const options: WebRtcPathOptions = {
      initiator,
      iceServers: [],
      relayOnly: false,
      clock: systemClock,
      sendSignal: (data) => {
        sent.push(data);
        queueMicrotask(() => deliver(structuredClone(data)));
        changed();
      },
      events: {
        onOpen: () => happened("open"),
        onKind: happened,
        onClose: (reason) => happened(`closed: ${reason}`),
        onFrame: (frame, lane) => {
          frames.push({ frame, lane });
          changed();
        },
      },
      ...more,
    };
    const until = (condition: () => boolean) =>
      new Promise<void>((done) => {
        waiting.push({ condition, done });
        changed();
      });
    return {
      path: new WebRtcPath(options, { SimplePeer: Observed, wrtc, canRestart, budget, seams: {} }),
      sent,
      log,
      frames,
      until,
      happened: (what) => until(() => log.some((each) => each.what === what)),
    };
  }
}

/** A pair that is open. */
async function opened(more?: Partial<WebRtcPathOptions>) {
  const pair = openPair(more);
  await Promise.all([pair.a.happened("open"), pair.b.happened("open")]);
  return pair;
}

const page = { openPair, opened, budget, canRestart };
export type TestPage = typeof page;
Object.assign(window, { webrtcPaths: page });
document.body.dataset["ready"] = "";
