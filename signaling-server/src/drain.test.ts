import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket as TcpSocket, connect as tcpConnect } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { joinRoom, type Room } from "../../lib/src/index.ts";
import { drain } from "./drain.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";
import { connectRequest, TestClient, urlOf, withServer } from "./test-client.ts";

describe("the moments", () => {
  function run(count: number, windowMs: number, move: boolean, seed = 1) {
    const clock = new FakeClock(0);
    const asked: { client: number; at: number; withinMs: number }[] = [];
    let left = count;
    let state = seed;
    const done = vi.fn();
    const clients = Array.from({ length: count }, (_, client) => ({
      askToMove: (withinMs: number) => asked.push({ client, at: clock.now(), withinMs }),
    }));
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const left_ = () => left;
    void drain({ clock, random, windowMs, move, clients, left: left_ }).then(done);
    return {
      clock,
      asked,
      done,
      leave: (number: number) => {
        left -= number;
      },
    };
  }

  test("every client is asked once, in the window, evenly", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 2 ** 30 }),
        (count, seed) => {
          const { clock, asked } = run(count, 20_000, true, seed);
          clock.advance(20_000);
          expect(new Set(asked.map(({ client }) => client)).size).toBe(count);
          expect(asked).toHaveLength(count);
          for (const { at, withinMs } of asked)
            expect(Math.abs(at + withinMs - 22_000)).toBeLessThanOrEqual(0.5);
          // In each tenth of the window a tenth of them, give or take the slices at its ends.
          for (let tenth = 0; tenth < 10; tenth++) {
            const share = asked.filter(({ at }) => Math.floor(at / 2_000) === tenth).length;
            expect(Math.abs(share - count / 10)).toBeLessThan(2);
          }
        },
      ),
      { numRuns: 20 },
    ));

  test("it is over when the last has gone, or when the time is", async () => {
    const quick = run(10, 20_000, true);
    quick.clock.advance(5_000);
    quick.leave(10);
    quick.clock.advance(100);
    await vi.waitFor(() => expect(quick.done).toHaveBeenCalled());
    const asked = quick.asked.length;
    expect(asked).toBeLessThan(10);
    quick.clock.advance(20_000);
    expect(quick.asked).toHaveLength(asked);

    const stubborn = run(10, 20_000, true);
    stubborn.clock.advance(21_900);
    await Promise.resolve();
    expect(stubborn.done).not.toHaveBeenCalled();
    stubborn.clock.advance(100);
    await vi.waitFor(() => expect(stubborn.done).toHaveBeenCalled());
  });

  test("alone, clients stay to the end", async () => {
    const alone = run(10, 3_000, false);
    alone.clock.advance(2_999);
    await Promise.resolve();
    expect(alone.done).not.toHaveBeenCalled();
    alone.clock.advance(1);
    await vi.waitFor(() => expect(alone.done).toHaveBeenCalled());
    expect(alone.asked).toEqual([]);

    const atOnce = run(10, 0, true);
    await vi.waitFor(() => expect(atOnce.done).toHaveBeenCalled());
  });
});

describe("a server that drains", () => {
  test("takes nobody new, says when to ask again, and keeps who is there", () =>
    withServer({}, async (server) => {
      const url = urlOf(server);
      const client = new TestClient(url);
      await client.welcome();
      expect(server.ready).toBe(true);
      const drained = server.drain({ windowSeconds: 1, move: true });
      expect(server.ready).toBe(false);
      expect(await client.next("drain")).toEqual({ withinMs: expect.any(Number) });

      const { port } = new URL(url);
      const socket = tcpConnect(Number(port), "127.0.0.1");
      socket.write(
        "GET /skein/?room=room&EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
      );
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(String(answer)).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 2\r\n/s);
      expect(server.stats().refused).toEqual({ "shutting-down": 1 });

      await client.settled();
      client.cut();
      await drained;
    }));

  test("asks those too who were on their way in", () =>
    withServer({}, async (server) => {
      const early = new TestClient(urlOf(server));
      await early.welcome();
      // Its WebSocket stands, and CONNECT is still to come.
      const late = new WebSocket(
        `${urlOf(server).replace("http", "ws")}/skein/?room=room&EIO=4&transport=websocket`,
      );
      await once(late, "message");
      const drained = server.drain({ windowSeconds: 1, move: true });
      const heard: string[] = [];
      late.on("message", (data: Buffer) => heard.push(String(data)));
      late.send(`40${JSON.stringify(connectRequest())}`);
      await vi.waitFor(() =>
        expect(heard.some((each) => each.startsWith('42["drain"'))).toBe(true),
      );
      expect(heard.some((each) => each.startsWith('42["welcome"'))).toBe(true);
      late.terminate();
      early.cut();
      await drained;
    }));

  test("a window that is none", () =>
    withServer({}, async (server) => {
      await expect(server.drain({ windowSeconds: 26 })).rejects.toThrow(
        "windowSeconds is 26; allowed: 0 to 25",
      );
      expect(server.ready).toBe(true);
    }));
});

