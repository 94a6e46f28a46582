/** What a server hears when its client gives up on it: whether a page is gone must stay clear. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { atHand } from "../at-hand.ts";
import { FakeClock } from "../fake-clock.ts";
import { SignalingClient, type SignalingHandlers } from "./client.ts";
import { later } from "./later.ts";
import { CONNECT_TIMEOUT_MS } from "./reconnection.ts";

let server: WebSocketServer;
let heard: string[];
let clock: FakeClock;
let client: SignalingClient;

beforeEach(async () => {
  heard = [];
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket: WebSocket) => {
    socket.on("message", (data: Buffer) => heard.push(String(data)));
    // Engine.IO opens; CONNECT is taken and not answered.
    socket.send(
      '0{"sid":"a","upgrades":[],"pingInterval":5000,"pingTimeout":5000,"maxPayload":1e6}',
    );
  });
  clock = new FakeClock();
  const ignore = () => {};
  const handlers = new Proxy({}, { get: () => ignore }) as SignalingHandlers;
  client = new SignalingClient(
    {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      room: "room",
      key: "k".repeat(22),
      request: () => ({ presence: { version: 1, state: {} }, webrtc: false }),
      clock,
      later: atHand(later),
    },
    handlers,
  );
});

afterEach(() => {
  client.stop(false);
  for (const socket of server.clients) socket.terminate();
  server.close();
});

async function connecting(): Promise<WebSocket> {
  client.start();
  const [socket] = (await once(server, "connection")) as [WebSocket];
  await once(socket, "message");
  expect(heard[0]).toMatch(/^40\{/);
  return socket;
}

it("disconnects in so many words when the answer to CONNECT does not come in time", async () => {
  const socket = await connecting();
  clock.advance(CONNECT_TIMEOUT_MS);
  await once(socket, "close");
  expect(heard.slice(1)).toEqual(["41"]);
});

it("says goodbye, and nothing else, when it leaves before the answer", async () => {
  const socket = await connecting();
  client.stop(true);
  await once(socket, "close");
  expect(heard.slice(1)).toEqual(['42["goodbye",{"generation":1}]']);
});
