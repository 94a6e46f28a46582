import { expect, test, vi } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { FakeConnection } from "./fake-connection.ts";
import { LoopTurn } from "./loop-turn.ts";
import { OutgoingEvent, outgoingFrame } from "./outgoing.ts";
import { SocketSession } from "./session.ts";
import { CUT_BYTES, Debtors, SHED_LOSSY_BYTES, SHED_PRESENCE_BYTES } from "./shed.ts";
import { createStats } from "./stats.ts";

function setup(debtors = new Debtors()) {
  const clock = new FakeClock();
  const stats = createStats();
  const connection = new FakeConnection();
  const turn = new LoopTurn((flush) => flush());
  const options = { clock, stats, creditIntervalMs: undefined, debtors, turn };
  const session = new SocketSession(connection, options);
  return { clock, stats, connection, session };
}

const frame = (frameClass: number, bytes = 2) => {
  const content = new Uint8Array(bytes - 1);
  content[0] = frameClass;
  return outgoingFrame(1, content);
};
const presence = (id: string, version: number) =>
  new OutgoingEvent("presence", { id, version, state: {} });

test("a socket that does not acknowledge is spared the lossy, then presence, never the reliable", () => {
  const { session, stats, connection } = setup();
  session.sendFrame(frame(2, SHED_LOSSY_BYTES));
  session.sendFrame(frame(4));
  expect(connection.news()).toEqual([2, 4]);
  for (const each of [1, 2, 3, 4, 5, 6, 0x84, 0x82]) session.sendFrame(frame(each));
  expect(connection.news()).toEqual([1, 2, 3, 6, 0x82]);
  session.sendFrame(frame(2, SHED_PRESENCE_BYTES));
  for (const each of [1, 2, 3, 4, 5, 6]) session.sendFrame(frame(each));
  expect(connection.news()).toEqual([2, 1, 2, 6]);
  expect(stats).toMatchObject({ shedCursor: 3, shedLatest: 2, shedPresence: 1, overflowed: 0 });
  session.acknowledge(SHED_PRESENCE_BYTES);
  session.sendFrame(frame(3));
  expect(connection.news()).toEqual([3]);
});

test("presence waits for a slow socket, and only the newest of each member goes out", () => {
  const { session, stats, connection } = setup();
  session.sendFrame(frame(2, SHED_LOSSY_BYTES + 1));
  connection.news();
  session.send(presence("a", 1));
  session.send(presence("a", 2));
  session.send(presence("b", 1));
  session.send(presence("c", 1));
  session.send(new OutgoingEvent("left", { id: "c", reason: "goodbye" }));
  expect(connection.news()).toEqual(["left"]);
  expect(session.acknowledge(SHED_LOSSY_BYTES + 1)).toBe(true);
  expect(connection.written.map(String)).toEqual([
    '2["presence",{"id":"a","version":2,"state":{}}]',
    '2["presence",{"id":"b","version":1,"state":{}}]',
  ]);
  expect(stats.coalescedPresence).toBe(1);
});

test("one that never acknowledges is cut before it costs more than its bound", () => {
  const { session, stats, connection } = setup();
  for (let i = 0; i < 2 * (CUT_BYTES / 65_536) && !connection.tcp.destroyed; i++) {
    session.sendFrame(frame(2, 65_536));
  }
  expect(connection.tcp.destroyed).toBe(true);
  expect(connection.written.length).toBe(CUT_BYTES / 65_536 + 1);
  expect(stats.overflowed).toBe(1);
  session.send(presence("a", 1));
  expect(connection.written.length).toBe(CUT_BYTES / 65_536 + 1);
});

test("one that acknowledges everything and reads nothing is cut too", () => {
  const { session, stats, connection } = setup();
  connection.flowing = false;
  let sent = 0;
  while (!connection.tcp.destroyed && sent < 4 * CUT_BYTES) {
    session.sendFrame(frame(2, 65_536));
    sent += 65_536;
    session.acknowledge(sent);
  }
  expect(sent).toBe(CUT_BYTES + 65_536);
  expect(stats.overflowed).toBe(1);
});

