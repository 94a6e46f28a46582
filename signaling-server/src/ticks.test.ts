import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "../../lib/src/fake-clock.ts";
import { FEATURE_BUNDLES } from "../../lib/src/signaling/events.ts";
import { decodeDown } from "../../lib/src/wire/envelope.ts";
import type { MemberRoute } from "./audience.ts";
import { Delivery } from "./delivery.ts";
import { FakeSession, KNOWN } from "./fake-session.ts";
import { BUSY_WAIT_MS, FAN_OUT_PER_SECOND, FanOut } from "./fan-out.ts";
import { wantedOf } from "./interest.ts";
import type { Member } from "./member.ts";
import type { OutgoingFrame } from "./outgoing.ts";
import { Roster } from "./roster.ts";
import { createStats } from "./stats.ts";

const CURSOR = 4;
const LATEST = 5;
const RELIABLE = 2;

const ALL: MemberRoute = { kind: "others" };

function setup(
  size: number,
  options: {
    fanOutPerSecond?: number;
    fanOut?: FanOut;
    features?: number;
    clock?: FakeClock;
  } = {},
) {
  const { features = FEATURE_BUNDLES, clock = new FakeClock(), ...rest } = options;
  const stats = createStats();
  const roster = new Roster(clock);
  const delivery = new Delivery({ clock, roster, stats, notices: KNOWN, link: undefined, ...rest });
  const enter = (id: string) => {
    const session = new FakeSession();
    const newcomer = {
      id,
      session,
      join: roster.size,
      features,
      node: null,
      away: false,
      interest: null,
    };
    const member = roster.add(newcomer as unknown as Omit<Member, "handle">);
    return { member, session };
  };
  const people = Array.from({ length: size }, (_, i) => enter(`${i}`));
  const person = (i: number) => people[i] as (typeof people)[number];
  const say = (i: number, kind: number, number: number, route = ALL, bytes = 4) => {
    const frame = new Uint8Array(bytes);
    frame[0] = kind;
    frame[2] = number >> 8;
    frame[3] = number & 255;
    delivery.deliver(person(i).member, route, frame);
  };
  /** More than may be sent at once: what follows waits. */
  const exhaust = (by = size - 1) => {
    let last = 0;
    while (clock.pending === 0) say(by, CURSOR, last++);
    clock.advance(10_000);
    while (clock.pending === 0) say(by, CURSOR, last++);
    clock.advance(clock.next === null ? 0 : clock.next - clock.now());
    for (const { session } of people) session.frames.length = 0;
    return last - 1;
  };
  return { clock, stats, roster, delivery, people, person, say, exhaust, enter };
}

/** What a client takes out of a message. */
function heard({ data }: OutgoingFrame): { sender: number; kind: number; number: number }[] {
  return decodeDown(new Uint8Array(data as Buffer)).map(({ sender, frame }) => ({
    sender,
    kind: frame[0] ?? 0,
    number: (frame[2] ?? 0) * 256 + (frame[3] ?? 0),
  }));
}

const numbers = (session: FakeSession) => session.frames.flatMap(heard).map(({ number }) => number);

test("ten people who all move at 60 Hz are never kept waiting", () => {
  const { clock, person, say, stats } = setup(10);
  for (let i = 0; i < 120; i++) {
    for (let each = 0; each < 10; each++) {
      say(each, CURSOR, i);
      expect(clock.pending).toBe(0);
    }
    clock.advance(1000 / 60);
  }
  expect(person(0).session.frames).toHaveLength(9 * 120);
  expect(stats.ticks).toBe(0);
});

test("a thousand get twelve messages a second with all that fifty say, in one encoding", () => {
  const { clock, people, person, say, stats } = setup(1000);
  for (let ms = 0; ms < 2000; ms += 10) {
    if (ms % 50 === 0) for (let each = 0; each < 50; each++) say(each, CURSOR, ms / 50);
    clock.advance(10);
  }
  const writes = people.reduce((sum, { session }) => sum + session.frames.length, 0);
  expect(writes).toBeLessThanOrEqual(2.2 * FAN_OUT_PER_SECOND);
  const { frames } = person(999).session;
  expect(frames.length).toBeGreaterThan(2 * 12);
  for (let mover = 1; mover <= 50; mover++) {
    const own = frames.flatMap(heard).filter(({ sender }) => sender === mover);
    expect(own.length).toBeGreaterThanOrEqual(39);
  }
  expect(new Set([...frames, ...person(998).session.frames]).size).toBe(frames.length);
  expect(stats.coalescedCursor).toBe(0);
});

