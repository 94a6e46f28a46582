import { expect, test } from "vitest";
import { Outbox, type SharedFrame, type UploadTarget } from "./outbox.ts";

function open() {
  const owner: UploadTarget = {
    peerId: "p",
    takesUploads: true,
    uploaded: (shared) => outbox.markSharedSent(shared),
  };
  const outbox = new Outbox(owner);
  const settled: string[] = [];
  const push = (stream: "all" | "to", number: number, bytes = 10, shared?: SharedFrame) =>
    outbox.push({
      stream,
      number,
      frame: new Uint8Array(bytes),
      shared: shared ?? null,
      since: 0,
      settle: (missed) => settled.push(`${stream} ${number}${missed ? " missed" : ""}`),
    });
  /** Sends what it gives; returns what that was. */
  const drain = () => {
    const sent: string[] = [];
    for (let item = outbox.next(); item !== undefined; item = outbox.next()) {
      outbox.markSent(item);
      sent.push(`${item.stream} ${item.number}`);
    }
    return sent;
  };
  return { owner, outbox, settled, push, drain };
}

test("gives frames in the order of the calls, and keeps them until acknowledged", () => {
  const { outbox, settled, push, drain } = open();
  push("all", 1);
  push("to", 1);
  push("all", 2);
  expect(drain()).toEqual(["all 1", "to 1", "all 2"]);
  expect(outbox.acknowledge(2, 1)).toBe(1);
  expect(settled).toEqual(["all 1"]);
  expect(outbox.bytes).toBe(20);
  expect(outbox.acknowledge(3, 2)).toBe(2);
  expect(settled).toEqual(["all 1", "to 1", "all 2"]);
  expect(outbox.acknowledge(3, 2)).toBe(0);
  expect([outbox.bytes, outbox.size]).toEqual([0, 0]);
});

test("after a rewind everything unacknowledged goes again, in order, and counts as resent", () => {
  const { outbox, push, drain } = open();
  push("all", 1);
  push("to", 1);
  drain();
  push("to", 2);
  outbox.acknowledge(2, 1);
  outbox.rewind();
  expect(drain()).toEqual(["to 1", "to 2"]);
  expect(outbox.resent).toBe(1);
});

test("an acknowledgement in the middle of a rewind skips what arrived", () => {
  const { outbox, push, drain } = open();
  for (let number = 1; number <= 4; number++) push("to", number);
  drain();
  outbox.rewind();
  outbox.markSent(outbox.next() as never);
  outbox.acknowledge(1, 4);
  expect(drain()).toEqual(["to 4"]);
});

test("half a megabyte is on its way at once; acknowledgements make room", () => {
  const { outbox, push, drain } = open();
  for (let number = 1; number <= 80; number++) push("to", number, 16_384);
  expect(drain()).toHaveLength(32);
  expect(outbox.hasRoom).toBe(false);
  outbox.acknowledge(1, 11);
  expect(drain()).toHaveLength(10);
});

test("names the last `to` while any of them is unacknowledged", () => {
  const { outbox, push, drain } = open();
  expect(outbox.pendingTo).toBe(0);
  push("to", 5);
  push("to", 6);
  drain();
  outbox.acknowledge(1, 6);
  expect(outbox.pendingTo).toBe(6);
  outbox.acknowledge(1, 7);
  expect(outbox.pendingTo).toBe(0);
});

test("a drop misses everything and leaves nothing waiting for uploads", () => {
  const { owner, outbox, settled, push, drain } = open();
  const shared: SharedFrame = {
    number: 1,
    entry: new Uint8Array(),
    frame: new Uint8Array(10),
    waiting: new Set(),
  };
  push("all", 1, 10, shared);
  push("to", 1);
  expect([...shared.waiting]).toEqual([owner]);
  drain();
  expect(shared.waiting.size).toBe(0);
  outbox.rewind();
  expect(shared.waiting.size).toBe(1);
  outbox.drop();
  expect(shared.waiting.size).toBe(0);
  expect(settled).toEqual(["all 1 missed", "to 1 missed"]);
  expect([outbox.bytes, outbox.size, outbox.pendingTo, outbox.hasRoom]).toEqual([0, 0, 0, true]);
});

test("an upload made for others marks the frame sent here", () => {
  const { owner, push, drain } = open();
  const shared: SharedFrame = {
    number: 2,
    entry: new Uint8Array(),
    frame: new Uint8Array(10),
    waiting: new Set(),
  };
  push("to", 1);
  push("all", 2, 10, shared);
  owner.uploaded(shared);
  expect(drain()).toEqual(["to 1"]);
});
