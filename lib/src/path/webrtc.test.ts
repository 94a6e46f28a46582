import wrtc from "@roamhq/wrtc";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import type { SignalData } from "../signaling/events.ts";
import { ConnectionBudget } from "./budget.ts";
import type { Lane } from "./path.ts";
import { createWebRtc, type WebRtcPath } from "./webrtc.ts";
import type { WebRtcPathOptions } from "./webrtc-path.ts";

/** One end of a link over real WebRTC, and all that happened to it. */
class End {
  readonly frames: { frame: Uint8Array; lane: Lane }[] = [];
  readonly sent: SignalData[] = [];
  readonly log: string[] = [];
  deliver: (data: SignalData) => void = () => {};
  path!: WebRtcPath;
  #waiting: { until: () => boolean; done: () => void }[] = [];

  options(initiator: boolean, more: Partial<WebRtcPathOptions> = {}): WebRtcPathOptions {
    return {
      initiator,
      iceServers: [],
      relayOnly: false,
      clock: systemClock,
      sendSignal: (data) => {
        this.sent.push(data);
        this.deliver(data);
        this.#changed();
      },
      events: {
        onOpen: () => this.#happened("open"),
        onKind: (kind) => this.#happened(kind),
        onClose: (reason) => this.#happened(`closed: ${reason}`),
        onIceState: (state) => this.#happened(`ice ${state}`),
        onFrame: (frame, lane) => {
          this.frames.push({ frame, lane });
          this.#changed();
        },
      },
      ...more,
    };
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ until: condition, done });
      this.#changed();
    });
  }

  happened(what: string): Promise<void> {
    return this.until(() => this.log.includes(what));
  }

  #happened(what: string): void {
    this.log.push(what);
    this.#changed();
  }

  #changed(): void {
    this.#waiting = this.#waiting.filter(({ until, done }) => {
      if (!until()) return true;
      done();
      return false;
    });
  }
}

const budget = () => new ConnectionBudget({ clock: systemClock });
const factory = createWebRtc(wrtc, {}, budget());
let ends: End[] = [];

function pair(more: Partial<WebRtcPathOptions> = {}): [End, End] {
  const [a, b] = [new End(), new End()];
  a.deliver = (data) => queueMicrotask(() => b.path.signal(structuredClone(data)));
  b.deliver = (data) => queueMicrotask(() => a.path.signal(structuredClone(data)));
  b.path = factory.open(b.options(false, more));
  a.path = factory.open(a.options(true, more));
  ends.push(a, b);
  return [a, b];
}

async function openPair(more: Partial<WebRtcPathOptions> = {}): Promise<[End, End]> {
  const [a, b] = pair(more);
  await Promise.all([a.happened("open"), b.happened("open")]);
  return [a, b];
}

afterEach(() => {
  for (const end of ends) end.path.close();
  ends = [];
});

