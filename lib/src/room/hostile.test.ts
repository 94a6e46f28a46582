/** A member that speaks the protocol by hand, and badly: nothing of it reaches the app. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createSignalingServer,
  type SignalingServer,
} from "../../../signaling-server/src/index.ts";
import { TestClient } from "../../../signaling-server/src/test-client.ts";
import { joinRoom } from "../index.ts";
import type { SignalData } from "../signaling/events.ts";
import {
  CLASS_CURSOR,
  decodeSent,
  encodeEntry,
  encodeFrame,
  frameClass,
  VALUE_JSON,
  type Value,
} from "../wire/index.ts";
import type { Room, RoomTypes } from "./types.ts";

const utf8 = new TextEncoder();
let server: SignalingServer;
let room: Room<RoomTypes>;
let hostile: TestClient;
/** Everything that the app was told. */
let told: unknown[];
let escaped: unknown[];
const note = (error: unknown) => escaped.push(error);

beforeEach(async () => {
  told = [];
  escaped = [];
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  server = createSignalingServer({ port: 0, log: () => {} });
  await server.listen();
  const url = server.url ?? "";
  room = joinRoom("room", { server: url });
  await room.ready;
  room.onMessage("chat", ({ data }) => told.push(data));
  room.onLatest("drag", ({ data }) => told.push(data));
  room.on("cursor", ({ samples }) => told.push(...samples));
  room.on("error", ({ error }) => told.push(error));
  hostile = new TestClient(url);
  await hostile.welcome();
  await room.waitFor((s) => s.peers.length);
});

afterEach(async () => {
  hostile.socket.disconnect();
  await room.leave();
  await server.close();
  process.off("uncaughtException", note);
  process.off("unhandledRejection", note);
  expect(escaped).toEqual([]);
  expect(Object.prototype).not.toHaveProperty("polluted");
});

const send = (frame: Uint8Array): void => hostile.sendFrame({ kind: "others" }, frame);

const hello = (incarnation: number, over: object = {}): Uint8Array =>
  encodeFrame({
    kind: "hello",
    protocol: 1,
    features: 0,
    incarnation,
    accepted: 1,
    nextAll: 1,
    nextTo: 1,
    presenceVersion: 0,
    attempt: 0,
    ...over,
  });

const json = (text: string) => ({ encoding: VALUE_JSON, bytes: utf8.encode(text) });

const chat = (number: number, value: Value): Uint8Array =>
  encodeFrame({
    kind: "all",
    number,
    entry: encodeEntry({ kind: "message", type: "chat", value }),
  });

/** JSON as a hostile program writes it, whatever `JSON.stringify` would make of an object. */
const asParsed = (text: string): never => JSON.parse(text) as never;

let version = 1_000;

/** Comes back when the room has taken everything sent so far. */
async function taken(): Promise<void> {
  version += 1;
  hostile.emit("presence", { version, state: { version } });
  await room.waitFor((s) =>
    s.peers.some((peer) => Reflect.get(peer.presence, "version") === version),
  );
}

