import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { Outbox, type SharedFrame, type UploadTarget, type Way } from "./outbox.ts";

function open() {
  const owner: UploadTarget = {
    peerId: "p",
    takesUploads: true,
    uploaded: (shared) => outbox.markSharedSent(shared),
  };
  const clock = new FakeClock();
  const outbox = new Outbox(owner, clock);
  const settled: string[] = [];
  const push = (
    stream: "all" | "to",
    number: number,
    bytes = 10,
    shared?: SharedFrame,
    goesOn = false,
  ) =>
    outbox.push({
      stream,
      number,
      frame: new Uint8Array(bytes),
      shared: shared ?? null,
      goesOn,
      settle: (missed) => settled.push(`${stream} ${number}${missed ? " missed" : ""}`),
    });
  /** Sends what it gives; returns what that was. */
  const drain = (way: Way = "server", both = false) => {
    const sent: string[] = [];
    for (let item = outbox.next(way, both); item !== undefined; item = outbox.next(way, both)) {
      outbox.markSent(item, way);
      sent.push(`${item.stream} ${item.number}`);
    }
    return sent;
  };
  return { clock, owner, outbox, settled, push, drain };
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
  outbox.rewind("server");
  expect(drain()).toEqual(["to 1", "to 2"]);
  expect(outbox.resent).toBe(1);
});

test("an acknowledgement in the middle of a rewind skips what arrived", () => {
  const { outbox, push, drain } = open();
  for (let number = 1; number <= 4; number++) push("to", number);
  drain();
  outbox.rewind("server");
  outbox.markSent(outbox.next("server", false) as never, "server");
  outbox.acknowledge(1, 4);
  expect(drain()).toEqual(["to 4"]);
});

test("what is acknowledged soon makes room for more, up to half a megabyte", () => {
  const { clock, outbox, push, drain } = open();
  for (let number = 1; number <= 400; number++) push("to", number, 16_384);
  const sizes: number[] = [];
  for (let next = 1; next < 150; ) {
    sizes.push(drain().length);
    clock.advance(100);
    next += sizes.at(-1) ?? 0;
    outbox.acknowledge(1, next);
  }
  expect(sizes).toEqual([8, 16, 32, 32, 32, 32]);
});

test("on a slow line no more is on its way than a second takes", () => {
  const { clock, outbox, push, drain } = open();
  for (let number = 1; number <= 100; number++) push("to", number, 16_384);
  let next = 1;
  let end = 1 + drain().length;
  for (let n = 0; n < 40; n++) {
    clock.advance(16_384 / 50);
    outbox.acknowledge(1, ++next);
    end += drain().length;
  }
  expect(end - next).toBeLessThanOrEqual(4);
});

test("a message that is begun goes to its end, since only whole ones are acknowledged", () => {
  const { clock, outbox, push, drain } = open();
  push("to", 1);
  drain();
  clock.advance(60_000);
  outbox.acknowledge(1, 2);
  for (let number = 2; number <= 18; number++) push("to", number, 16_384, undefined, number > 2);
  push("to", 19);
  expect(drain()).toHaveLength(17);
  // And again, if need be, though in portions that grow.
  const sizes = [1, 2, 3].map((times) => {
    outbox.stalled(times);
    return drain().length;
  });
  expect(sizes).toEqual([2, 8, 18]);
});

test("with two ways in use every frame goes both, what is on its way already included", () => {
  const { outbox, push, drain } = open();
  push("to", 1);
  push("to", 2);
  expect(drain("path")).toEqual(["to 1", "to 2"]);
  expect(drain("server")).toEqual([]);
  expect(drain("server", true)).toEqual(["to 1", "to 2"]);
  push("to", 3);
  expect(drain("server", true)).toEqual(["to 3"]);
  expect(drain("path", true)).toEqual(["to 3"]);
  expect(outbox.resent).toBe(0);
  // One of them is gone: the other has everything.
  outbox.rewind("path");
  expect(drain("server")).toEqual([]);
  outbox.rewind("server");
  expect(drain("server")).toEqual(["to 1", "to 2", "to 3"]);
});

test("after a standstill a living path gets the first frame again, the server all in small portions", () => {
  const { outbox, push, drain } = open();
  for (let number = 1; number <= 8; number++) push("to", number, 16_384);
  drain("path");
  outbox.stalled(1);
  expect(drain("path")).toEqual(["to 1"]);
  outbox.rewind("path");
  expect(drain("server")).toEqual(["to 1", "to 2"]);
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
  outbox.rewind("server");
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