test("what waits in the TCP socket counts as well, and so do events", () => {
  const { session, connection } = setup();
  connection.tcp.writableLength = SHED_LOSSY_BYTES + 1;
  session.sendFrame(frame(4));
  expect(connection.news()).toEqual([]);
  connection.tcp.writableLength = CUT_BYTES + 1;
  session.send(new OutgoingEvent("echo", 1));
  expect(connection.tcp.destroyed).toBe(true);
});

test("acknowledging what was never sent, or less than before, is not believed", () => {
  const { session } = setup();
  session.sendFrame(frame(2, 100));
  expect(session.acknowledge(101)).toBe(false);
  expect(session.acknowledge(100)).toBe(true);
  expect(session.acknowledge(99)).toBe(false);
});

test("its end is said, then the connection closes, at the latest in a second", () => {
  const { clock, session, stats, connection } = setup();
  session.took(10);
  session.end({ code: "replaced", message: "…" });
  session.end({ code: "removed", message: "…" });
  session.send(new OutgoingEvent("echo", 1));
  session.sendFrame(frame(2));
  expect(connection.news()).toEqual(["refused"]);
  expect(connection.closing).toBe(true);
  expect(stats.refused).toEqual({ replaced: 1 });
  expect(connection.tcp.destroyed).toBe(false);
  clock.advance(1000);
  expect(connection.tcp.destroyed).toBe(true);
  expect(clock.pending).toBe(0);
});

test("a connection that closes by itself leaves no timer behind", () => {
  const { clock, session, connection } = setup();
  session.close();
  connection.tcp.emit("close");
  expect(clock.pending).toBe(0);
});

test("many who do not read share what one of them could have had: the memory is bounded", () => {
  const debtors = new Debtors(4 * CUT_BYTES);
  const large = frame(2, 16_384);
  const total = (count: number) => {
    const all = Array.from({ length: count }, () => setup(debtors));
    for (let i = 0; i < CUT_BYTES / 16_384; i++) {
      for (const { session } of all) session.sendFrame(large);
    }
    return all;
  };
  expect(total(3).some(({ connection }) => connection.tcp.destroyed)).toBe(false);
  const many = total(40);
  expect(many.filter(({ connection }) => connection.tcp.destroyed).length).toBeGreaterThan(30);
  // Whoever reads is none of them.
  const honest = setup(debtors);
  for (let i = 1; i <= 2_000; i++) {
    honest.session.sendFrame(large);
    expect(honest.session.acknowledge(i * 16_384)).toBe(true);
  }
  expect(honest.connection.tcp.destroyed).toBe(false);
});

test("what is said in one turn of the event loop leaves in one write, in its order", () => {
  const connection = new FakeConnection();
  const turns: (() => void)[] = [];
  const session = new SocketSession(connection, {
    ...{ clock: new FakeClock(), stats: createStats(), creditIntervalMs: undefined },
    turn: new LoopTurn((flush) => turns.push(flush)),
  });
  const write = vi.spyOn(connection.tcp, "write");
  const turn = () => {
    for (const flush of turns.splice(0)) flush();
    return connection.news();
  };
  session.sendFrame(frame(4));
  session.send(new OutgoingEvent("echo", 1));
  session.sendFrame(frame(2, 70_000));
  expect(connection.news()).toEqual([]);
  expect(turn()).toEqual([4, "echo", 2]);
  expect(write).toHaveBeenCalledTimes(1);
  session.sendFrame(frame(4));
  expect(turn()).toEqual([4]);
  expect(turn()).toEqual([]);
  // Engine.IO holds something back: what follows waits behind it.
  connection.flowing = false;
  session.sendFrame(frame(4));
  session.sendFrame(frame(2));
  expect(turn()).toEqual([4, 2]);
  expect(write).toHaveBeenCalledTimes(2);
});
