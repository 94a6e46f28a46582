/** Whatever strangers send: the server goes on, counts it, and the others in the room notice nothing. */
import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Refusal } from "../../lib/src/signaling/events.ts";
import { parseGoodbye, parseInterest, parsePresence, parseSignal } from "./events-in.ts";
import { isRefusal, parseHandshake } from "./handshake.ts";
import type { SignalingServer } from "./server.ts";
import { connectRequest, joined, urlOf, withServer } from "./test-client.ts";

/** Something close to what is expected, with any of it replaced. */
function mutated(valid: object): fc.Arbitrary<unknown> {
  const entries = Object.entries(valid);
  const names = fc.constantFrom(...entries.map(([name]) => name), "__proto__", "constructor");
  return fc.oneof(
    fc.json().map((text) => JSON.parse(text)),
    fc
      .array(fc.tuple(names, fc.jsonValue()), { minLength: 1, maxLength: 3 })
      .map((changes) => Object.fromEntries([...entries, ...changes])),
  );
}

test("a handshake is either refused with a reason or exactly what its type says", () =>
  fc.assert(
    fc.property(mutated(connectRequest()), (auth) => {
      const result: object = parseHandshake(auth, "room");
      if (isRefusal(result as Refusal)) {
        expect((result as Refusal).message).toMatch(/^\S.*[.)?]$/s);
        return;
      }
      expect(result).toMatchObject({ protocol: 1, room: "room" });
      expect(Object.keys(result).sort()).toEqual(
        [
          ...["features", "generation", "join", "key", "presence", "protocol", "room", "webrtc"],
          ...("token" in result ? ["token"] : []),
        ].sort(),
      );
    }),
    { numRuns: 2_000 },
  ));