function refusals(): number {
  return Object.values(room.stats().refused).reduce((sum, count) => sum + count, 0);
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const big = (head: readonly number[], length: number): Uint8Array => {
  const frame = new Uint8Array(length).fill(0x61);
  frame.set(head);
  return frame;
};

const MALFORMED: { readonly [what: string]: Uint8Array } = {
  "a type alone": bytes(0x02, 0x01),
  "a type that is not known": bytes(0x7f, 0x01, 1, 2, 3),
  "a sealed frame": bytes(0x82, 0x01, 1, 2, 3),
  "a reserved control frame": bytes(0x01, 0x05, 1),
  "a hello that ends early": hello(1).subarray(0, 5),
  "a hello with more behind it": bytes(...hello(1), 0),
  "an acknowledgement of what was never sent": encodeFrame({
    kind: "ack",
    incarnation: 1,
    all: 1_000_000,
    to: 1_000_000,
    presenceVersion: 0,
  }),
  "a number that is no integer": bytes(0x01, 0x03, ...new Array<number>(12).fill(0xff)),
  "a frame of all without an entry": bytes(0x02, 0x01, 1),
  "presence that is no object": bytes(0x03, 0x01, 1, ...utf8.encode("[1]")),
  "presence that is no JSON": bytes(0x03, 0x01, 1, ...utf8.encode("{")),
  "a cursor with reserved bits": bytes(0x04, 0x80, 0, 0, 0, 0, 0, 0, 0),
  "a cursor that ends early": bytes(0x04, 0x00, 0, 0, 0, 0),
  "a cursor at no place": bytes(0x04, 0x10, 0, 0, 0, 0x7f, 0xc0, 0, 0, 0x7f, 0xc0, 0, 0),
  "a latest value without a type": bytes(0x05, 0x01, 1, 0, 0, 1, 0x31),
  "a latest value that is too large": big([0x05, 0x01, 1, 1, 0x61, 1, 0x61, 2], 10_000),
};

for (const [what, frame] of Object.entries(MALFORMED)) {
  test(`${what} is counted and dropped`, async () => {
    send(hello(1));
    await taken();
    const before = refusals();
    send(frame);
    await taken();
    expect(refusals()).toBe(before + 1);
    send(chat(1, json('"still here"')));
    await taken();
    expect(told).toEqual(["still here"]);
  });
}

test("whoever begins anew is shown the still cursor again", async () => {
  const shown = () =>
    hostile
      .all("frame")
      .flatMap((message) => decodeSent(message) ?? [])
      .filter(({ frame }) => frameClass(frame) === CLASS_CURSOR).length;
  room.moveCursor({ x: 1, y: 2 });
  send(hello(1));
  await hostile.until(() => shown() === 1 || undefined);
  send(hello(2));
  await hostile.until(() => shown() === 2 || undefined);
});

test("an activity and a pace that do not exist count as active, and as the slowest there is", async () => {
  send(hello(1));
  let number = 0;
  const say = async (activity: number, pace: number) => {
    const entry = encodeEntry({ kind: "activity", activity, pace });
    send(encodeFrame({ kind: "all", number: ++number, entry }));
    await taken();
    return room.getSnapshot().peers[0]?.activity;
  };
  expect(await say(2, 0)).toBe("hidden");
  expect(await say(1, 3)).toBe("idle");
  expect(await say(255, 255)).toBe("active");
  expect(refusals()).toBe(0);
  // Whatever it asks for, it is told; at most a second later.
  const seen = () =>
    hostile
      .all("frame")
      .flatMap((message) => decodeSent(message) ?? [])
      .filter(({ frame }) => frameClass(frame) === CLASS_CURSOR).length;
  room.moveCursor({ x: 1, y: 2 });
  room.moveCursor({ x: 2, y: 2 });
  await hostile.until(() => seen() >= 2 || undefined);
});

test("entries that make no sense are counted, and the stream goes on", async () => {
  send(hello(1));
  const entries = [
    bytes(0),
    bytes(99, 1, 2),
    bytes(1, 4, 0x63, 0x68),
    // Continues what never began.
    bytes(3, 1, 2, 3),
    // Begins more than any message may be.
    bytes(2, 0xff, 0xff, 0xff, 0x7f, 4, ...utf8.encode("chat"), 3, 1),
    // Not UTF-8, not JSON, an encoding that does not exist.
    bytes(1, 4, ...utf8.encode("chat"), 2, 0xff, 0xfe),
    bytes(1, 4, ...utf8.encode("chat"), 1, 0x7b),
    bytes(1, 4, ...utf8.encode("chat"), 9, 1),
    // A cursor entry that holds another frame.
    bytes(4, ...hello(1)),
  ];
  for (const [n, entry] of entries.entries())
    send(encodeFrame({ kind: "all", number: n + 1, entry }));
  send(chat(entries.length + 1, json('"still here"')));
  await taken();
  expect(told).toEqual(["still here"]);
  expect(refusals()).toBe(entries.length);
});

test("__proto__ in payloads does nothing", async () => {
  send(hello(1));
  const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}';
  send(chat(1, json(evil)));
  send(
    encodeFrame({ kind: "latest", number: 1, type: "drag", key: "__proto__", value: json(evil) }),
  );
  send(
    encodeFrame({
      kind: "all",
      number: 2,
      entry: bytes(1, 9, ...utf8.encode("__proto__"), 1, 0x31),
    }),
  );
  hostile.emitAnything("presence", { version: ++version, state: asParsed(evil) });
  await room.waitFor((s) => s.peers.some((peer) => Reflect.get(peer.presence, "a") === 1));
  const [peer] = room.getSnapshot().peers;
  for (const value of [...told, peer?.presence]) {
    expect(Object.keys(value as object).sort()).toEqual(["a", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Reflect.get(value as object, "polluted")).toBeUndefined();
  }
  expect(told).toHaveLength(2);
  expect({}).not.toHaveProperty("polluted");
});

test("hellos of every kind end in a stream that works", async () => {
  for (let incarnation = 1; incarnation <= 6; incarnation++) {
    send(hello(incarnation, { accepted: 6 - incarnation, nextAll: incarnation * 3 }));
    send(hello(1));
    send(hello(incarnation, { nextAll: 1_000_000, nextTo: 1_000_000 }));
  }
  send(hello(1_000, { nextAll: 2_000_000, nextTo: 2_000_000 }));
  send(chat(2_000_000, json('"heard"')));
  send(chat(2_000_000, json('"twice"')));
  send(chat(1, json('"old"')));
  await taken();
  expect(told).toEqual(["heard"]);
});

test("signals of attempts and kinds that make no sense change nothing", async () => {
  const to = room.getSnapshot().self?.id ?? "";
  const signals: SignalData[] = [
    { type: "offer", sdp: "v=0\r\n" },
    { type: "answer", sdp: "" },
    { type: "renegotiate" },
    { type: "retry" },
    { type: "candidate", candidate: { candidate: "rubbish", sdpMid: "0", sdpMLineIndex: 0 } },
  ];
  for (const attempt of [0, 1, 1_000_000]) {
    for (const [index, data] of signals.entries())
      hostile.emit("signal", { to, attempt, index, data });
  }
  send(hello(1));
  send(chat(1, json('"still here"')));
  await taken();
  expect(told).toEqual(["still here"]);
});

test("whatever bytes come, nothing is thrown and the room works on", async () => {
  send(hello(1));
  const frames = fc.sample(
    fc.tuple(
      fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x81, 0xff),
      // Not 0x07: a goodbye would end it, as it should.
      fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x60, 0xff),
      fc.uint8Array({ maxLength: 64 }),
    ),
    { numRuns: 1_000, seed: 20_261_122 },
  );
  for (const [frameClass, code, body] of frames) {
    send(bytes(frameClass, code, ...body));
  }
  await taken();
  expect(refusals()).toBeGreaterThan(500);
  const peer = room.getSnapshot().peers[0];
  hostile.heard.length = 0;
  const sent = room.send("chat", "to somebody mad", { to: peer?.id ?? "" });
  await hostile.next("frame");
  hostile.emit("goodbye", { generation: 1 });
  expect(await sent).toEqual({ missed: [peer?.id] });
});
