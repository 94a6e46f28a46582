/** What `connectRaw` is told. */
export interface RawOptions {
  /** The WebSocket address of the room. */
  url: string;
  /** Exactly one side offers. */
  offers: boolean;
  iceServers: RTCIceServer[];
  policy?: RTCIceTransportPolicy;
  /** After this many ms without a connection it gives up. */
  limitMs: number;
}

/** What came of it, on one side. */
export interface RawResult {
  /** `ice-failed`: the browser said so; `no-answer`: the time was up. */
  outcome: "connected" | "ice-failed" | "no-answer";
  /** From opening the socket to the other side's first message over it, in ms. */
  greetedMs: number | undefined;
  /** From opening the socket to the answer over the data channel, or to giving up, in ms. */
  ms: number;
  /** Of the selected pair, once it has stayed the same for a while. */
  pair: { local: string; remote: string; protocol: string; relayed: boolean } | undefined;
}

/** What a page holds on to after `connectRaw`, so that a test can use the link. */
export interface RawLink {
  connection: RTCPeerConnection;
  socket: WebSocket;
  /** Whether an answer comes back over the data channel in time. */
  ping(limitMs: number): Promise<boolean>;
}

declare global {
  var rawLink: RawLink | undefined;
}

/**
 * Opens a link to the other page in the room with nothing but the browser's own API. It runs
 * inside a page, by `page.evaluate`, and so uses nothing from outside its own body.
 */
export async function connectRaw(options: RawOptions): Promise<RawResult> {
  /** A browser may move to a better pair after the first that works; then it has settled. */
  const SETTLED_MS = 1500;
  const SAMPLE_MS = 100;

  const start = performance.now();
  const connection = new RTCPeerConnection({
    iceServers: options.iceServers,
    iceTransportPolicy: options.policy ?? "all",
  });
  const channel = connection.createDataChannel("lab", { negotiated: true, id: 0 });
  const socket = new WebSocket(options.url);
  const tell = (message: object) => socket.send(JSON.stringify(message));
  let greetedMs: number | undefined;
  // Signals are applied strictly in order: a candidate may not overtake its description.
  let signals = Promise.resolve();

  const sendDescription = async () => {
    await connection.setLocalDescription();
    tell({ description: connection.localDescription });
  };
  const onSignal = async (signal: {
    hello?: boolean;
    description?: RTCSessionDescriptionInit;
    candidate?: RTCIceCandidateInit;
  }) => {
    if (signal.hello === true && greetedMs === undefined) {
      greetedMs = performance.now() - start;
      tell({ hello: true });
      if (options.offers) await sendDescription();
    }
    if (signal.description !== undefined) {
      await connection.setRemoteDescription(signal.description);
      if (signal.description.type === "offer") await sendDescription();
    }
    if (signal.candidate !== undefined) await connection.addIceCandidate(signal.candidate);
  };
  connection.onicecandidate = ({ candidate }) => {
    if (candidate !== null) tell({ candidate });
  };
  socket.onopen = () => tell({ hello: true });
  socket.onmessage = ({ data }) => {
    signals = signals.then(() => onSignal(JSON.parse(data)));
  };

  const pongs = new EventTarget();
  channel.onmessage = ({ data }) => {
    if (data === "ping") channel.send("pong");
    else pongs.dispatchEvent(new Event("pong"));
  };
  const outcome = await new Promise<RawResult["outcome"]>((resolve) => {
    setTimeout(() => resolve("no-answer"), options.limitMs);
    connection.addEventListener("iceconnectionstatechange", () => {
      if (connection.iceConnectionState === "failed") resolve("ice-failed");
    });
    pongs.addEventListener("pong", () => resolve("connected"), { once: true });
    channel.onopen = () => channel.send("ping");
  });
  const ms = performance.now() - start;

  /** The few of WebRTC's statistics that matter here; TypeScript's own types lack half of them. */
  interface Stat {
    type: string;
    selected?: boolean;
    selectedCandidatePairId?: string;
    localCandidateId?: string;
    remoteCandidateId?: string;
    candidateType?: string;
    protocol?: string;
    relayProtocol?: string;
  }
  const selectedPair = async (): Promise<RawResult["pair"]> => {
    const stats = new Map<string, Stat>(await connection.getStats());
    const all = [...stats.values()];
    const named = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
    const pair =
      named === undefined
        ? all.find(({ type, selected }) => type === "candidate-pair" && selected === true)
        : stats.get(named);
    const local = stats.get(pair?.localCandidateId ?? "");
    const remote = stats.get(pair?.remoteCandidateId ?? "");
    if (local === undefined || remote === undefined) return undefined;
    const types = [local.candidateType, remote.candidateType];
    return {
      local: String(types[0]),
      remote: String(types[1]),
      protocol: String(local.relayProtocol ?? local.protocol),
      // Chromium can call a relayed pair `prflx`, but it knows the protocol towards the relay.
      relayed: types.includes("relay") || local.relayProtocol !== undefined,
    };
  };
  let pair = outcome === "connected" ? await selectedPair() : undefined;
  if (outcome === "connected") {
    let unchangedSince = performance.now();
    while (performance.now() - unchangedSince < SETTLED_MS) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      const next = await selectedPair();
      if (JSON.stringify(next) !== JSON.stringify(pair)) unchangedSince = performance.now();
      pair = next;
    }
  }
  globalThis.rawLink = {
    connection,
    socket,
    ping: (limitMs) =>
      new Promise((resolve) => {
        setTimeout(() => resolve(false), limitMs);
        pongs.addEventListener("pong", () => resolve(true), { once: true });
        if (channel.readyState === "open") channel.send("ping");
      }),
  };
  return { outcome, greetedMs, ms, pair };
}
