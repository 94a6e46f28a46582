/** What becomes of a member's last word when Redis dies with it. */
import { expect, test } from "vitest";
import { LOST_AFTER_MS } from "../../../lib/src/signaling/events.ts";
import { idOf, World } from "./test-node.ts";

test("Redis dies with a last word on its way and comes back empty: the member is lost all the same", async () => {
  let delayMs = 1;
  const world = new World({ delay: () => delayMs });
  const node = world.node("a");
  await world.advance(100);
  const member = await world.settle(node.enter("m"));
  await world.advance(100);
  const { room, share } = node.room();
  node.lose(member);
  await world.advance(LOST_AFTER_MS - 10);
  expect(room.away).toBe(1);
  // Nothing arrives any more, so that the last word is on its way when Redis dies.
  delayMs = 1_000;
  await world.advance(100);
  expect(room.get(idOf("m"))?.cancelLost).toBeUndefined();
  world.redis.kill();
  delayMs = 1;
  await world.advance(100);
  world.redis.restart();
  await world.advance(5_000);
  expect(share.isOpen).toBe(true);
  expect([room.size, room.here]).toEqual([0, 0]);
  expect(world.redis.room("room").records.size).toBe(0);
});

test("one that came back before Redis did stays", async () => {
  let delayMs = 1;
  const world = new World({ delay: () => delayMs });
  const node = world.node("a");
  await world.advance(100);
  const member = await world.settle(node.enter("m"));
  await world.advance(100);
  node.lose(member);
  await world.advance(LOST_AFTER_MS - 10);
  delayMs = 1_000;
  await world.advance(100);
  world.redis.kill();
  delayMs = 1;
  await world.advance(10);
  const again = await world.settle(
    node.enter("m", { generation: 2, join: member.member?.join ?? 0 }),
  );
  world.redis.restart();
  await world.advance(LOST_AFTER_MS * 2);
  expect(again.alive).toBe(true);
  expect([...world.redis.room("room").records.keys()]).toEqual([idOf("m")]);
});