test("events are either malformed or rebuilt from what is known of them", () => {
  const to = "A".repeat(22);
  const candidate = { candidate: "c", sdpMid: null, sdpMLineIndex: null };
  const signal = { to, attempt: 1, index: 1, data: { type: "candidate", candidate } };
  fc.assert(
    fc.property(mutated(signal), mutated(candidate), (anything, part) => {
      for (const value of [anything, { ...signal, data: { type: "candidate", candidate: part } }]) {
        const parsed = parseSignal(value);
        if (parsed) expect(Object.keys(parsed)).toEqual(["to", "attempt", "index", "data"]);
      }
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(mutated({ version: 1, state: {} }), (value) => {
      const parsed = parsePresence(value);
      if (parsed) expect(Object.keys(parsed)).toEqual(["version", "state"]);
      const goodbye = parseGoodbye(value);
      if (goodbye) expect(Number.isSafeInteger(goodbye.generation)).toBe(true);
    }),
  );
});

test("an interest is malformed, or names no more than a member keeps", () => {
  const peer = "A".repeat(22);
  const many = (count: number, one: string) => Array.from({ length: count }, () => one);
  expect(parseInterest(null)).toBeNull();
  expect(parseInterest({ more: 1 })).toEqual({});
  const most = { surfaces: many(32, "é".repeat(32)), peers: many(256, peer) };
  expect(parseInterest(most)).toEqual(most);
  for (const hostile of [
    { peers: many(10_000, peer) },
    { peers: ["somebody"] },
    { surfaces: many(33, "a") },
    { surfaces: ["é".repeat(33)] },
    { surfaces: "a" },
    { surfaces: [7] },
    [],
    7,
  ]) {
    expect(parseInterest(hostile)).toBeUndefined();
  }
});

test("who sends an interest without bounds is refused, and the others notice nothing", () =>
  withServer({}, async (server) => {
    const [ada, eve, mal] = [await joined(server), await joined(server), await joined(server)];
    const peers = (count: number) => Array.from({ length: count }, () => ada.id);
    eve.client.emit("interest", { peers: peers(1_000) });
    const refusal = await eve.client.next("refused");
    expect(refusal.code).toBe("bad-message");
    expect(refusal.message).toContain("256 peer ids");
    expect(server.stats()).toMatchObject({ malformedEvents: 1 });
    // Over what any text message may have, nobody reads it.
    mal.client.emit("interest", { peers: peers(10_000) });
    await mal.client.gone();
    await ada.client.next("away", ({ id }) => id === mal.id);
    expect(ada.client.closed).toBe(false);
  }));

/** An object nested deeper than a JSON writer's stack. */
function deep(): unknown {
  return JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`);
}

test("presence nested without end is malformed, not a crash", () => {
  expect(parsePresence({ version: 1, state: deep() })).toBeUndefined();
});

async function attacker(server: SignalingServer, connect: boolean): Promise<WebSocket> {
  const socket = new WebSocket(
    `${urlOf(server).replace("http", "ws")}/skein/?EIO=4&transport=websocket&room=room`,
  );
  socket.on("error", () => {});
  await once(socket, "open");
  if (connect) {
    socket.send(`40${JSON.stringify(connectRequest())}`);
    await new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        if (String(data).startsWith('42["welcome"')) resolve();
      });
    });
  }
  return socket;
}

const eventName = fc.constantFrom(
  ...["presence", "signal", "goodbye", "unseat", "credit", "echo", "frame", "welcome", "nonsense"],
  ...["disconnect", "disconnecting", "connect", "connection", "connect_error", "error"],
  ...["newListener", "removeListener", "__proto__", "constructor", "toString", "hasOwnProperty"],
);
const eventText = fc
  .tuple(eventName, fc.array(fc.jsonValue(), { maxLength: 2 }))
  .map(([name, values]) => `42${JSON.stringify([name, ...values])}`);
const rawText = fc.oneof(
  fc.string(),
  fc.string().map((text) => `4${text}`),
  fc.string().map((text) => `42${text}`),
  fc.json().map((text) => `42${text}`),
  fc.constantFrom(
    ...["", "0", "1", "2", "2probe", "3", "4", "5", "6", "40", "40{}", "40null", "40[]", "41"],
    ...["42", "42[]", "42[null]", '43["x"]', "44{}", "45", "4\u0000", "b", "bAAAA", "bBAAA"],
    ...['42["frame",{"_placeholder":true,"num":0}]', '451-["frame"]', '40/admin,{"a":1}'],
    `42${"[".repeat(100_000)}`,
    `42["presence",{"version":2,"state":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}]`,
    `42["presence",{"version":2,"state":{"__proto__":{"polluted":true}}}]`,
  ),
);
const binary = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  // Routes to everybody with any frame behind them, and lists that promise more than there is.
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Uint8Array.of(1, ...bytes)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Uint8Array.of(0xff, 0xff, 0x7f, ...bytes)),
);
const message = fc.oneof(eventText, rawText, binary);

test.each([
  ["before CONNECT", false],
  ["as a member", true],
])("anything at all %s", (_when, connect) =>
  withServer({ timings: { lostAfterMs: 5 } }, async (server) => {
    const a = await joined(server);
    const b = await joined(server);
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 10 }), async (messages) => {
        const socket = await attacker(server, connect);
        for (const each of messages) socket.send(each);
        // Nothing is known of when a hostile socket is done, so its messages are followed by an end.
        socket.close();
        await once(socket, "close");
        await a.client.settled();
        await b.client.settled();
      }),
      { numRuns: 150 },
    );
    const mark = Uint8Array.of(0x02, 0x01, 42);
    a.client.sendFrame({ kind: "only", handles: [b.handle] }, mark);
    await b.client.next("frame", (got) => got[0] === a.handle && got[3] === 42);
    expect(a.client.closed || b.client.closed).toBe(false);
    const { errors, unparsable, malformedEvents, malformedFrames, unknownEvents } = server.stats();
    expect(errors).toBe(0);
    if (connect) {
      expect(unparsable).toBeGreaterThan(0);
      expect(malformedEvents).toBeGreaterThan(0);
      expect(malformedFrames).toBeGreaterThan(0);
      expect(unknownEvents).toBeGreaterThan(0);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    for (const { story } of [a.client, b.client]) expect(story).not.toContain("disconnect");
  }),
);

test("a client cannot make the server believe that its socket is gone", () =>
  withServer({}, async (server) => {
    const a = await joined(server);
    const socket = await attacker(server, true);
    socket.send('42["disconnect","transport close"]');
    await once(socket, "close");
    await a.client.next("away");
    expect(server.stats()).toMatchObject({ sockets: 1, unparsable: 1 });
  }));