describe("two servers behind a balancer", () => {
  /** Takes the first server that does not answer 503, as nginx does by proxy_next_upstream. */
  class Balancer {
    readonly #sockets = new Set<TcpSocket>();
    readonly #server = createServer((socket) => this.#take(socket));
    ports: number[] = [];

    async listen(): Promise<string> {
      this.#server.listen(0, "127.0.0.1");
      await once(this.#server, "listening");
      return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    close(): void {
      for (const socket of this.#sockets) socket.destroy();
      this.#server.close();
    }

    #take(socket: TcpSocket): void {
      this.#keep(socket);
      socket.once("data", (head: Buffer) => {
        socket.pause();
        this.#pass(socket, head, this.ports);
      });
    }

    #pass(socket: TcpSocket, head: Buffer, [port, ...others]: readonly number[]): void {
      if (port === undefined) return void socket.destroy();
      const upstream = tcpConnect(port, "127.0.0.1");
      this.#keep(upstream);
      upstream.on("error", () => this.#pass(socket, head, others));
      upstream.write(head);
      upstream.once("data", (answer: Buffer) => {
        if (String(answer).startsWith("HTTP/1.1 503")) {
          upstream.destroy();
          return this.#pass(socket, head, others);
        }
        socket.write(answer);
        socket.pipe(upstream);
        upstream.pipe(socket);
        upstream.on("close", () => socket.destroy());
        socket.on("close", () => upstream.destroy());
      });
    }

    #keep(socket: TcpSocket): void {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    }
  }

  let servers: SignalingServer[];
  let balancer: Balancer;
  let url: string;
  let rooms: Room[];

  beforeEach(async () => {
    rooms = [];
    servers = [1, 2].map(() => createSignalingServer({ port: 0, log: () => {} }));
    await Promise.all(servers.map((server) => server.listen()));
    balancer = new Balancer();
    balancer.ports = servers.map((server) => server.address?.port ?? 0);
    url = await balancer.listen();
  });

  afterEach(async () => {
    await Promise.all(rooms.map((room) => room.leave()));
    await Promise.all(servers.map((server) => server.close()));
    balancer.close();
  });

  test("everybody moves: no message is lost or doubled, nobody leaves, no status changes", async () => {
    const seen: string[] = [];
    const heard = new Map<string, number[]>();
    for (let i = 0; i < 4; i++) {
      const room = joinRoom("crowd", { server: url, paths: "server" });
      rooms.push(room);
      await room.ready;
      room.on("leave", ({ peer }) => seen.push(`${i} saw ${peer.id} leave`));
      room.on("join", ({ peer }) => seen.push(`${i} saw ${peer.id} join`));
      room.on("status", ({ status }) => seen.push(`${i} is ${status}`));
      room.onMessage("count", ({ data, peer }) => {
        const key = `${peer.id} to ${i}`;
        heard.set(key, [...(heard.get(key) ?? []), Number(data)]);
      });
    }
    await Promise.all(rooms.map((room) => room.waitFor(({ peers }) => peers.length === 3)));
    seen.length = 0;

    let count = 0;
    const sent: Promise<{ readonly missed: readonly string[] }>[] = [];
    const tick = () => {
      for (const room of rooms) sent.push(room.send("count", count));
      count++;
    };
    const ticking = setInterval(tick, 15);
    const [first, second] = servers as [SignalingServer, SignalingServer];
    const ids = rooms.map((room) => room.getSnapshot().self?.id);
    try {
      await first.drain({ windowSeconds: 1, move: true });
      await first.close();
      tick();
    } finally {
      clearInterval(ticking);
    }
    const results = await Promise.all(sent);

    expect(results.every(({ missed }) => missed.length === 0)).toBe(true);
    expect(second.rooms()).toEqual([{ name: "crowd", members: 4, away: 0 }]);
    expect(rooms.map((room) => room.getSnapshot().self?.id)).toEqual(ids);
    const all = Array.from({ length: count }, (_, number) => number);
    expect(heard.size).toBe(12);
    for (const [key, numbers] of heard) expect({ key, numbers }).toEqual({ key, numbers: all });
    expect(seen).toEqual([]);
  }, 60_000);

  test("who finds no other server stays, and is back when there is one", async () => {
    balancer.ports = balancer.ports.slice(0, 1);
    const room = joinRoom("alone", { server: url, paths: "server" });
    rooms.push(room);
    await room.ready;
    const { id } = room.getSnapshot().self ?? {};
    const [first, second] = servers as [SignalingServer, SignalingServer];
    const drained = first.drain({ windowSeconds: 1, move: true });
    await vi.waitFor(() => expect(first.stats().refused["shutting-down"]).toBeGreaterThan(0), {
      timeout: 5_000,
    });
    expect(room.getSnapshot().status).toBe("connected");
    await drained;
    balancer.ports = [second.address?.port ?? 0];
    await first.close();
    await vi.waitFor(() => expect(second.rooms()).toHaveLength(1), { timeout: 15_000 });
    await room.waitFor(({ status }) => status === "connected");
    expect(room.getSnapshot().self?.id).toBe(id);
  }, 60_000);
});