test("on a busy server small rooms wait, for no longer than a screen does", () => {
  const clock = new FakeClock();
  const fanOut = new FanOut(clock, FAN_OUT_PER_SECOND, BUSY_WAIT_MS);
  const rooms = Array.from({ length: 30 }, () => setup(10, { clock, fanOut }));
  let heardOf = 0;
  let latest = 0;
  for (let ms = 0; ms < 1500; ms += 3) {
    // Each of 300 moves at 30 Hz, one after another: 81,000 updates a second.
    for (let i = 0; i < 27; i++) {
      const which = ms * 9 + i;
      rooms[which % 30]?.say(Math.floor(which / 30) % 10, CURSOR, ms);
    }
    clock.advance(3);
    for (const { people } of rooms) {
      for (const { session } of people) {
        for (const frame of session.frames.splice(0)) {
          heardOf += frame.frames;
          latest = Math.max(latest, ...heard(frame).map(({ number }) => ms - number));
        }
      }
    }
  }
  expect(latest).toBeLessThanOrEqual(BUSY_WAIT_MS);
  clock.advance(1000);
  for (const { people } of rooms) {
    for (const { session } of people) {
      for (const { frames } of session.frames) heardOf += frames;
    }
  }
  expect(heardOf).toBe(500 * 27 * 9);
  const messages = rooms.reduce((sum, { stats }) => sum + stats.ticks, 0) * 10;
  expect(messages).toBeLessThan(1.5 * 2 * FAN_OUT_PER_SECOND);
  expect(rooms.some(({ stats }) => stats.ticks > 0)).toBe(true);
});

test("nobody hears itself, whoever is left out stays so, and only those named hear the rest", () => {
  const { clock, person, say, exhaust } = setup(5);
  const own = exhaust(4);
  say(4, CURSOR, own + 1);
  say(0, CURSOR, 7);
  say(1, CURSOR, 8, { kind: "except", handles: [person(2).member.handle] });
  say(2, CURSOR, 9, { kind: "only", handles: [person(0).member.handle] });
  clock.advance(1000);
  expect(numbers(person(0).session)).toEqual([own + 1, 8, 9]);
  expect(numbers(person(1).session)).toEqual([own + 1, 7]);
  expect(numbers(person(2).session)).toEqual([own + 1, 7]);
  expect(numbers(person(3).session)).toEqual([own + 1, 7, 8]);
  expect(numbers(person(4).session)).toEqual([7, 8]);
});

test("of one who moves faster than the ticks the newest few go on, the others are counted", () => {
  const { clock, person, say, exhaust, stats } = setup(3);
  exhaust(2);
  const { ticks } = stats;
  for (let i = 0; i < 100; i++) say(0, CURSOR, i);
  clock.advance(1000);
  expect(stats.ticks).toBe(ticks + 1);
  expect(numbers(person(1).session)).toEqual(Array.from({ length: 16 }, (_, i) => 84 + i));
  expect(person(1).session.frames).toHaveLength(1);
  expect(stats.coalescedCursor).toBeGreaterThanOrEqual(84);
});

test("latest values are kept by number and bytes, and the newest always", () => {
  const { clock, person, say, exhaust, stats } = setup(3);
  exhaust(2);
  for (let i = 0; i < 40; i++) say(0, LATEST, i, ALL, 100);
  clock.advance(1000);
  expect(numbers(person(1).session)).toEqual(Array.from({ length: 32 }, (_, i) => i + 8));
  exhaust(2);
  for (let i = 0; i < 8; i++) say(0, LATEST, i, ALL, 8192);
  clock.advance(1000);
  expect(numbers(person(1).session)).toEqual([4, 5, 6, 7]);
  // Whatever is bundled is no larger than a client takes.
  for (const { bytes } of person(1).session.frames) expect(bytes).toBeLessThanOrEqual(32_768);
  expect(stats.coalescedLatest).toBe(12);
});

