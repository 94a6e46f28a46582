import { expect, test } from "vitest";
import { FEATURE_PAGES, LOST_AFTER_MS } from "../../../lib/src/signaling/events.ts";
import { BATCH_ABOVE } from "../changes.ts";
import { LEASE_MS } from "./nodes.ts";
import { decodePacket } from "./packets.ts";
import { idOf, nodeName, Seat, World } from "./test-node.ts";

/** The handle before the newest frame. */
const senderOf = (seat: Seat) => Buffer.from(seat.frames.at(-1)?.data ?? []).at(0);

async function three() {
  const world = new World();
  const [a, b, c] = [world.node("a"), world.node("b"), world.node("c")];
  await world.advance(100);
  return { world, a, b, c };
}

const names = (seat: Seat) => seat.events.map(({ name }) => name);

test("members of different nodes see each other, with the same join numbers and seats", async () => {
  const { world, a, b, c } = await three();
  const seats = await world.settle(
    Promise.all([a, b, c, a, b, c].map((node, i) => node.enter(`m${i}`))),
  );
  await world.advance(50);
  for (const seat of seats) {
    expect(seat.picture.size).toBe(5);
    expect(seat.oddities).toEqual([]);
  }
  const joins = new Set(seats.map(({ member }) => member?.join));
  expect(joins.size).toBe(6);
  // No two of one colour, though all came at once, on three nodes.
  expect(new Set([...joins].map((join) => (join ?? 0) % 16)).size).toBe(6);
  for (const seat of seats) {
    for (const other of seats) {
      if (other === seat || !other.member) continue;
      expect(seat.picture.get(other.member.id)).toMatchObject({
        join: other.member.join,
        seat: true,
      });
    }
  }
});

test("a crowd that joins one room costs one reading of it, and is told in batches", async () => {
  const { world, a, b } = await three();
  await world.settle(b.enter("first"));
  const watcher = await world.settle(b.enter("watcher", { features: FEATURE_PAGES }));
  await world.advance(100);
  watcher.events.length = 0;
  world.redis.reads = 0;
  world.redis.sent.length = 0;
  const seats = await world.settle(
    Promise.all(Array.from({ length: 200 }, (_, i) => a.enter(`m${i}`))),
  );
  expect(seats.every(({ picture }) => picture.has(idOf("first")))).toBe(true);
  expect(world.redis.reads).toBe(1);
  await world.advance(200);
  expect(b.room().room.size).toBe(202);
  // Both of its ways: to the other node, and from there to who is in the room.
  const told = world.redis.sent.filter(
    ({ to, message }) => to === b.self && decodePacket(message)?.t === "records",
  );
  expect(told.length).toBeLessThan(20);
  // At once while the room is small, and then in batches.
  const heard = names(watcher).filter((name) => name !== "batch");
  expect(heard.length).toBeLessThanOrEqual(BATCH_ABOVE);
  expect(watcher.events.length - heard.length).toBeLessThan(10);
});

test("a frame reaches exactly the nodes that hold a recipient, and none when all are here", async () => {
  const { world, a, b, c } = await three();
  const a1 = await world.settle(a.enter("a1"));
  const a2 = await world.settle(a.enter("a2"));
  await world.advance(50);
  const count = async (act: () => void) => {
    await world.advance(20);
    world.redis.sent.length = 0;
    act();
    await world.advance(20);
    return world.redis.sent.filter(({ message }) => message[0] === 1).map(({ to }) => to);
  };
  expect(await count(() => a.deliver(a1, { kind: "others" }))).toEqual([]);
  expect(a2.frames).toHaveLength(1);
  const b1 = await world.settle(b.enter("b1"));
  const b2 = await world.settle(b.enter("b2"));
  expect(await count(() => a.deliver(a1, { kind: "others" }))).toEqual([b.self]);
  expect([b1.frames.length, b2.frames.length]).toEqual([1, 1]);
  const c1 = await world.settle(c.enter("c1"));
  await world.advance(50);
  const handle = (seat: Seat, name: string) => seat.picture.get(idOf(name))?.handle ?? 0;
  expect((await count(() => a.deliver(a1, { kind: "others" }))).sort()).toEqual([b.self, c.self]);
  const toA2 = { kind: "only", handles: [handle(a1, "a2")] } as const;
  expect(await count(() => a.deliver(a1, toA2))).toEqual([]);
  const toB = { kind: "only", handles: [handle(a1, "b1"), handle(a1, "b2")] } as const;
  expect(await count(() => a.deliver(a1, toB))).toEqual([b.self]);
  const butB = { kind: "except", handles: [handle(a1, "b1"), handle(a1, "b2")] } as const;
  expect(await count(() => a.deliver(a1, butB))).toEqual([c.self]);
  const butB1 = { kind: "except", handles: [handle(a1, "b1")] } as const;
  expect((await count(() => a.deliver(a1, butB1))).sort()).toEqual([b.self, c.self]);
  expect([a2, b1, b2, c1].map(({ frames }) => frames.length)).toEqual([6, 3, 4, 3]);
  // The receiver is told its own handle of the sender.
  expect(senderOf(b1)).toBe(handle(b1, "a1"));
});