describe("two paths over real WebRTC", () => {
  it("open both lanes, and know their kind before they say so", async () => {
    const [a, b] = await openPair();
    for (const end of [a, b]) {
      expect(end.log.indexOf("direct")).toBeGreaterThanOrEqual(0);
      expect(end.log.indexOf("direct")).toBeLessThan(end.log.indexOf("open"));
      expect(end.path.kind).toBe("direct");
    }
    expect(a.path.send(Uint8Array.of(1, 2), "reliable")).toBe(true);
    expect(a.path.send(Uint8Array.of(3, 3), "latest")).toBe(true);
    expect(b.path.send(Uint8Array.of(4, 4).subarray(0), "latest")).toBe(true);
    await Promise.all([b.until(() => b.frames.length === 2), a.until(() => a.frames.length === 1)]);
    expect(b.frames).toContainEqual({ frame: Uint8Array.of(1, 2), lane: "reliable" });
    expect(b.frames).toContainEqual({ frame: Uint8Array.of(3, 3), lane: "latest" });
    expect(a.frames).toEqual([{ frame: Uint8Array.of(4, 4), lane: "latest" }]);
    expect(await a.path.selectedPair()).toMatchObject({ kind: "direct", relayProtocol: null });
  });

  it("carry 10,000 reliable frames in order", { timeout: 30_000 }, async () => {
    const [a, b] = await openPair();
    const count = 10_000;
    for (let n = 0; n < count; ) {
      const frame = new Uint8Array(100);
      new DataView(frame.buffer).setUint32(0, n);
      if (a.path.send(frame, "reliable")) n++;
      else await new Promise((done) => setImmediate(done));
    }
    await b.until(() => b.frames.length === count);
    expect(b.frames.map(({ frame }) => new DataView(frame.buffer).getUint32(0))).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
  });

  it("notice that the other closed, once, and say nothing after closing themselves", async () => {
    const [a, b] = await openPair();
    a.path.close();
    await b.happened("closed: path-lost");
    expect(a.log.filter((each) => each.startsWith("closed"))).toEqual([]);
    expect(b.log.filter((each) => each.startsWith("closed"))).toEqual(["closed: path-lost"]);
    expect(a.path.send(Uint8Array.of(1), "reliable")).toBe(false);
    expect(b.path.send(Uint8Array.of(1), "latest")).toBe(false);
    expect(b.path.buffered).toBe(0);
    a.path.close();
    const [offer] = a.sent;
    if (offer) b.path.signal(offer);
    expect(b.log.filter((each) => each.startsWith("closed"))).toHaveLength(1);
  });

  it("stay open through an ICE restart, which only the initiator can begin", async () => {
    const [a, b] = await openPair({ repairs: true });
    expect(b.path.restartIce([])).toBe(false);
    const [offers, answers] = [a.sent, b.sent].map(descriptions);
    expect(offers).toHaveLength(1);
    expect(a.path.restartIce([{ urls: ["stun:127.0.0.1:9"] }])).toBe(true);
    await b.until(() => descriptions(b.sent).length === 2);
    await b.until(() => b.path.send(Uint8Array.of(9, 9), "reliable"));
    await a.until(() => a.frames.length === 1);
    expect(ufrag(descriptions(a.sent)[1])).not.toBe(ufrag(offers?.[0]));
    expect(ufrag(descriptions(b.sent)[1])).not.toBe(ufrag(answers?.[0]));
    // And once more: the gate is ready for another round.
    expect(a.path.restartIce()).toBe(true);
    await b.until(() => descriptions(b.sent).length === 3);
    expect([a.path.refusedSignals, b.path.refusedSignals]).toEqual([0, 0]);
  });

  it("survive hostile signals", async () => {
    const [a, b] = await openPair();
    const [offer] = descriptions(a.sent);
    const [answer] = descriptions(b.sent);
    if (!offer || !answer) throw new Error("negotiated without descriptions");
    const hostile: SignalData[] = [
      { type: "offer", sdp: "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" },
      { type: "offer", sdp: "" },
      answer,
      { type: "renegotiate" },
      { type: "retry" },
      candidate("candidate:not a candidate"),
      candidate("candidate:1 1 udp 1 127.0.0.1 9 typ host", "no such mid"),
      candidate(""),
    ];
    for (const data of hostile) {
      a.path.signal(data);
      b.path.signal(data);
    }
    for (let n = 0; n < 200; n++)
      b.path.signal(candidate(`candidate:${n} 1 udp 1 127.0.0.1 9 typ host`));
    expect(a.path.send(Uint8Array.of(1, 1), "reliable")).toBe(true);
    expect(b.path.send(Uint8Array.of(2, 2), "reliable")).toBe(true);
    await Promise.all([a.until(() => a.frames.length === 1), b.until(() => b.frames.length === 1)]);
    expect(a.path.refusedSignals).toBeGreaterThan(3);
    expect(b.path.refusedSignals).toBeGreaterThan(100);
    expect([...a.log, ...b.log].filter((each) => each.startsWith("closed"))).toEqual([]);
  });
});

describe("a path that cannot open", () => {
  it("says timeout when nobody answers", async () => {
    const a = new End();
    a.path = factory.open(a.options(true, { connectTimeoutMs: 50 }));
    ends.push(a);
    await a.happened("closed: timeout");
    expect(a.log).toEqual(["closed: timeout"]);
  });

  it("says too-many-connections when the constructor throws, and gives the place back", async () => {
    class Full {
      constructor() {
        throw new DOMException("Cannot create so many PeerConnections", "UnknownError");
      }
    }
    const full = budget();
    const refusing = createWebRtc({ ...wrtc, RTCPeerConnection: Full as never }, {}, full);
    const a = new End();
    a.path = refusing.open(a.options(true));
    expect(a.log).toEqual([]);
    await a.happened("closed: too-many-connections");
    expect(full.alive).toBe(0);
  });

  it("says too-many-connections when the budget is spent", async () => {
    const none = new ConnectionBudget({ clock: systemClock, maxAlive: 0 });
    const a = new End();
    a.path = createWebRtc(wrtc, {}, none).open(a.options(true));
    await a.happened("closed: too-many-connections");
  });

  it("says ice-failed, and why, when the ICE servers cannot be used", async () => {
    const a = new End();
    const misled = createWebRtc(wrtc, {}, budget());
    misled.setIceServers([{ urls: "stun:nonsense:nonsense" }]);
    a.path = misled.open(a.options(true));
    ends.push(a);
    await a.until(() => a.log.some((each) => each.startsWith("closed")));
    expect(a.path.error).toBeInstanceOf(Error);
  });

  it("emits no address with relayOnly", async () => {
    const [a, b] = pair({ relayOnly: true, connectTimeoutMs: 300 });
    await a.happened("closed: timeout");
    await b.happened("closed: timeout");
    expect(descriptions(a.sent)).toHaveLength(1);
    const said = JSON.stringify([a.sent, b.sent]);
    expect(said).not.toMatch(/typ (host|srflx|prflx)/);
    expect(said).not.toMatch(/c=IN IP4 (?!0\.0\.0\.0)/);
  });
});

const descriptions = (sent: readonly SignalData[]) =>
  sent.filter((data) => data.type === "offer" || data.type === "answer");
const ufrag = (data: SignalData | undefined) =>
  data && "sdp" in data ? /a=ice-ufrag:(\S+)/.exec(data.sdp)?.[1] : undefined;
const candidate = (line: string, sdpMid: string | null = "0"): SignalData => ({
  type: "candidate",
  candidate: { candidate: line, sdpMid, sdpMLineIndex: null },
});
