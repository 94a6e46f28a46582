/** Links over lines that carry little: everything arrives, only later. */
import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { MemoryNetwork, type MemoryPath, seededRandom } from "../path/memory.ts";
import { ServerPath } from "../path/server.ts";
import { encodeRouted } from "../wire/envelope.ts";
import { decodeFrame, encodeFrame } from "../wire/index.ts";
import { Fanout } from "./fanout.ts";
import type { Link } from "./link.ts";
import { standInLink } from "./stand-in.ts";
import { Upgrade } from "./upgrade.ts";

/** 400 kbit/s. */
const BYTES_PER_SECOND = 50_000;
const ENTRY_BYTES = 16_384;

/** A socket's way up: in order, so many bytes a second, confirmed by the server as they come. */
class Uplink {
  readonly #clock: FakeClock;
  readonly #arrived: (message: Uint8Array) => void;
  #busyUntil = 0;
  readonly joined = true;
  readonly path: ServerPath;
  buffered = 0;

  constructor(clock: FakeClock, onWritable: () => void, arrived: (message: Uint8Array) => void) {
    this.#clock = clock;
    this.#arrived = arrived;
    this.path = new ServerPath(this, clock, onWritable);
  }

  send(message: Uint8Array): boolean {
    this.buffered += message.length;
    const now = this.#clock.now();
    this.#busyUntil = Math.max(now, this.#busyUntil) + (message.length / BYTES_PER_SECOND) * 1_000;
    this.#clock.after(this.#busyUntil - now, () => {
      this.buffered -= message.length;
      this.path.credited();
      this.#clock.after(25, () => this.#arrived(message));
    });
    return true;
  }
}

/** Two members with a link to each other, over a WebRTC path and the server, which are both slow. */
function open({ server = true }: { readonly server?: boolean }) {
  const clock = new FakeClock();
  const network = new MemoryNetwork({ clock, seed: 1, delayMs: 25 });
  const got = [0, 0];
  const resets = [0, 0];
  const missed = [0, 0];
  let wire = 0;
  const links: Link[] = [];
  const isServerThere = { now: true };
  const uplinks = [0, 1].map((me) => {
    const fanout = new Fanout(() => false);
    return new Uplink(
      clock,
      () => fanout.pump(links.slice(me, me + 1)),
      (message) => links[1 - me]?.receiveFromServer(message.subarray(ROUTE_BYTES)),
    );
  });
  for (const me of [0, 1]) {
    let attempts = 0;
    let incarnations = 0;
    const reachable = () => isServerThere.now;
    const link = standInLink({
      peerId: `${1 - me}`,
      clock,
      server: {
        reachable,
        rtt: 50,
        send: (frame, lane) => reachable() && (uplinks[me] as Uplink).path.toOne(1, frame, lane),
        upload: () => false,
      },
      upgrade: (options) => new Upgrade(options),
      options: {
        nextIncarnation: () => ++incarnations,
        upgrade: {
          create: (options) => new Upgrade(options),
          random: seededRandom(me),
          initiator: () => me === 0,
          nextAttempt: () => ++attempts,
          reachable,
          sendSignal: (signal) => clock.after(50, () => links[1 - me]?.signal(signal)),
          open: (options) => {
            const inner: { path?: MemoryPath } = {};
            const join = () => {
              inner.path = network.path(me === 0 ? "a" : "b", {
                ...options.events,
                onOpen: () => {
                  options.events.onKind("direct");
                  options.events.onOpen();
                },
              });
            };
            if (options.initiator) {
              clock.after(0, () => options.sendSignal({ type: "offer", sdp: "" }));
              join();
            }
            return {
              kind: "direct",
              relayOnly: false,
              relayFailure: null,
              get buffered() {
                return inner.path?.buffered ?? 0;
              },
              get queued() {
                return inner.path?.queued ?? 0;
              },
              send: (frame, lane) => {
                const taken = inner.path?.send(frame, lane) ?? false;
                if (taken) wire += frame.length;
                return taken;
              },
              signal: () => inner.path ?? join(),
              restartIce: () => false,
              close: () => inner.path?.close(),
            };
          },
        },
      },
      events: {
        onEntry: () => {
          got[me] = (got[me] ?? 0) + 1;
          return true;
        },
        onReset: () => {
          resets[me] = (resets[me] ?? 0) + 1;
        },
      },
    });
    links.push(link);
  }
  for (const link of links) link.allow(null);
  clock.advance(2_000);
  expect(links.map((link) => link.path)).toEqual(["direct", "direct"]);
  network.conditions = { ...network.conditions, bytesPerSecond: BYTES_PER_SECOND };
  isServerThere.now = server;
  for (const link of links) link.serverChanged();
  clock.advance(100);
  wire = 0;
  return {
    clock,
    network,
    links,
    got,
    resets,
    missed,
    sent: () => wire,
    send: (me: number, count: number) => {
      const link = links[me] as Link;
      for (let n = 0; n < count; n++) {
        link.queueTo(new Uint8Array(ENTRY_BYTES), (lost) => {
          if (lost) missed[me] = (missed[me] ?? 0) + 1;
        });
      }
      link.pump();
    },
  };
}

