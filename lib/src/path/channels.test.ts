import { expect, it } from "vitest";
import { Channels, MAX_EARLY_FRAMES, MAX_RELIABLE_BUFFERED } from "./channels.ts";
import type { Lane } from "./path.ts";
import { MAX_LATEST_BUFFERED } from "./path.ts";

/** A data channel whose network takes nothing until the test says so. */
class FakeChannel extends EventTarget {
  readyState = "connecting";
  bufferedAmount = 0;
  binaryType = "blob";
  readonly sent: Uint8Array[] = [];
  throws = false;

  open(): void {
    this.readyState = "open";
    this.dispatchEvent(new Event("open"));
  }
  send(frame: Uint8Array): void {
    if (this.throws) throw new DOMException("queue is full", "OperationError");
    this.sent.push(frame);
    this.bufferedAmount += frame.byteLength;
  }
  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

function setUp() {
  const log: string[] = [];
  const channels = new Channels({
    onOpen: () => log.push("open"),
    onFrame: (frame, lane) => log.push(`${lane} ${frame.join()}`),
    onClose: () => log.push("close"),
  });
  const reliable = new FakeChannel();
  const latest = new FakeChannel();
  const add = (channel: FakeChannel, lane: Lane) =>
    channels.add(channel as unknown as RTCDataChannel, lane);
  add(latest, "latest");
  add(reliable, "reliable");
  return { channels, reliable, latest, log, add };
}

it("is open when both are, whatever the order, and once", () => {
  const one = setUp();
  one.reliable.open();
  expect(one.log).toEqual([]);
  one.latest.open();
  one.latest.open();
  expect(one.log).toEqual(["open"]);

  const announced = new FakeChannel();
  announced.readyState = "open";
  const other = setUp();
  other.latest.open();
  other.add(announced, "reliable");
  expect(other.log).toEqual(["open"]);
});

it("refuses what is over a lane's limit, and takes it when the queue has drained", () => {
  const { channels, reliable, latest } = setUp();
  expect(channels.send(new Uint8Array(1), "reliable")).toBe(false);
  reliable.open();
  latest.open();
  reliable.bufferedAmount = MAX_RELIABLE_BUFFERED - 10;
  latest.bufferedAmount = MAX_LATEST_BUFFERED - 10;
  for (const [lane, channel] of [
    ["reliable", reliable],
    ["latest", latest],
  ] as const) {
    expect(channels.send(new Uint8Array(11), lane)).toBe(false);
    expect(channels.send(new Uint8Array(10), lane)).toBe(true);
    expect(channels.send(new Uint8Array(1), lane)).toBe(false);
    expect(channel.sent).toHaveLength(1);
    channel.bufferedAmount = 0;
    expect(channels.send(new Uint8Array(11), lane)).toBe(true);
  }
  // What waits on the other lane is not waited for.
  expect(channels.buffered).toBe(11);
});

it("says false when the browser throws, or a channel is on its way out", () => {
  const { channels, reliable } = setUp();
  reliable.open();
  reliable.throws = true;
  expect(channels.send(new Uint8Array(1), "reliable")).toBe(false);
  reliable.throws = false;
  reliable.readyState = "closing";
  expect(channels.send(new Uint8Array(1), "reliable")).toBe(false);
});

it("keeps what arrives early, in order, and gives it out once", () => {
  const { channels, reliable, latest, log } = setUp();
  reliable.receive(Uint8Array.of(1, 1).buffer);
  latest.receive(Uint8Array.of(1, 2).buffer);
  reliable.receive(Uint8Array.of(1, 3).buffer);
  expect(log).toEqual([]);
  channels.read();
  reliable.receive(Uint8Array.of(1, 4).buffer);
  expect(log).toEqual(["reliable 1,1", "latest 1,2", "reliable 1,3", "reliable 1,4"]);
});

it("holds no more than a megabyte for a peer that will not wait", () => {
  const { channels, reliable, latest, log } = setUp();
  for (let n = 0; n < 64; n++) reliable.receive(new ArrayBuffer(16 * 1024));
  latest.receive(Uint8Array.of(1, 1).buffer);
  expect(log).toEqual([]);
  reliable.receive(Uint8Array.of(1, 1).buffer);
  expect(log).toEqual(["close"]);
  channels.release();
});

it("holds no more than a thousand frames either, however small", () => {
  const { channels, reliable, latest, log } = setUp();
  for (let n = 0; n < 10 * MAX_EARLY_FRAMES; n++) latest.receive(Uint8Array.of(1, 3).buffer);
  expect(log).toEqual([]);
  reliable.receive(Uint8Array.of(1, 3).buffer);
  expect(log).toEqual(["close"]);
  channels.read();
  expect(log).toHaveLength(1 + MAX_EARLY_FRAMES);
});

it("ignores text, blobs, and frames smaller or larger than any of ours", () => {
  const { channels, reliable, log } = setUp();
  channels.read();
  const sizes = [0, 1, 32 * 1024 + 1].map((bytes) => new ArrayBuffer(bytes));
  for (const data of ["text", new Blob(["x"]), ...sizes, null]) {
    reliable.receive(data);
  }
  expect(log).toEqual([]);
});

it("hears nothing after it let go", () => {
  const { channels, reliable, latest, log } = setUp();
  channels.read();
  channels.release();
  reliable.open();
  latest.open();
  reliable.receive(Uint8Array.of(1).buffer);
  latest.dispatchEvent(new Event("close"));
  expect(log).toEqual([]);
  expect(channels.buffered).toBe(0);
});
