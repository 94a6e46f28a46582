import { expect, test } from "vitest";
import type { Hello, ReliableFrame } from "../wire/frame.ts";
import { Inbox, type Place } from "./inbox.ts";

const hello = (incarnation: number, nextAll: number, nextTo: number): Hello => ({
  kind: "hello",
  protocol: 1,
  features: 0,
  incarnation,
  accepted: 0,
  nextAll,
  nextTo,
  presenceVersion: 1,
  attempt: 0,
});
const entry = (name: string) => new TextEncoder().encode(name);
const all = (number: number, name = `all ${number}`): ReliableFrame => ({
  kind: "all",
  number,
  entry: entry(name),
});
const to = (number: number, afterAll: number): ReliableFrame => ({
  kind: "to",
  number,
  afterAll,
  entry: entry(`to ${number}`),
});
const allCopy = (number: number, afterTo: number): ReliableFrame => ({
  kind: "allCopy",
  number,
  afterTo,
  entry: entry(`all ${number}`),
});

const START: Place = { incarnation: 0, nextAll: 1, nextTo: 1 };

function open(first?: Hello, place = START) {
  const got: string[] = [];
  const inbox = new Inbox((bytes) => {
    const name = new TextDecoder().decode(bytes);
    got.push(name);
    return !name.startsWith("part");
  }, place);
  if (first !== undefined) inbox.hello(first);
  return { inbox, got };
}

test("frames come out in order, each once", () => {
  const { inbox, got } = open(hello(1, 1, 1));
  expect(inbox.accept(all(2))).toBe("held");
  expect(inbox.accept(all(2))).toBe("duplicate");
  expect(inbox.accept(all(1))).toBe("delivered");
  expect(inbox.accept(all(1))).toBe("duplicate");
  expect(got).toEqual(["all 1", "all 2"]);
  expect(inbox.place.nextAll).toBe(3);
});

test("the two streams come out in the order of the calls, however they arrive", () => {
  // Calls: all 1, to 1, all 2, to 2, to 3, all 3.
  const frames = [all(1), to(1, 1), allCopy(2, 1), to(2, 2), to(3, 2), allCopy(3, 3)];
  const expected = ["all 1", "to 1", "all 2", "to 2", "to 3", "all 3"];
  const permute = (rest: ReliableFrame[], taken: ReliableFrame[]): void => {
    if (rest.length > 0) {
      rest.forEach((frame, n) => {
        permute(rest.toSpliced(n, 1), [...taken, frame]);
      });
      return;
    }
    const { inbox, got } = open(hello(1, 1, 1));
    for (const frame of taken) inbox.accept(frame);
    expect(got).toEqual(expected);
  };
  permute(frames, []);
});

test("frames before the first hello wait for it, lower ones are dropped", () => {
  const { inbox, got } = open();
  for (const number of [3, 4, 5]) expect(inbox.accept(all(number))).toBe("held");
  inbox.hello(hello(7, 4, 1));
  expect(got).toEqual([]);
  inbox.release();
  expect(got).toEqual(["all 4", "all 5"]);
  expect(inbox.place.incarnation).toBe(7);
});

test("a new incarnation skips what it gave up", () => {
  const { inbox, got } = open(hello(2, 1, 1));
  inbox.accept(all(1));
  inbox.accept(all(3));
  inbox.hello(hello(3, 6, 1));
  inbox.release();
  inbox.accept(all(6));
  expect(got).toEqual(["all 1", "all 6"]);
});

test("frames that overtook their hello are not delivered again after it", () => {
  const { inbox, got } = open(hello(1, 1, 1));
  inbox.accept(all(1));
  inbox.accept(all(2));
  inbox.hello(hello(2, 2, 1));
  expect(inbox.accept(all(2))).toBe("duplicate");
  inbox.accept(all(3));
  expect(got).toEqual(["all 1", "all 2", "all 3"]);
});

test("a gap that never closes costs bounded memory, and the frame that is next always fits", () => {
  const { inbox, got } = open(hello(1, 1, 1));
  const large = new Uint8Array(16_384);
  let dropped = 0;
  for (let number = 2; number < 1_000; number++) {
    if (inbox.accept({ kind: "all", number, entry: large }) === "dropped") dropped += 1;
  }
  expect(dropped).toBe(998 - 320);
  expect(inbox.accept(all(1))).toBe("delivered");
  expect(got).toHaveLength(321);
  expect(inbox.place.nextAll).toBe(322);
});

test("a listener that makes frames arrive gets them behind the one it has", () => {
  const got: string[] = [];
  const inbox: Inbox = new Inbox((bytes) => {
    const name = new TextDecoder().decode(bytes);
    if (name === "all 1") inbox.accept(all(3));
    got.push(name);
    return true;
  }, START);
  inbox.hello(hello(1, 1, 1));
  inbox.accept(all(2));
  inbox.accept(all(1));
  expect(got).toEqual(["all 1", "all 2", "all 3"]);
});

test("goes on where a former one stood", () => {
  const { inbox, got } = open(undefined, { incarnation: 4, nextAll: 3, nextTo: 1 });
  expect(inbox.accept(all(2))).toBe("duplicate");
  expect(inbox.accept(all(3))).toBe("delivered");
  expect(got).toEqual(["all 3"]);
});

test("its place is before what is not whole, and a new incarnation says all of that again", () => {
  const { inbox, got } = open(hello(1, 1, 1));
  inbox.accept(all(1));
  inbox.accept(all(2, "part 1"));
  expect(inbox.place).toEqual({ incarnation: 1, nextAll: 2, nextTo: 1 });
  inbox.hello(hello(2, 2, 1));
  inbox.accept(all(2, "part 1"));
  inbox.accept(all(3, "the rest"));
  expect(inbox.place).toEqual({ incarnation: 2, nextAll: 4, nextTo: 1 });
  expect(got).toEqual(["all 1", "part 1", "part 1", "the rest"]);
});

test("what may not be delivered yet waits, with all behind it, until it may or is said again", () => {
  const got: string[] = [];
  const held = new Set(["all 2"]);
  const name = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const inbox = new Inbox(
    (bytes) => got.push(name(bytes)) > 0,
    START,
    (bytes) => !held.has(name(bytes)),
  );
  inbox.hello(hello(1, 1, 1));
  for (const frame of [all(1), all(2), all(3), to(1, 3)]) inbox.accept(frame);
  expect(got).toEqual(["all 1"]);
  expect(inbox.place).toMatchObject({ nextAll: 2, nextTo: 1 });
  inbox.release();
  expect(got).toEqual(["all 1"]);
  held.clear();
  expect(inbox.accept(all(2))).toBe("duplicate");
  expect(got).toEqual(["all 1", "all 2", "all 3", "to 1"]);
  expect(inbox.place).toMatchObject({ nextAll: 4, nextTo: 2 });
});
