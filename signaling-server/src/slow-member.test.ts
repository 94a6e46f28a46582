/** Somebody in a large room who never reads, or never says what was read: the others notice nothing. */
import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { FEATURE_BUNDLES } from "../../lib/src/signaling/events.ts";
import { decodeDown } from "../../lib/src/wire/envelope.ts";
import { FakeConnection } from "./fake-connection.ts";
import { LoopTurn } from "./loop-turn.ts";
import { Room } from "./room.ts";
import { SocketSession } from "./session.ts";
import { CUT_BYTES, SHED_LOSSY_BYTES } from "./shed.ts";
import { createStats } from "./stats.ts";

const SIZE = 40;
const SECONDS = 8;
/** One bundle may take a session over its bound. */
const ONE_MORE = 32 * 1024;

function room() {
  const clock = new FakeClock();
  const stats = createStats();
  const turn = new LoopTurn((flush) => flush());
  const options = { clock, stats, wallNow: () => clock.now(), onEmpty: () => {} };
  const kitchen = new Room("kitchen", {
    ...options,
    policy: { paths: "all", meshLimit: 0 },
    iceFor: () => ({ servers: [], ttlSeconds: 0 }),
  });
  const people = Array.from({ length: SIZE }, (_, i) => {
    const connection = new FakeConnection();
    const session = new SocketSession(connection, {
      ...{ clock, stats, turn, creditIntervalMs: undefined },
    });
    const member = kitchen.admit(
      {
        ...{ id: `${i}`, generation: 1, join: undefined, webrtc: false, user: undefined },
        ...{ features: FEATURE_BUNDLES, presence: { version: 1, state: {} } },
      },
      session,
    );
    if (!member) throw new Error("not admitted");
    return { connection, session, member, taken: 0, cursors: 0, messages: 0 };
  });
  const person = (i: number) => people[i] as (typeof people)[number];
  /** What has arrived is read, and said to be. */
  const read = (each: (typeof people)[number], says = true) => {
    for (const message of each.connection.written.splice(0)) {
      if (typeof message === "string") continue;
      each.taken += message.length;
      for (const { frame } of decodeDown(new Uint8Array(message))) {
        if (frame[0] === 4) each.cursors++;
        else each.messages++;
      }
    }
    if (says) each.session.acknowledge(each.taken);
  };
  return { clock, stats, kitchen, people, person, read };
}

/** For some seconds 20 move at 50 Hz, and one says something now and then. */
function run(spoil: (kitchen: ReturnType<typeof room>) => void) {
  const kitchen = room();
  for (let ms = 0; ms < SECONDS * 1000; ms += 20) {
    for (let i = 0; i < 20; i++) {
      const { member } = kitchen.person(i);
      const cursor = new Uint8Array(64);
      cursor[0] = 4;
      kitchen.kitchen.deliver(member, { kind: "others" }, cursor);
    }
    if (ms % 1000 === 0) {
      const message = new Uint8Array(100);
      message[0] = 2;
      kitchen.kitchen.deliver(kitchen.person(0).member, { kind: "others" }, message);
    }
    kitchen.clock.advance(20);
    spoil(kitchen);
    for (const each of kitchen.people.slice(0, -1)) kitchen.read(each);
  }
  return kitchen;
}

const heard = ({ people }: ReturnType<typeof room>) =>
  people.slice(0, -1).map(({ cursors, messages }) => ({ cursors, messages }));

const usual = run(({ person, read }) => read(person(SIZE - 1)));

test("one who reads and never says so is told no more cursors, and every message", () => {
  expect(usual.stats.shedCursor).toBe(0);
  expect(usual.person(SIZE - 1).cursors).toBeGreaterThan(20 * 45 * SECONDS);
  const spoilt = run(({ person, read }) => read(person(SIZE - 1), false));
  expect(heard(spoilt)).toEqual(heard(usual));
  const { taken, messages, session } = spoilt.person(SIZE - 1);
  expect(taken).toBeLessThan(SHED_LOSSY_BYTES + ONE_MORE);
  expect(messages).toBe(SECONDS);
  expect(session.open).toBe(true);
  expect(spoilt.stats.shedCursor).toBeGreaterThan(0);
});

test("one who reads nothing holds no more than its bound, and the others nothing", () => {
  let most = 0;
  const spoilt = run(({ person }) => {
    const { connection } = person(SIZE - 1);
    const queued = connection.written.reduce((sum, { length }) => sum + length, 0);
    connection.tcp.writableLength = queued;
    most = Math.max(most, queued);
  });
  expect(heard(spoilt)).toEqual(heard(usual));
  expect(most).toBeGreaterThan(SHED_LOSSY_BYTES / 2);
  expect(most).toBeLessThan(SHED_LOSSY_BYTES + ONE_MORE + SECONDS * 200);
  expect(most).toBeLessThan(CUT_BYTES);
});