test("a client that knows no bundles gets the frames one by one", () => {
  const { clock, person, say, exhaust } = setup(4, { features: 0 });
  exhaust(3);
  say(0, CURSOR, 1);
  say(1, CURSOR, 2);
  clock.advance(1000);
  const { frames } = person(2).session;
  expect(frames.map(heard)).toMatchObject([[{ number: 1 }], [{ number: 2 }]]);
  expect(frames.every((frame) => frame.frames === 1)).toBe(true);
});

test("who has left meanwhile is heard no more, and nothing is left when everybody has", () => {
  const { clock, delivery, person, roster, say, exhaust } = setup(4);
  exhaust(3);
  say(0, CURSOR, 1);
  say(1, CURSOR, 2);
  roster.remove(person(0).member);
  clock.advance(1000);
  expect(numbers(person(2).session)).toEqual([2]);
  exhaust(3);
  say(1, CURSOR, 3);
  delivery.stop();
  expect(clock.pending).toBe(0);
});

test("cursors that somebody does not want do not come; all else does", () => {
  const { clock, person, say, exhaust } = setup(4);
  person(2).member.interest = wantedOf({ peers: ["0"] });
  const speak = () => {
    say(0, CURSOR, 1);
    say(1, CURSOR, 2);
    say(1, LATEST, 3);
    clock.advance(1000);
  };
  speak();
  expect(numbers(person(2).session)).toEqual([1, 3]);
  expect(numbers(person(3).session)).toEqual([1, 2, 3]);
  exhaust(3);
  for (const { session } of [person(2), person(3)]) session.frames.length = 0;
  speak();
  expect(numbers(person(2).session)).toEqual([1, 3]);
  expect(numbers(person(3).session)).toEqual([1, 2, 3]);
});

const SIZE = 6;

const routes = fc.oneof(
  { weight: 3, arbitrary: fc.constant(ALL) },
  fc.record({
    kind: fc.constantFrom("only" as const, "except" as const),
    handles: fc.uniqueArray(fc.integer({ min: 1, max: SIZE }), { minLength: 1 }),
  }),
);

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        who: fc.nat(SIZE - 1),
        kind: fc.constantFrom(CURSOR, CURSOR, CURSOR, LATEST, RELIABLE),
        route: routes,
      }),
    },
    { weight: 1, arbitrary: fc.record({ ms: fc.integer({ min: 1, max: 80 }) }) },
  ),
  { maxLength: 150 },
);

test("whatever is said to whom: the last cursor of each arrives, nothing twice, late or misled, and reliable frames at once", () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(0, FEATURE_BUNDLES), (script, features) => {
      const { clock, people, say } = setup(SIZE, { fanOutPerSecond: 100, features });
      let number = 0;
      /** By sender, receiver and class: what was said, in order. */
      const said = new Map<string, number[]>();
      for (const step of script) {
        if ("ms" in step) {
          clock.advance(step.ms);
          continue;
        }
        const { who, kind, route } = step;
        number++;
        say(who, kind, number, route);
        people.forEach(({ member, session }, i) => {
          const isNamed = "handles" in route && route.handles.includes(member.handle);
          if (i === who || (route.kind === "only" && !isNamed)) return;
          if (route.kind === "except" && isNamed) return;
          const key = `${who + 1} ${i} ${kind}`;
          said.set(key, [...(said.get(key) ?? []), number]);
          if (kind !== RELIABLE) return;
          const last = session.frames.at(-1);
          expect(last && heard(last)).toEqual([{ sender: who + 1, kind, number }]);
        });
      }
      clock.advance(60_000);
      expect(clock.pending).toBe(0);
      const got = new Map<string, number[]>();
      people.forEach(({ session }, i) => {
        for (const each of session.frames.flatMap(heard)) {
          const key = `${each.sender} ${i} ${each.kind}`;
          got.set(key, [...(got.get(key) ?? []), each.number]);
        }
      });
      for (const [key, heardOf] of got) {
        const all = said.get(key) ?? [];
        expect(heardOf).toEqual(all.filter((each) => heardOf.includes(each)));
        if (key.endsWith(` ${RELIABLE}`)) expect(heardOf).toEqual(all);
      }
      for (const [key, all] of said) expect(got.get(key)?.at(-1)).toBe(all.at(-1));
    }),
    { numRuns: 300 },
  );
});
