import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { FEATURE_BUNDLES } from "../../lib/src/signaling/events.ts";
import { decodeDown } from "../../lib/src/wire/envelope.ts";
import { decodeFrame } from "../../lib/src/wire/frame.ts";
import { ACKS_EVERY_MS, ACKS_REST_MS } from "./acks.ts";
import { Delivery } from "./delivery.ts";
import { FakeSession, KNOWN } from "./fake-session.ts";
import type { Member } from "./member.ts";
import { Roster } from "./roster.ts";
import { createStats } from "./stats.ts";

function setup() {
  const clock = new FakeClock();
  const stats = createStats();
  const roster = new Roster(clock);
  const delivery = new Delivery({ clock, roster, stats, notices: KNOWN, link: undefined });
  const people = [FEATURE_BUNDLES, FEATURE_BUNDLES, 0, 0].map((features, i) => {
    const session = new FakeSession();
    const newcomer = { id: `${i}`, session, join: i, features, node: null, away: false };
    return { session, member: roster.add(newcomer as unknown as Omit<Member, "handle">) };
  });
  const acknowledge = (from: number, ...to: readonly [handle: number, all: number][]) => {
    const member = people[from]?.member as Member;
    const rest = { incarnation: 1, to: 1, presenceVersion: 0 };
    delivery.acknowledge(
      member,
      to.map(([handle, all]) => ({ handle, all, ...rest })),
    );
  };
  const messages = (i: number) =>
    (people[i]?.session.frames.splice(0) ?? []).map(({ data }) =>
      decodeDown(new Uint8Array(data as Buffer)).map(({ sender, frame }) => {
        const ack = decodeFrame(frame);
        return [sender, ack.kind === "ack" ? ack.all : ack.kind];
      }),
    );
  return { clock, stats, roster, delivery, people, acknowledge, messages };
}

test("everybody is told at once what all others have of it, the newest of each", () => {
  const { clock, acknowledge, messages } = setup();
  acknowledge(1, [1, 2], [3, 7]);
  acknowledge(2, [1, 3]);
  acknowledge(1, [1, 4]);
  expect(messages(0)).toEqual([]);
  clock.advance(ACKS_EVERY_MS);
  expect(messages(0)).toEqual([
    [
      [2, 4],
      [3, 3],
    ],
  ]);
  expect(messages(2)).toEqual([[[2, 7]]]);
  expect(messages(1)).toEqual([]);
  clock.advance(ACKS_REST_MS);
  expect(clock.pending).toBe(0);
});

test("who acknowledges too often is heard a few times a second, with the newest of each", () => {
  const { clock, acknowledge, messages } = setup();
  acknowledge(1, [1, 1]);
  clock.advance(ACKS_EVERY_MS);
  expect(messages(0)).toEqual([[[2, 1]]]);
  // Said once among much else of others.
  acknowledge(1, [1, 2]);
  for (let all = 1; all <= 1_000; all++) {
    acknowledge(1, [3, all]);
    clock.advance(1);
  }
  clock.advance(ACKS_REST_MS + ACKS_EVERY_MS);
  expect(messages(0)).toEqual([[[2, 2]]]);
  const heard = messages(2);
  expect(heard.at(-1)).toEqual([[2, 1_000]]);
  expect(heard.length).toBeLessThanOrEqual((1_000 + ACKS_REST_MS) / ACKS_REST_MS + 1);
  clock.advance(ACKS_REST_MS + ACKS_EVERY_MS);
  expect(clock.pending).toBe(0);
});

test("one that knows no bundles gets them one by one", () => {
  const { clock, acknowledge, messages } = setup();
  acknowledge(0, [3, 2]);
  acknowledge(1, [3, 5]);
  clock.advance(ACKS_EVERY_MS);
  expect(messages(2)).toEqual([[[1, 2]], [[2, 5]]]);
});

test("oneself and nobody cannot be acknowledged, and who has left says no more", () => {
  const { clock, stats, roster, people, acknowledge, messages } = setup();
  acknowledge(0, [1, 2], [99, 2], [2, 3]);
  acknowledge(3, [2, 4]);
  expect(stats.unknownHandles).toBe(1);
  roster.remove(people[3]?.member as Member);
  clock.advance(ACKS_EVERY_MS);
  expect(messages(0)).toEqual([]);
  expect(messages(1)).toEqual([[[1, 3]]]);
});
