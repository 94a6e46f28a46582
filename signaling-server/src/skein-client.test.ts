/** The library's own signaling client against this server: what only shows when both are real. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { atHand } from "../../lib/src/at-hand.ts";
import { systemClock } from "../../lib/src/clock.ts";
import { ServerPath } from "../../lib/src/path/server.ts";
import { SignalingClient, type SignalingHandlers } from "../../lib/src/signaling/client.ts";
import { later } from "../../lib/src/signaling/later.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";

let server: SignalingServer;
let clients: SignalingClient[];

beforeEach(async () => {
  clients = [];
  server = createSignalingServer({ port: 0, log: () => {} });
  await server.listen();
});

afterEach(async () => {
  for (const client of clients) client.stop(true);
  await server.close();
});

function join(name: string, overrides: Partial<SignalingHandlers> = {}) {
  const handlers = {
    state: vi.fn<SignalingHandlers["state"]>(),
    welcome: vi.fn<SignalingHandlers["welcome"]>(),
    joined: vi.fn<SignalingHandlers["joined"]>(),
    away: vi.fn<SignalingHandlers["away"]>(),
    back: vi.fn<SignalingHandlers["back"]>(),
    left: vi.fn<SignalingHandlers["left"]>(),
    page: vi.fn<SignalingHandlers["page"]>(),
    together: (tell: () => void) => tell(),
    presence: vi.fn<SignalingHandlers["presence"]>(),
    signal: vi.fn<SignalingHandlers["signal"]>(),
    seat: vi.fn<SignalingHandlers["seat"]>(),
    ice: vi.fn<SignalingHandlers["ice"]>(),
    policy: vi.fn<SignalingHandlers["policy"]>(),
    knock: vi.fn<SignalingHandlers["knock"]>(),
    vouched: vi.fn<SignalingHandlers["vouched"]>(),
    message: vi.fn<SignalingHandlers["message"]>(),
    frame: vi.fn<SignalingHandlers["frame"]>(),
    credited: vi.fn<SignalingHandlers["credited"]>(),
    refused: vi.fn<SignalingHandlers["refused"]>(),
  };
  const client = new SignalingClient(
    {
      server: server.url ?? "",
      room: "kitchen",
      key: Buffer.from(name.padEnd(16)).toString("base64url"),
      request: () => ({ presence: { version: 1, state: { name } }, webrtc: true }),
      random: () => 0,
      later: atHand(later),
    },
    { ...handlers, ...overrides },
  );
  clients.push(client);
  client.start();
  return { client, handlers };
}

async function joined(name: string) {
  const peer = join(name);
  await vi.waitFor(() => expect(peer.client.joined).toBe(true));
  const self = peer.handlers.welcome.mock.lastCall?.[0].self;
  if (!self) throw new Error("no welcome");
  return { ...peer, self };
}

it("shows two peers to each other, with presence, signals and frames", async () => {
  const ada = await joined("Ada");
  const bob = await joined("Bob");
  await vi.waitFor(() => expect(ada.handlers.joined).toHaveBeenCalledWith(bob.self));
  expect(bob.handlers.welcome.mock.lastCall?.[0].members).toEqual([
    expect.objectContaining({ id: ada.self.id, presence: { version: 1, state: { name: "Ada" } } }),
  ]);

  ada.client.sendPresence({ version: 2, state: { name: "Ada L." } });
  ada.client.sendSignal(bob.self.id, { attempt: 1, index: 0, data: { type: "retry" } });
  new ServerPath(ada.client, systemClock, () => {}).toAllBut([], Uint8Array.of(4, 0, 9), "latest");
  await vi.waitFor(() => expect(bob.handlers.frame).toHaveBeenCalled());
  expect(bob.handlers.frame).toHaveBeenCalledWith(ada.self.handle, Uint8Array.of(4, 0, 9));
  expect(bob.handlers.presence).toHaveBeenCalledWith({
    id: ada.self.id,
    version: 2,
    state: { name: "Ada L." },
  });
  expect(bob.handlers.signal).toHaveBeenCalledWith({
    from: ada.self.id,
    attempt: 1,
    index: 0,
    data: { type: "retry" },
  });
  await vi.waitFor(() => expect(ada.client.buffered).toBe(0));
  await vi.waitFor(() => expect(ada.client.rtt).toBeGreaterThan(0));
  for (const { handlers } of [ada, bob]) expect(handlers.refused).not.toHaveBeenCalled();
});

it("carries more reliable bytes than fit, in order, by waiting for credit", async () => {
  const ada = await joined("Ada");
  const got: number[] = [];
  join("Bob", { frame: (_handle, frame) => got.push((frame[2] ?? 0) * 256 + (frame[3] ?? 0)) });
  await vi.waitFor(() => expect(ada.handlers.joined).toHaveBeenCalled());

  let next = 0;
  let refused = 0;
  const pump = () => {
    for (; next < 200; next++) {
      const frame = new Uint8Array(16 * 1024);
      frame.set([2, 1, next >> 8, next & 255]);
      if (path.toAllBut([], frame, "reliable")) continue;
      refused++;
      return;
    }
  };
  const path = new ServerPath(ada.client, systemClock, pump);
  ada.handlers.credited.mockImplementation(() => path.credited());
  pump();
  await vi.waitFor(() => expect(got).toHaveLength(200));
  expect(got).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(refused).toBeGreaterThan(0);
});

it("is gone at once when it says goodbye, at whatever moment of its joining", async () => {
  const { handlers } = await joined("Ada");
  for (let turns = 0; turns < 60; turns++) {
    const { client } = join(`Bob ${turns}`);
    for (let i = 0; i < turns; i++) await new Promise((done) => setImmediate(done));
    client.stop(true);
  }
  // Well under the 30 s after which the server would give a lost one up.
  await vi.waitFor(
    () => expect(server.rooms()).toEqual([{ name: "kitchen", members: 1, away: 0 }]),
    {
      timeout: 5_000,
    },
  );
  expect(handlers.left.mock.calls.length).toBe(handlers.joined.mock.calls.length);
  for (const [about] of handlers.left.mock.calls) expect(about.reason).toBe("goodbye");
});

it("is refused with the server's reason, and then tries no more", async () => {
  const client = new SignalingClient(
    {
      server: server.url ?? "",
      room: "",
      key: "A".repeat(22),
      request: () => ({ presence: { version: 1, state: {} }, webrtc: false }),
      later: atHand(later),
    },
    { ...join("Ada").handlers },
  );
  clients.push(client);
  client.start();
  await vi.waitFor(() => expect(client.state).toBe("stopped"));
  expect(client.generation).toBe(1);
});
