import { expect, test } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { Fanout } from "../link/fanout.ts";
import { Members } from "./members.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";

/** A room in which nobody else is. */
function alone() {
  const clock = new FakeClock();
  const members = new Members(clock, {
    create: () => {
      throw new Error("nobody comes");
    },
    joined() {},
    left() {},
    changed() {},
  });
  const outgoing = new OutgoingMessages(members, new Fanout(() => true));
  const send = (data: unknown, to: string | undefined, selfId: string | null) =>
    outgoing.send("m", data, to, selfId, () => {});
  return { outgoing, send };
}
const code = (expected: string) => expect.objectContaining({ code: expected });

test("what waits for the first welcome is bounded in number", () => {
  const { send } = alone();
  for (let i = 0; i < 1_000; i++) void send(i, undefined, null);
  expect(() => send(1_000, undefined, null)).toThrow(code("queue-full"));
});

test("what waits for the first welcome is bounded in bytes", () => {
  const { send } = alone();
  const large = new Uint8Array(256 * 1024);
  for (let i = 0; i < 16; i++) void send(large, undefined, null);
  expect(() => send("one more", undefined, null)).toThrow(code("queue-full"));
});

test("flushed where nobody is: sent to nobody; who was named is missed", async () => {
  const { outgoing, send } = alone();
  const all = send(1, undefined, null);
  const one = send(2, "gone", null);
  outgoing.flush();
  await expect(all).resolves.toEqual({ missed: [] });
  await expect(one).resolves.toEqual({ missed: ["gone"] });
  for (let i = 0; i < 1_000; i++) void send(i, undefined, null);
});

test("left before the first welcome: who was named is missed, and the queue is empty", async () => {
  const { outgoing, send } = alone();
  const one = send(1, "somebody", null);
  outgoing.clear();
  await expect(one).resolves.toEqual({ missed: ["somebody"] });
  for (let i = 0; i < 1_000; i++) void send(i, undefined, null);
});

test("once in the room, an id that never was is an error, and so is one's own", () => {
  const { send } = alone();
  expect(() => send(1, "stranger", "me")).toThrow(code("unknown-peer"));
  expect(() => send(1, "me", "me")).toThrow(code("unknown-peer"));
});

test("what a check refuses is not queued", () => {
  const { outgoing } = alone();
  const refuse = () => {
    throw new Error("no");
  };
  for (let i = 0; i < 1_001; i++) {
    expect(() => outgoing.send("m", i, undefined, null, refuse)).toThrow("no");
  }
});
