/**
 * What strangers try at a server with people in a room: refused with its code, counted, and the others
 * go on talking in order meanwhile. More of each, and what never meets the server:
 *
 * | attack | here | more |
 * | --- | --- | --- |
 * | wrong origin | x | refusal.test.ts, access/authentication.test.ts (cookies) |
 * | no token, expired, wrong room, `alg: none`, key confusion | x | access/room-tokens.test.ts |
 * | a viewer that sends messages | server path | access/grants.test.ts; WebRTC: lib/src/room/enforcement.test.ts |
 * | a million tiny frames | server path | WebRTC: lib/src/link/flood.test.ts |
 * | 100 MB frames | x | refusal.test.ts; WebRTC: lib/src/path/channels.test.ts |
 * | slow handshakes | x | |
 * | 10,000 joins from one address | x | limits/places.test.ts |
 * | a knock storm | x | knock.test.ts, room.test.ts |
 * | resume with a stolen id and another key, an older generation | x | access/authentication.test.ts, room.test.ts |
 * | signals to strangers | x | server.test.ts; in the library: lib/src/room/hostile.test.ts |
 * | room names with control characters | x | refusal.test.ts |
 * | anything at all | | hostile.test.ts |
 * | whoever never reads | | session.test.ts |
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { expect, onTestFinished, test } from "vitest";
import { FakeClock } from "../../../lib/src/fake-clock.ts";
import { MAX_FRAME_BYTES } from "../../../lib/src/signaling/events.ts";
import { encodeEntry, encodeFrame, VALUE_STRING } from "../../../lib/src/wire/index.ts";
import { TOLD_WHY } from "../limits/places.ts";
import { joined, newKey, TestClient, urlOf, withServer } from "../test-client.ts";
import { roomTokens } from "../token.ts";
import { whileOthersTalk } from "./bystanders.ts";
import {
  BINARY,
  CONTINUATION,
  FIRST_BINARY,
  PING,
  RawSocket,
  rawFrame,
  TEXT,
} from "./raw-socket.ts";

test("a page of another origin", () =>
  withServer({ origins: ["https://app.example.com"] }, (server) =>
    whileOthersTalk(server, async () => {
      for (let i = 0; i < 20; i++) {
        const page = new RawSocket(server);
        expect(await page.upgrade({ Origin: "https://evil.example.com" })).toBe(403);
        await page.closed();
        expect(page.heard).toContain('"origin-not-allowed"');
      }
      expect(server.stats().refused).toEqual({ "origin-not-allowed": 20 });
    }),
  ));

test("no token, and tokens that are expired, for another room, unsigned, or signed with a public key", async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  const keys = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  onTestFinished(() => void keys.close());
  await new Promise<void>((done) => keys.listen(0, "127.0.0.1", done));
  const jwksUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks.json`;
  const soon = Math.floor(Date.now() / 1000) + 60;
  const rsa = (claims: object) =>
    new SignJWT({ room: "room", exp: soon, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .sign(privateKey);
  const confused = new SignJWT({ room: "room", exp: soon })
    .setProtectedHeader({ alg: "HS256", kid: "k1" })
    .sign(new TextEncoder().encode(await exportSPKI(publicKey)));
  const attacks = [
    ["unauthorized", {}],
    ["token-expired", { token: await rsa({ exp: soon - 120 }) }],
    ["token-wrong-room", { token: await rsa({ room: "elsewhere" }) }],
    ["token-invalid", { token: new UnsecuredJWT({ room: "room", exp: soon }).encode() }],
    ["token-invalid", { token: await confused }],
  ] as const;
  await withServer({ authenticate: roomTokens({ jwksUrl }) }, async (server) =>
    whileOthersTalk(
      server,
      async () => {
        for (const [code, request] of attacks) {
          const client = new TestClient(urlOf(server), request);
          expect(await client.refusal()).toMatchObject({ code });
        }
        expect(server.stats().refused).toEqual({
          ...{ unauthorized: 1, "token-expired": 1, "token-wrong-room": 1, "token-invalid": 2 },
        });
      },
      { token: await rsa({}) },
    ),
  );
});

test("a viewer that sends messages", () => {
  const authenticate = ({ token }: { token: string | undefined }) =>
    token === "viewer" ? { grants: [] } : {};
  const value = { encoding: VALUE_STRING, bytes: new TextEncoder().encode("secret word") };
  const entry = encodeEntry({ kind: "message", type: "chat", value });
  return withServer({ authenticate }, (server) =>
    whileOthersTalk(server, async ({ clients }) => {
      const viewer = await joined(server, { token: "viewer" });
      for (let number = 1; number <= 150; number++) {
        viewer.client.sendFrame({ kind: "others" }, encodeFrame({ kind: "all", number, entry }));
      }
      expect(await viewer.client.next("refused")).toMatchObject({ code: "forbidden" });
      await viewer.client.gone();
      expect(server.stats().refused).toEqual({ forbidden: 1 });
      expect(server.stats().forbidden).toBeGreaterThan(100);
      for (const client of clients) {
        await client.settled();
        const heard = client.all("frame").map((bytes) => Buffer.from(bytes).toString("latin1"));
        expect(heard.filter((text) => text.includes("secret word"))).toEqual([]);
      }
    }),
  );
});

test.each([
  ["cursors", BINARY, Buffer.from([1, 4, 0])],
  ["messages", BINARY, Buffer.from([1, 2, 1, 1])],
  ["events", TEXT, Buffer.from('42["echo",1]')],
  ["answers to pings", TEXT, Buffer.from("3")],
  ["WebSocket's own pings", PING, Buffer.from([])],
] as const)(
  "a million tiny frames: %s",
  (what, opcode, payload) =>
    withServer({}, (server) =>
      whileOthersTalk(server, async () => {
        const attacker = new RawSocket(server);
        await attacker.join();
        const ten = Array.from({ length: 10_000 }, () => rawFrame(opcode, payload));
        await attacker.flood(Buffer.concat(ten), 100);
        await attacker.closed();
        expect(attacker.heard).toContain('"rate-limited"');
        const stats = server.stats();
        expect(stats.refused).toEqual({ "rate-limited": 1 });
        expect(stats.limited).toEqual({ "frame-rate": 1 });
        // Of the million some tens of thousands were looked at, and cursors went first.
        expect(stats.framesIn).toBeLessThan(100_000);
        if (what === "cursors") expect(stats.overRateCursor).toBeGreaterThan(10_000);
      }),
    ),
  60_000,
);

test("100 MB frames, in one piece and in many", () =>
  withServer({}, (server) =>
    whileOthersTalk(server, async () => {
      const block = Buffer.alloc(1_000_000);
      const whole = new RawSocket(server);
      await whole.join();
      whole.tcp.write(rawFrame(BINARY, new Uint8Array(0), 100_000_000));
      await whole.flood(block, 100);
      await whole.closed();
      const pieces = new RawSocket(server);
      await pieces.join();
      pieces.send(FIRST_BINARY, new Uint8Array(1));
      const ten = Array.from({ length: 10 }, () => rawFrame(CONTINUATION, Buffer.alloc(100_000)));
      await pieces.flood(Buffer.concat(ten), 100);
      await pieces.closed();
      const large = new RawSocket(server);
      await large.join();
      large.send(BINARY, new Uint8Array(MAX_FRAME_BYTES + 1).fill(1));
      await large.closed();
      expect(large.heard).toContain('"frame-too-large"');
      expect(server.stats().refused).toEqual({ "frame-too-large": 3 });
      expect(server.stats().limited).toEqual({ "frame-bytes": 3 });
      expect(server.stats().framesIn).toBeLessThan(10_000);
    }),
  ));

test(
  "slow handshakes: requests that never end, and sockets that never say who they are",
  () =>
    withServer({ limits: { handshakeSeconds: 1 } }, (server) =>
      whileOthersTalk(server, async () => {
        const halves = Array.from({ length: 100 }, () => new RawSocket(server));
        for (const { tcp } of halves)
          tcp.write("GET /skein/?EIO=4&transport=websocket HTTP/1.1\r\nA: b");
        const mute = Array.from({ length: 50 }, () => new RawSocket(server));
        const asked = mute.map((socket) => socket.upgrade());
        expect(new Set(await Promise.all(asked))).toEqual(new Set([101]));
        await Promise.all([...halves, ...mute].map((socket) => socket.closed()));
        for (const { heard } of halves) expect(heard).toContain("408 Request Timeout");
        for (const { heard } of mute) expect(heard).toContain('"handshake-timeout"');
        expect(server.stats().refused).toEqual({ "handshake-timeout": 50 });
        expect(server.stats().limited).toEqual({ "handshake-time": 150 });
        expect(server.stats().sockets).toBe(2);
      }),
    ),
  20_000,
);

test("thousands of joins from one address", () => {
  const most = 50;
  const tries = Number(process.env["ATTACK_JOINS"] ?? 2_000);
  const from = (address: string) => ({ "X-Forwarded-For": address });
  // Time stands still: nobody's place becomes free by waiting.
  const options = {
    ...{ clock: new FakeClock(), trustProxy: 1, limits: { addressSockets: most } },
    // These members answer no pings.
    timings: { pingIntervalMs: 60_000 },
  };
  return withServer(options, (server) =>
    whileOthersTalk(
      server,
      async () => {
        const statuses = new Map<number, number>();
        const open: RawSocket[] = [];
        const join = async () => {
          const socket = new RawSocket(server);
          const status = await socket.upgrade(from("203.0.113.7"));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 101) {
            open.push(socket);
            socket.connect();
            await Promise.race([socket.until('"code"'), socket.until('"welcome"')]);
          } else {
            expect(socket.heard).toContain('"too-many-sockets"');
            socket.tcp.destroy();
          }
        };
        for (let i = 0; i < tries; i += 100) await Promise.all(Array.from({ length: 100 }, join));
        expect(open.filter(({ heard }) => heard.includes('"welcome"'))).toHaveLength(most);
        const told = open.filter(({ heard }) => heard.includes('"too-many-sockets"'));
        expect(told).toHaveLength(TOLD_WHY);
        const turned = tries - most - TOLD_WHY;
        expect(Object.fromEntries(statuses)).toEqual({ 101: most + TOLD_WHY, 429: turned });
        expect(server.stats()).toMatchObject({
          sockets: most + 2,
          refused: { "too-many-sockets": tries - most },
          limited: { "address-sockets": tries - most },
        });
        // Somebody else still comes in.
        const { client } = await joined(server, {}, { headers: from("203.0.113.8") });
        client.socket.disconnect();
        for (const { tcp } of open) tcp.destroy();
      },
      {},
      { headers: from("198.51.100.1") },
    ),
  );
}, 60_000);

test("a knock storm", () =>
  // Time stands still: what members are asked for comes at once, or not at all.
  withServer({ clock: new FakeClock() }, (server) =>
    whileOthersTalk(server, async ({ clients }) => {
      for (let i = 0; i < 20; i++) {
        const knocking = Array.from({ length: 25 }, () => new RawSocket(server));
        await Promise.all(knocking.map((socket) => socket.upgrade()));
        for (const { tcp } of knocking) tcp.destroy();
      }
      for (const client of clients) {
        await client.settled();
        expect(client.all("knock").length).toBeLessThanOrEqual(4);
      }
      expect(server.stats().knocksLimited).toBeGreaterThanOrEqual(496);
    }),
  ));

test("a resume with a stolen id and another key, and one of an older generation", () => {
  const key = newKey();
  return withServer({}, (server) =>
    whileOthersTalk(server, async ({ ids, clients }) => {
      const [victim = ""] = ids;
      const stolen = clients[0]?.all("welcome")[0]?.self;
      // An id is a hash of its key, so that there is nothing to refuse: it is somebody else's.
      const request: object = { id: victim, join: stolen?.join ?? 0, generation: 9 };
      const thief = await joined(server, request);
      expect(thief.id).not.toBe(victim);
      expect(thief.welcome.resumed).toBe(false);
      expect(thief.welcome.members.map(({ id }) => id)).toContain(victim);

      await joined(server, { key, generation: 5 });
      for (const generation of [5, 4, 1]) {
        const late = new TestClient(urlOf(server), { key, generation });
        expect(await late.refusal()).toMatchObject({ code: "stale-generation" });
      }
      expect(server.stats().refused).toEqual({ "stale-generation": 3 });
    }),
  );
});

test("signals to strangers", () =>
  withServer({}, (server) =>
    whileOthersTalk(server, async ({ ids, clients }) => {
      const elsewhere = await joined(server, { room: "elsewhere" });
      const attacker = await joined(server);
      const signal = { attempt: 1, index: 1, data: { type: "offer", sdp: "v=0" } } as const;
      for (let i = 0; i < 200; i++) attacker.client.emit("signal", { to: elsewhere.id, ...signal });
      attacker.client.emitAnything("signal", { to: ids[0], ...signal, data: { type: "bomb" } });
      attacker.client.emitAnything("signal", { to: "*", ...signal });
      await attacker.client.settled();
      expect(await attacker.client.next("undelivered")).toMatchObject({ code: "unknown-peer" });
      // Told now and then: it is no way to make a server talk.
      expect(attacker.client.all("undelivered").length).toBeLessThan(50);
      expect(server.stats().strangerSignals).toBe(200);
      expect(server.stats().malformedEvents).toBe(2);
      for (const client of [elsewhere.client, ...clients]) {
        await client.settled();
        expect(client.all("signal")).toEqual([]);
      }
    }),
  ));

test("room names with control characters", () =>
  withServer({}, (server) =>
    whileOthersTalk(server, async () => {
      const names = [
        "room\u0000",
        "room\n",
        "\u001b[2Jroom",
        "room\u007f",
        "room\u0085",
        "\r\nroom",
      ];
      for (const room of names) {
        const client = new TestClient(urlOf(server), { room });
        expect(await client.refusal()).toMatchObject({ code: "bad-room-name" });
      }
      expect(server.stats().refused).toEqual({ "bad-room-name": names.length });
      expect(server.rooms().map(({ name }) => name)).toEqual(["room"]);
    }),
  ));
