import { expect, it } from "vitest";
import type { WebRtcImplementation } from "../room/types.ts";
import { type Seam, withSeam } from "./peer-connection.ts";

/** What a browser has on its prototype, and the failures that cannot be had from a real one here. */
class FakeConnection extends EventTarget {
  static state = "new";
  readonly channels: { label: string; init: RTCDataChannelInit | undefined }[] = [];
  closed = false;
  get iceConnectionState() {
    return FakeConnection.state;
  }
  get connectionState() {
    return FakeConnection.state;
  }
  createDataChannel(label: string, init?: RTCDataChannelInit) {
    if (init?.id === FakeConnection.refusedId) throw new DOMException("no", "OperationError");
    this.channels.push({ label, init });
    return { label };
  }
  static refusedId = -1;
  close() {
    this.closed = true;
  }
}

function setUp(hides = false) {
  const log: string[] = [];
  const made: FakeConnection[] = [];
  const seam: Seam = {
    onConnection: (connection) => made.push(connection as unknown as FakeConnection),
    onChannel: (channel, lane) => log.push(`${lane}: ${channel.label}`),
    onDescription: () => {},
    onRefusedCandidate: () => {},
    onIceState: (state) => log.push(state),
    hidesFailure: () => hides,
  };
  const { RTCPeerConnection } = withSeam(
    { RTCPeerConnection: FakeConnection } as unknown as WebRtcImplementation,
    seam,
  );
  FakeConnection.state = "new";
  FakeConnection.refusedId = -1;
  return { log, made, RTCPeerConnection };
}

const announce = (connection: RTCPeerConnection, channel: object) => {
  let reached = false;
  const handler = () => {
    reached = true;
  };
  connection.addEventListener("datachannel", handler);
  connection.dispatchEvent(Object.assign(new Event("datachannel"), { channel }));
  connection.removeEventListener("datachannel", handler);
  return reached;
};

const channelOf = (more: object = {}) => {
  const channel = {
    label: "announced",
    ordered: true,
    maxRetransmits: null,
    maxPacketLifeTime: null,
    closed: false,
    close: () => {
      channel.closed = true;
    },
    ...more,
  };
  return channel;
};

it("opens the lossy lane at once and reports both", () => {
  const { log, made, RTCPeerConnection } = setUp();
  const connection = new RTCPeerConnection();
  connection.createDataChannel("reliable", {});
  expect(log).toEqual(["latest: latest", "reliable: reliable"]);
  expect(made[0]?.channels[0]?.init).toEqual({
    negotiated: true,
    id: 1,
    ordered: false,
    maxRetransmits: 0,
  });
});

it("shows simple-peer one announced channel, an ordered reliable one", () => {
  const { log, RTCPeerConnection } = setUp();
  const connection = new RTCPeerConnection();
  for (const odd of [{ ordered: false }, { maxRetransmits: 3 }, { maxPacketLifeTime: 100 }]) {
    const channel = channelOf(odd);
    expect(announce(connection, channel)).toBe(false);
    expect(channel.closed).toBe(true);
  }
  expect(announce(connection, channelOf())).toBe(true);
  const second = channelOf();
  expect(announce(connection, second)).toBe(false);
  expect(second.closed).toBe(true);
  expect(log).toEqual(["latest: latest", "reliable: announced"]);

  const initiator = new RTCPeerConnection();
  initiator.createDataChannel("reliable");
  expect(announce(initiator, channelOf())).toBe(false);
});

it("hides failure only where it is ours to repair, and reports it anyway", () => {
  for (const [hides, shown] of [
    [true, "disconnected"],
    [false, "failed"],
  ] as const) {
    const { log, RTCPeerConnection } = setUp(hides);
    const connection = new RTCPeerConnection();
    log.length = 0;
    FakeConnection.state = "failed";
    connection.dispatchEvent(new Event("iceconnectionstatechange"));
    expect(connection.iceConnectionState).toBe(shown);
    expect(connection.connectionState).toBe(shown);
    FakeConnection.state = "connected";
    expect(connection.iceConnectionState).toBe("connected");
    expect(log).toEqual(["failed"]);
  }
});

it("closes a connection that cannot have its second channel", () => {
  const { made, RTCPeerConnection } = setUp();
  FakeConnection.refusedId = 1;
  expect(() => new RTCPeerConnection()).toThrow("no");
  expect(made[0]?.closed).toBe(true);
});