test("a signal and presence cross nodes; a departed receiver is told to nobody", async () => {
  const { world, a, b } = await three();
  const a1 = await world.settle(a.enter("a1"));
  const b1 = await world.settle(b.enter("b1"));
  await world.advance(20);
  const { room } = a.room();
  if (!a1.member || !b1.member) throw new Error("not in");
  const signal = { attempt: 1, index: 0, data: { type: "retry" } } as const;
  expect(room.signal(a1.member, b1.member.id, signal)).toBe(true);
  room.setPresence(a1.member, { version: 2, state: { x: 1 } });
  await world.advance(20);
  expect(b1.events.at(-2)?.argument).toEqual({ from: a1.member.id, ...signal });
  expect(b1.events.at(-1)?.argument).toEqual({ id: a1.member.id, version: 2, state: { x: 1 } });
  b.goodbye(b1, 1);
  await world.advance(20);
  expect(a1.leaves).toEqual([{ id: idOf("b1"), reason: "goodbye" }]);
  expect(room.signal(a1.member, b1.member.id, signal)).toBe(false);
});

test("a resume on another node ends the older socket there, and nobody sees it", async () => {
  const { world, a, b, c } = await three();
  const watcher = await world.settle(c.enter("watcher"));
  const first = await world.settle(a.enter("m"));
  await world.advance(20);
  watcher.events.length = 0;
  const join = first.member?.join;
  const second = await world.settle(b.enter("m", { generation: 2, join }));
  await world.advance(20);
  expect(first.ended?.code).toBe("replaced");
  expect(second.alive).toBe(true);
  // Whatever the older one still does is nobody's business.
  a.lose(first);
  a.goodbye(first, 1);
  await world.advance(2 * LOST_AFTER_MS);
  expect(names(watcher)).toEqual([]);
  expect(second.alive).toBe(true);
  const stale = await world.settle(c.enter("m", { generation: 2, join }));
  expect(stale.ended?.code).toBe("stale-generation");
});

test("a socket of an older generation is refused by what Redis remembers of those who left", async () => {
  const { world, a, b } = await three();
  const m = await world.settle(a.enter("m", { generation: 5 }));
  a.goodbye(m, 5);
  await world.advance(20);
  // This node has never heard of it.
  const late = await world.settle(b.enter("m", { generation: 4 }));
  const watcher = await world.settle(b.enter("w"));
  await world.advance(50);
  expect(late.alive).toBe(false);
  expect(watcher.picture.has(idOf("m"))).toBe(false);
});

test("the members of a killed node are away, come back elsewhere unseen, or are lost after 30 s", async () => {
  const { world, a, b, c } = await three();
  const watcher = await world.settle(c.enter("watcher"));
  const back = await world.settle(a.enter("back"));
  await world.settle(a.enter("gone"));
  await world.advance(50);
  watcher.events.length = 0;
  a.kill();
  await world.advance(LEASE_MS + 3_000);
  expect(names(watcher)).toEqual(["away", "away"]);
  await world.settle(b.enter("back", { generation: 2, join: back.member?.join }));
  await world.advance(20);
  expect(names(watcher).slice(2)).toEqual(["back"]);
  await world.advance(LOST_AFTER_MS + 5_000);
  expect(watcher.leaves).toEqual([{ id: idOf("gone"), reason: "lost" }]);
  expect(world.redis.room("room").records.size).toBe(2);
});

test("a node that stops says so at once, and leaves nothing behind", async () => {
  const { world, a, b } = await three();
  const watcher = await world.settle(b.enter("watcher"));
  await world.settle(a.enter("m"));
  await world.advance(50);
  watcher.events.length = 0;
  await world.settle(a.stop());
  await world.advance(20);
  expect(names(watcher)).toEqual(["away"]);
  expect(world.redis.leases.has(nodeName("a"))).toBe(false);
  await world.advance(LOST_AFTER_MS + 5_000);
  expect(watcher.leaves).toEqual([{ id: idOf("m"), reason: "lost" }]);
});

