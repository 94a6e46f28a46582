/** Acknowledgements between nodes: what they cost there, whoever sends them, and that they arrive. */
import { expect, test } from "vitest";
import { FEATURE_BUNDLES } from "../../../lib/src/signaling/events.ts";
import { decodeDown } from "../../../lib/src/wire/envelope.ts";
import { decodeFrame } from "../../../lib/src/wire/frame.ts";
import type { Member } from "../member.ts";
import { decodePacket } from "./packets.ts";
import { type Seat, World } from "./test-node.ts";

/** Members on each of three nodes. */
const MEMBERS = 8;
/** What one node may send to another in a second: something each 50 ms. */
const MOST_A_SECOND = 20;

async function crowd() {
  const world = new World({ meshLimit: 4 });
  const nodes = ["a", "b", "c"].map((name) => world.node(name));
  await world.advance(100);
  const seats = await world.settle(
    Promise.all(
      nodes.flatMap((node) =>
        Array.from({ length: MEMBERS }, (_, i) =>
          node.enter(`${node.self}${i}`, { features: FEATURE_BUNDLES }),
        ),
      ),
    ),
  );
  await world.advance(200);
  world.redis.sent.length = 0;
  for (const seat of seats) seat.frames.length = 0;
  /** `receiver` has everything of these up to `all`. */
  const acknowledge = (receiver: Seat, senders: readonly Seat[], all: number) => {
    const handleOf = (seat: Seat) => receiver.picture.get(memberOf(seat).id)?.handle ?? 0;
    const rest = { incarnation: 1, to: 1, presenceVersion: 0 };
    receiver.node.room().room.acknowledge(
      memberOf(receiver),
      senders.map((sender) => ({ handle: handleOf(sender), all, ...rest })),
    );
  };
  /** Frames between nodes; the rest is who is here, and signs of life. */
  const published = () => world.redis.sent.filter(({ message }) => message[0] !== 0x7b);
  return { world, seats, acknowledge, published };
}

function memberOf({ member }: Seat): Member {
  if (!member) throw new Error("not in");
  return member;
}

/** The newest that a sender was told of each receiver, by handle, and how often it was told something. */
function toldTo(seat: Seat) {
  const newest = new Map<number, number>();
  for (const { data } of seat.frames) {
    for (const { sender, frame } of decodeDown(new Uint8Array(data as Buffer))) {
      const ack = decodeFrame(frame);
      if (ack.kind === "ack") newest.set(sender, ack.all);
    }
  }
  return { newest, messages: seat.frames.length };
}

test("honest vectors of all members cost one message each 50 ms from node to node", async () => {
  const { world, seats, acknowledge, published } = await crowd();
  const seconds = 3;
  const rounds = seconds * 2;
  for (let round = 1; round <= rounds; round++) {
    for (const seat of seats) {
      acknowledge(
        seat,
        seats.filter((other) => other !== seat),
        round,
      );
      // Not all at the same moment.
      await world.advance(500 / seats.length);
    }
  }
  // There, gathered once more, and on its way each time.
  await world.advance(200);
  expect(published().length).toBeLessThanOrEqual(6 * MOST_A_SECOND * (seconds + 1));
  for (const seat of seats) {
    const { newest, messages } = toldTo(seat);
    expect([...newest.values()]).toEqual(Array(seats.length - 1).fill(rounds));
    expect(messages).toBeLessThanOrEqual(MOST_A_SECOND * (seconds + 1));
  }
});

test("one that sends vectors without end causes a few messages a second, and the newest arrives", async () => {
  const { world, seats, acknowledge, published } = await crowd();
  const [hostile, ...others] = seats as [Seat, ...Seat[]];
  const elsewhere = others.filter(({ node }) => node !== hostile.node);
  const here = others.filter(({ node }) => node === hostile.node);
  const [first, ...rest] = elsewhere as [Seat, ...Seat[]];
  // Said once, at the beginning of what it says without end of others.
  acknowledge(hostile, [first], 1);
  await world.advance(60);
  acknowledge(hostile, [first], 2);
  for (let i = 1; i <= 2_000; i++) {
    acknowledge(hostile, [...rest, ...here], i);
    await world.advance(1);
  }
  await world.advance(600);
  // 4 a second to each of two nodes, and the first.
  expect(published().length).toBeLessThanOrEqual(2 * (4 * 2.7 + 1));
  for (const seat of [...rest, ...here]) {
    expect([...toldTo(seat).newest.values()]).toEqual([2_000]);
    expect(toldTo(seat).messages).toBeLessThanOrEqual(4 * 2.7 + 1);
  }
  expect([...toldTo(first).newest.values()]).toEqual([2]);
  expect(toldTo(first).messages).toBe(2);
});

test("a message that is cut short, or names nobody, is none", async () => {
  const { world, seats, acknowledge, published } = await crowd();
  const [seat, ...others] = seats as [Seat, ...Seat[]];
  const elsewhere = others.filter(({ node }) => node !== seat.node);
  acknowledge(seat, elsewhere, 2 ** 53 - 1);
  await world.advance(100);
  const [{ message } = { message: new Uint8Array() }] = published();
  const packet = decodePacket(message);
  expect(packet).toMatchObject({ t: "acks", room: "room" });
  if (packet?.t !== "acks") return;
  expect(packet.acks).toHaveLength(MEMBERS);
  expect(packet.acks[0]).toEqual({
    ...{ from: memberOf(seat).id, of: memberOf(elsewhere[0] as Seat).id },
    ...{ incarnation: 1, all: 2 ** 53 - 1, to: 1, presenceVersion: 0 },
  });
  const rows = new Set(packet.acks.map((_, i) => i));
  for (let length = 0; length < message.length; length++) {
    const short = decodePacket(message.slice(0, length));
    // Only between two rows does it still make sense.
    if (short?.t === "acks") expect(rows.has(short.acks.length)).toBe(true);
    else expect(short).toBeUndefined();
  }
  // A place that is not in the list.
  const wrong = Uint8Array.from(message);
  wrong[3 + 4 + 2 + 16 * (MEMBERS + 1)] = 100;
  expect(decodePacket(wrong)).toBeUndefined();
});