const ROUTE_BYTES = encodeRouted({ kind: "only", handles: [1] }, Uint8Array.of(1, 1)).length - 2;

for (const server of [false, true]) {
  test(`both sides send much at once, ${server ? "with" : "without"} the server: nothing is lost, and nothing sent twice`, () => {
    const { clock, send, got, missed, resets, sent, links } = open({ server });
    for (const me of [0, 1]) send(me, 40);
    clock.advance(20_000);
    expect({ got, missed, resets }).toEqual({ got: [40, 40], missed: [0, 0], resets: [0, 0] });
    expect(links.map(({ stats }) => stats.unacknowledged)).toEqual([0, 0]);
    expect(sent()).toBeLessThan(1.1 * 80 * ENTRY_BYTES);
  });
}

test("a line that is slow for minutes, but steady, gets everything", () => {
  const { clock, send, got, missed, links } = open({ server: false });
  for (const me of [0, 1]) send(me, 200);
  clock.advance(90_000);
  expect({ got, missed }).toEqual({ got: [200, 200], missed: [0, 0] });
  // What is said now is heard within seconds, however much went before.
  for (const me of [0, 1]) send(me, 20);
  clock.advance(9_000);
  expect(got).toEqual([220, 220]);
  expect(links.map(({ path }) => path)).toEqual(["direct", "direct"]);
});

test("a path that carries nothing reliable any more is helped out by the server, which may be full at first", () => {
  const clock = new FakeClock();
  const overServer: string[] = [];
  const server = { full: true };
  const health = { state: "suspect", usable: true, streamed() {}, roundTrip: { smoothed: 40 } };
  const path = { send: () => true, buffered: 0, queued: 0, close() {} };
  const link = standInLink({
    peerId: "p",
    clock,
    server: {
      reachable: () => true,
      send: (bytes) => {
        const { kind } = decodeFrame(bytes);
        if (server.full && kind === "to") return false;
        overServer.push(kind);
        return true;
      },
      upload: () => false,
      rtt: 40,
    },
    upgrade: ({ onChange }) =>
      ({
        attempt: 1,
        attempts: 1,
        reason: null,
        current: { kind: "direct", path, health },
        closedAt: 0,
        allow: onChange,
        retryNow() {},
        heardOf() {},
        signal: () => null,
        close() {},
      }) as never,
  });
  link.allow(null);
  link.receiveFromServer(
    encodeFrame({ kind: "ack", incarnation: 1, all: 1, to: 1, presenceVersion: 0 }),
  );
  link.queueTo(new Uint8Array(10), () => {});
  link.pump();
  expect(overServer).not.toContain("to");
  server.full = false;
  new Fanout(() => false).pump([link]);
  expect(overServer).toContain("to");
});

test("who streams over the server path takes turns with everybody else", () => {
  const clock = new FakeClock();
  const links: Link[] = [];
  const fanout = new Fanout(() => false);
  const next = [0, 0, 0];
  let to = 0;
  const receivers: number[] = [];
  const uplink = new Uplink(
    clock,
    () => fanout.pump(links),
    (message) => {
      const me = receivers.shift() ?? 0;
      const frame = decodeFrame(message.subarray(ROUTE_BYTES));
      if (frame.kind === "to") next[me] = frame.number + 1;
      links[me]?.receiveFromServer(
        encodeFrame({
          kind: "ack",
          incarnation: 1,
          all: 1,
          to: next[me] || 1,
          presenceVersion: 0,
        }),
      );
    },
  );
  for (const me of [0, 1, 2]) {
    links.push(
      standInLink({
        peerId: `${me}`,
        clock,
        server: {
          reachable: () => true,
          rtt: 50,
          send: (frame, lane) => {
            const taken = uplink.path.toOne(1, frame, lane);
            if (taken) receivers.push(me);
            return taken;
          },
          upload: () => false,
        },
      }),
    );
  }
  clock.advance(1_000);
  const [streaming, ...others] = links as [Link, Link, Link];
  const feed = () => {
    while (streaming.behindBytes < 1024 * 1024)
      streaming.queueTo(new Uint8Array(ENTRY_BYTES), () => {});
    streaming.pump();
    clock.after(50, feed);
  };
  feed();
  clock.advance(10_000);
  const settled: string[] = [];
  for (const link of others) {
    const at = clock.now();
    link.queueTo(new Uint8Array(4), (missed) => {
      to = clock.now() - at;
      settled.push(missed ? "missed" : "arrived");
    });
    link.pump();
  }
  clock.advance(2_000);
  expect(settled).toEqual(["arrived", "arrived"]);
  expect(to).toBeLessThan(2_000);
  // It goes on all the while.
  const before = next[0] ?? 0;
  clock.advance(10_000);
  expect((next[0] ?? 0) - before).toBeGreaterThan(25);
});
