import { once } from "node:events";
import { request } from "node:http";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { MAX_FRAME_BYTES } from "../../lib/src/signaling/events.ts";
import { RawSocket, rawFrame, TEXT } from "./attacks/raw-socket.ts";
import { connectRequest, joined, TestClient, urlOf, withServer } from "./test-client.ts";

test.each([
  ["unsupported-protocol", { protocol: 2 }],
  ["bad-handshake", { protocol: -1 }],
  ["bad-room-name", { room: "" }],
  ["bad-room-name", { room: "x".repeat(257) }],
  ["bad-room-name", { room: "é".repeat(129) }],
  ["bad-room-name", { room: "a\u0000b" }],
  ["bad-room-name", { room: "a\u0085b" }],
  ["bad-handshake", { key: "AAAA" }],
  ["bad-handshake", { generation: 0 }],
  ["bad-handshake", { generation: 1.5 }],
  ["bad-handshake", { features: -1 }],
  ["bad-handshake", { join: -1 }],
  ["presence-too-large", { presence: { version: 1, state: { big: "x".repeat(16 * 1024) } } }],
  ["bad-handshake", { presence: { version: -1, state: {} } }],
] as const)("%s: CONNECT with %j is refused with a reason", (code, over) =>
  withServer({}, async (server) => {
    const client = new TestClient(urlOf(server), over);
    const refusal = await client.refusal();
    expect(refusal.code).toBe(code);
    expect(refusal.message.length).toBeGreaterThan(10);
    expect(server.rooms()).toEqual([]);
    expect(server.stats().refused).toEqual({ [code]: 1 });
  }),
);

test("a name with an unpaired surrogate, which a URL cannot even carry", () =>
  withServer({}, async (server) => {
    const client = new TestClient(urlOf(server), { room: "a\ud800" }, { room: "a" });
    expect(await client.refusal()).toMatchObject({ code: "bad-room-name" });
  }));

test("room names at the limits are good", () =>
  withServer({}, async (server) => {
    for (const room of ["x".repeat(256), "🧶".repeat(64), "a b/c?d=e&f#g%", "__proto__"]) {
      expect((await joined(server, { room })).welcome.members).toEqual([]);
    }
  }));

test("the WebSocket request and CONNECT must name the same room", () =>
  withServer({}, async (server) => {
    for (const room of ["other", null]) {
      const client = new TestClient(urlOf(server), { room: "room" }, { room });
      expect(await client.refusal()).toMatchObject({ code: "room-mismatch" });
    }
  }));

test("a refused connection is closed: another try needs another one", () =>
  withServer({}, async (server) => {
    const socket = new WebSocket(
      `${urlOf(server).replace("http", "ws")}/skein/?EIO=4&transport=websocket`,
    );
    await once(socket, "open");
    socket.send("40{}");
    await once(socket, "close");
    expect(server.stats().refused).toEqual({ "bad-handshake": 1 });
  }));

test("two CONNECTs in one TCP segment cost their connection alone", () =>
  // No ping ends the connection before long, only the refusal does.
  withServer({ timings: { pingIntervalMs: 600_000 } }, async (server) => {
    const { client } = await joined(server);
    const socket = new RawSocket(server);
    await socket.upgrade();
    const request = connectRequest();
    const connects = [1, 2].map((generation) =>
      rawFrame(TEXT, Buffer.from(`40${JSON.stringify({ ...request, generation })}`)),
    );
    // Nothing that a test awaits throws it: it would be the end of the server's process.
    let crash: (error: Error) => void = () => {};
    const crashed = new Promise<never>((_resolve, reject) => {
      crash = reject;
    });
    process.once("uncaughtException", crash);
    socket.tcp.write(Buffer.concat(connects));
    await Promise.race([socket.closed(), crashed]).finally(() =>
      process.off("uncaughtException", crash),
    );
    await client.settled();
    expect(server.stats()).toMatchObject({ refused: { "bad-handshake": 1 }, errors: 0 });
    expect(client.all("joined").length).toBeLessThanOrEqual(1);
  }));

test("a page of another origin gets an HTTP 403, and the log names it", async () => {
  const lines: string[] = [];
  const options = { origins: ["https://app.example.com"], log: (line: string) => lines.push(line) };
  await withServer(options, async (server) => {
    const response = await upgrade(urlOf(server), "https://evil.example.com");
    expect(response.status).toBe(403);
    expect(JSON.parse(response.body)).toMatchObject({ code: "origin-not-allowed" });
    expect(lines.at(-1)).toContain("https://evil.example.com");
    expect((await upgrade(urlOf(server), "https://app.example.com")).status).toBe(101);
    expect((await upgrade(urlOf(server), undefined)).status).toBe(101);
    expect(server.stats().refused).toEqual({ "origin-not-allowed": 1 });
  });
});

test("same-origin: the pages served under the host name that was asked", () =>
  withServer({ origins: ["same-origin"] }, async (server) => {
    const url = urlOf(server);
    expect((await upgrade(url, url)).status).toBe(101);
    expect((await upgrade(url, "http://127.0.0.1:1")).status).toBe(403);
    expect((await upgrade(url, "null")).status).toBe(403);
  }));

test("a page of another origin makes nobody in the room do anything", () =>
  withServer({ origins: ["https://app.example.com"] }, async (server) => {
    const { client } = await joined(server);
    await upgrade(urlOf(server), "https://evil.example.com");
    await client.settled();
    expect(client.all("knock")).toEqual([]);
  }));

test("a frame too large is refused with its code; its sender may come back", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.sendFrame({ kind: "others" }, new Uint8Array(MAX_FRAME_BYTES - 1).fill(2));
    await b.client.next("frame");
    a.client.sendFrame({ kind: "others" }, new Uint8Array(MAX_FRAME_BYTES).fill(2));
    expect(await a.client.next("refused")).toMatchObject({ code: "frame-too-large" });
    await a.client.gone();
    expect(await b.client.next("away")).toEqual({ id: a.id });
    const again = await joined(server, { ...a.client.request, generation: 2 });
    expect(again.id).toBe(a.id);
  }));

test("a message too large even to be read ends its socket alone", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    a.client.sendFrame({ kind: "others" }, new Uint8Array(1_000_000).fill(2));
    await a.client.gone();
    expect(await b.client.next("away")).toEqual({ id: a.id });
    expect(server.stats().refused).toEqual({ "frame-too-large": 1 });
  }));

test("malformed messages are dropped and counted; a flood of them ends the socket", () =>
  withServer({}, async (server) => {
    const [a, b] = [await joined(server), await joined(server)];
    for (let i = 0; i < 50; i++) a.client.emitAnything("presence", { version: "x" });
    a.client.emit("presence", { version: 2, state: {} });
    await b.client.next("presence");
    expect(server.stats().malformedEvents).toBe(50);
    for (let i = 0; i < 60; i++) a.client.emitAnything("nonsense", {});
    expect(await a.client.next("refused")).toMatchObject({ code: "bad-message" });
    await a.client.gone();
    expect(await b.client.next("away")).toEqual({ id: a.id });
    expect(b.client.story).toEqual(["welcome", "presence", "away"]);
  }));

test("a client that counts bytes it was never sent is not believed", () =>
  withServer({}, async (server) => {
    const a = await joined(server);
    a.client.emit("credit", 1);
    await a.client.settled();
    expect(server.stats().malformedEvents).toBe(1);
  }));

function upgrade(
  url: string,
  origin: string | undefined,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/skein/?EIO=4&transport=websocket&room=room`, {
      headers: {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        ...(origin === undefined ? {} : { origin }),
      },
    });
    asked.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, body: "" });
    });
    asked.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}