for (const how of ["killed", "frozen"] as const) {
  test(`Redis ${how} for 30 s: one node's members miss nothing, and all is as it was within 10 s`, async () => {
    const { world, a, b } = await three();
    const [a1, a2] = [await world.settle(a.enter("a1")), await world.settle(a.enter("a2"))];
    const b1 = await world.settle(b.enter("b1"));
    await world.advance(100);
    if (how === "killed") world.redis.kill();
    else world.redis.freeze();
    for (let s = 0; s < 30; s++) {
      a.deliver(a1, { kind: "others" });
      await world.advance(1_000);
    }
    expect(a2.frames).toHaveLength(30);
    expect(a.cluster.health.state).not.toBe("up");
    // Somebody comes, and somebody goes, while nobody can be told.
    const a3 = await world.settle(a.enter("a3"));
    a.goodbye(a2, 1);
    expect(a1.picture.get(idOf("b1"))?.away).toBe(true);
    if (how === "killed") world.redis.restart();
    else world.redis.thaw();
    await world.advance(9_900);
    expect(a.cluster.health).toMatchObject({ state: "up", nodes: 3 });
    expect([...b1.picture.values()].map(({ id, away }) => ({ id, away }))).toEqual([
      { id: idOf("a1"), away: false },
      { id: idOf("a3"), away: false },
    ]);
    expect(a1.picture.get(idOf("b1"))?.away).toBe(false);
    expect(a3.picture.get(idOf("b1"))?.away).toBe(false);
    expect(b1.leaves).toEqual([{ id: idOf("a2"), reason: "goodbye" }]);
    await world.advance(120_000);
    expect(b1.leaves).toHaveLength(1);
    expect(a1.leaves).toHaveLength(1);
  });
}

test("a flushed Redis is filled again from what the nodes hold", async () => {
  const { world, a, b, c } = await three();
  const a1 = await world.settle(a.enter("a1"));
  const b1 = await world.settle(b.enter("b1"));
  await world.advance(100);
  world.redis.flush();
  await world.advance(5_000);
  expect(world.redis.room("room").records.size).toBe(2);
  const c1 = await world.settle(c.enter("c1"));
  await world.advance(50);
  expect(c1.picture.size).toBe(2);
  expect([a1.picture.size, b1.picture.size]).toEqual([2, 2]);
  expect([...a1.leaves, ...b1.leaves]).toEqual([]);
});

test("what a member answers to a knock reaches the newcomer at the other node with its welcome", async () => {
  const { world, a, b } = await three();
  const a1 = await world.settle(a.enter("a1"));
  await world.settle(b.enter("b1"));
  await world.advance(50);
  const { room } = b.room();
  const reservation = room.door.knock();
  if (!reservation) throw new Error("no knock");
  await world.advance(20);
  const knock = a1.events.at(-1);
  expect(knock?.name).toBe("knock");
  const handle = (knock?.argument as { handle: number } | undefined)?.handle ?? 0;
  const cursor = Uint8Array.of(4, 0, 1);
  a.deliver(a1, { kind: "only", handles: [handle] }, cursor);
  await world.advance(20);
  const seat = new Seat(b);
  const admission = { id: idOf("new"), generation: 1, join: undefined, features: 0, webrtc: true };
  const presence = { version: 1, state: {} };
  seat.member = room.admit({ ...admission, presence, user: undefined }, seat, reservation);
  expect(seat.frames).toHaveLength(1);
  expect(senderOf(seat)).toBe(seat.picture.get(idOf("a1"))?.handle);
  await world.advance(20);
  // The handle that was knocked with is the newcomer's now, on the other node too.
  expect(a1.picture.get(idOf("new"))?.handle).toBe(handle);
  a.deliver(a1, { kind: "only", handles: [handle] }, cursor);
  await world.advance(20);
  expect(seat.frames).toHaveLength(2);
});

test("who left while its node was cut off has left, though its room is closed there by then", async () => {
  const { world, a, b } = await three();
  const a1 = await world.settle(a.enter("a1"));
  const b1 = await world.settle(b.enter("b1"));
  await world.advance(100);
  world.redis.cut(a.self);
  await world.advance(5_000);
  a.goodbye(a1, 1);
  const { room, share } = a.room();
  room.close({ code: "shutting-down", message: "" });
  a.cluster.unshare(share);
  a.rooms.delete("room");
  await world.advance(1_000);
  expect(b1.leaves).toEqual([]);
  world.redis.heal(a.self);
  await world.advance(10_000);
  expect(b1.leaves).toEqual([{ id: idOf("a1"), reason: "goodbye" }]);
});

test("the newest policy reaches every node, those that come later too, and orders all others", async () => {
  const { world, a, b, c } = await three();
  a.cluster.keepPolicy("old");
  await world.advance(100);
  b.cluster.keepPolicy("new");
  await world.advance(100);
  expect([a, b, c].map(({ policies }) => policies)).toEqual([["new"], ["old"], ["old", "new"]]);
  world.redis.flush();
  await world.advance(5_000);
  const late = world.node("d");
  await world.advance(5_000);
  expect(late.policies).toEqual(["new"]);
  a.cluster.tell({ remove: "somebody" });
  await world.advance(20);
  expect([a, b, late].map(({ orders }) => orders.length)).toEqual([0, 1, 1]);
});
