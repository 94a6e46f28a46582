import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { decodeAckVector, MAX_ACKS } from "../wire/ack-vector.ts";
import { decodeFrame, encodeFrame, type Frame } from "../wire/index.ts";
import { ACK_VECTOR_EVERY_MS, AckVector } from "./ack-vector.ts";
import { standInLink } from "./stand-in.ts";

function setup() {
  const clock = new FakeClock();
  const sent: number[][] = [];
  const way = { open: true };
  const vector = new AckVector(clock, (frame) => {
    if (way.open)
      sent.push((decodeAckVector(frame) ?? []).map(({ handle, all }) => 1000 * handle + all));
    return way.open;
  });
  const alls = new Map<number, number>();
  const hear = (handle: number, all: number) => {
    alls.set(handle, all);
    vector.add(peer(handle), () => ({
      ...{ handle, incarnation: 1, to: 1, presenceVersion: 0 },
      all: alls.get(handle) ?? 1,
    }));
  };
  const peers = new Map<number, object>();
  const peer = (handle: number) => {
    const known = peers.get(handle) ?? {};
    peers.set(handle, known);
    return known;
  };
  return { clock, sent, way, vector, hear };
}

test("what many say is acknowledged in one, each with what has come until then", () => {
  const { clock, sent, hear } = setup();
  hear(1, 2);
  hear(2, 5);
  hear(1, 4);
  expect(sent).toEqual([]);
  clock.advance(50);
  expect(sent).toEqual([[1004, 2005]]);
  clock.advance(10_000);
  expect(sent).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test("it goes twice a second while frames arrive", () => {
  const { clock, sent, hear } = setup();
  for (let ms = 0; ms < 5_000; ms += 10) {
    hear(1 + (ms % 30), 2 + ms);
    clock.advance(10);
  }
  expect(sent.length).toBeGreaterThanOrEqual(9);
  expect(sent.length).toBeLessThanOrEqual(1 + 5_000 / ACK_VECTOR_EVERY_MS);
});

test("where there is no room for it, it goes later", () => {
  const { clock, sent, way, hear } = setup();
  way.open = false;
  hear(1, 2);
  clock.advance(ACK_VECTOR_EVERY_MS);
  way.open = true;
  hear(2, 3);
  clock.advance(ACK_VECTOR_EVERY_MS);
  expect(sent.flat().sort()).toEqual([1002, 2003]);
  expect(clock.pending).toBe(0);
});

test("more than one vector holds go in several", () => {
  const { clock, sent, hear } = setup();
  for (let handle = 1; handle <= MAX_ACKS + 1; handle++) hear(handle, 2);
  clock.advance(50);
  expect(sent.map(({ length }) => length)).toEqual([MAX_ACKS, 1]);
});

test("who is gone is told nothing, and nobody is once it is stopped", () => {
  const { clock, sent, vector, hear } = setup();
  vector.add({}, () => null);
  clock.advance(50);
  expect(sent).toEqual([]);
  clock.advance(ACK_VECTOR_EVERY_MS);
  hear(1, 2);
  vector.stop();
  expect(clock.pending).toBe(0);
});

/** A link on the server path, acknowledged together with others while `gathers` says so. */
function linked() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const ways = { gathers: true, hidden: false };
  let collect: (() => object | null) | null = null;
  const link = standInLink({
    peerId: "p",
    clock,
    server: {
      reachable: () => true,
      send: (bytes) => sent.push(decodeFrame(bytes).kind) > 0,
      upload: () => false,
      acknowledge: (given) => {
        if (ways.gathers) collect = () => given.collect();
        return ways.gathers;
      },
      rtt: 40,
    },
    options: { hidden: () => ways.hidden },
  });
  const receive = (frame: Frame) => link.receiveFromServer(encodeFrame(frame));
  const numbers = { incarnation: 3, nextAll: 1, nextTo: 1 };
  const rest = { protocol: 1, features: 0, accepted: 0, presenceVersion: 1, attempt: 0 };
  receive({ kind: "hello", ...numbers, ...rest });
  sent.length = 0;
  return { clock, sent, ways, link, receive, collected: () => collect?.() };
}

test("a link leaves it to the vector, and says what has come when that goes", () => {
  const { clock, sent, receive, collected, link } = linked();
  for (const number of [1, 2]) receive({ kind: "all", number, entry: Uint8Array.of(1) });
  clock.advance(900);
  expect(sent).not.toContain("ack");
  expect(collected()).toEqual({ incarnation: 3, all: 3, to: 1, presenceVersion: 0 });
  link.close();
  expect(collected()).toBeNull();
});

test("a hidden tab, and one in a small room, acknowledges each by itself at once", () => {
  const { sent, ways, receive } = linked();
  ways.hidden = true;
  receive({ kind: "all", number: 1, entry: Uint8Array.of(1) });
  expect(sent).toEqual(["ack"]);
  Object.assign(ways, { hidden: false, gathers: false });
  const { sent: other, ways: small, receive: hear, clock } = linked();
  small.gathers = false;
  clock.advance(50);
  hear({ kind: "all", number: 1, entry: Uint8Array.of(1) });
  expect(other).toEqual(["ack"]);
});
